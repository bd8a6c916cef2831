/** Keys that sign requests. `expiration` is absent when they last for ever. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Asks for new credentials: STS, the metadata service, a file. */
export type CredentialsSource = () => Promise<AwsCredentials>;

/** Temporary credentials are renewed this long before they end, or at half of their life when that is shorter. */
const EARLY = 5 * 60_000;
/** After a renewal failed while the old ones still last, that long until the next try. */
const PAUSE = 30_000;

/** Credentials that are asked for once, however many need them, and renewed before they end. */
export class CredentialsCache {
  readonly #source: CredentialsSource;
  #current: AwsCredentials | undefined;
  #pending: Promise<AwsCredentials> | undefined;
  #renewAt = 0;

  constructor(source: CredentialsSource) {
    this.#source = source;
  }

  async get(): Promise<AwsCredentials> {
    const current = this.#current;
    if (current !== undefined && Date.now() < this.#renewAt) return current;
    try {
      return await this.#renew();
    } catch (cause) {
      if (current === undefined || this.#current !== current || hasEnded(current)) throw cause;
      this.#renewAt = Date.now() + PAUSE;
      return current;
    }
  }

  /** Forgets credentials that the service refused; not newer ones, which another caller may have got since. */
  refuse({ accessKeyId }: Pick<AwsCredentials, 'accessKeyId'>): void {
    if (this.#current?.accessKeyId === accessKeyId) this.#current = undefined;
  }

  #renew(): Promise<AwsCredentials> {
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetch(): Promise<AwsCredentials> {
    const credentials = await this.#source();
    const now = Date.now();
    const life = credentials.expiration === undefined ? Number.POSITIVE_INFINITY : credentials.expiration.getTime() - now;
    this.#renewAt = now + Math.max(life - EARLY, life / 2);
    this.#current = credentials;
    return credentials;
  }
}

function hasEnded({ expiration }: AwsCredentials): boolean {
  return expiration !== undefined && expiration.getTime() <= Date.now();
}
