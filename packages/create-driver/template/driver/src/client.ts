/** What the store asks of the service. Every call ends when `signal` aborts, with the signal's reason. */
export interface ServiceClient {
  /** One version of a secret, the newest when `version` is absent. */
  read(name: string, version: string | undefined, signal: AbortSignal): Promise<StoredSecret>;
  /** One page of names; the first when `page` is absent. */
  list(page: string | undefined, signal: AbortSignal): Promise<NamePage>;
  /** The cheapest call that needs the address and the credentials to be right. */
  ping(signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface StoredSecret {
  readonly value: string;
  /** The service's own name for this version. */
  readonly version: string;
}

export interface NamePage {
  readonly names: readonly string[];
  /** Token of the page after this one; absent on the last. */
  readonly next?: string;
}

/** The service refused a call, or could not be reached (503). `message` holds no value and no credential. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
  /** As HTTP numbers them; `errors.ts` makes codes of the contract from them. */
  readonly status: number;
  /** Milliseconds after which the service asks to come back, when it says so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}
