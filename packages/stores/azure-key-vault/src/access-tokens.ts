import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { throwIfAborted } from '@coffer/core/driver';

/** Milliseconds before its end at which a token is replaced, when nothing else is said. */
const EARLY = 5 * 60_000;
/** A token with less than this left is not used any more. */
const TOO_LATE = 10_000;
/** Milliseconds between two attempts to replace a token that is still good. */
const PATIENCE = 30_000;

interface Request {
  readonly token: Promise<AccessToken>;
  readonly stop: AbortController;
  /** How many wait for it. When the last one gives up, it is given up. */
  waiting: number;
}

export interface AccessTokenOptions {
  readonly scope: string;
  readonly credential: TokenCredential;
  /** The same credential, without the tokens that it has got. */
  readonly create: () => Promise<TokenCredential>;
  /** Hears of a token that could not be replaced while the one before is still good. */
  readonly onTrouble: (cause: unknown) => void;
}

/**
 * The token for one scope: kept, replaced before it ends while reads go on with the old one, and asked for once, however many
 * want it. No scope but the one given is ever asked for, whatever a service says it wants.
 */
export class AccessTokens {
  readonly #scope: string;
  readonly #create: () => Promise<TokenCredential>;
  readonly #onTrouble: (cause: unknown) => void;
  #credential: TokenCredential | undefined;
  #token: AccessToken | undefined;
  #replaceAt = 0;
  #rejectedAt = Number.NEGATIVE_INFINITY;
  #rejected: string | undefined;
  /** What the next token must hold, in the words of the service. */
  #claims: string | undefined;
  #request: Request | undefined;

  constructor({ scope, credential, create, onTrouble }: AccessTokenOptions) {
    this.#scope = scope;
    this.#credential = credential;
    this.#create = create;
    this.#onTrouble = onTrouble;
  }

  async get(signal?: AbortSignal): Promise<string> {
    const now = Date.now();
    const good = this.#token !== undefined && now < this.#token.expiresOnTimestamp - TOO_LATE ? this.#token.token : undefined;
    if (good === undefined) return (await this.#wait(this.#request ?? this.#start(), signal)).token;
    if (now >= this.#replaceAt) {
      this.#replaceAt = now + PATIENCE;
      this.#wait(this.#request ?? this.#start()).catch(this.#onTrouble);
    }
    return good;
  }

  /**
   * The service did not take this token: the next one is made anew. `claims` is what it must hold, when the service said so.
   * False when the token before was not taken either: another one would not help.
   */
  reject(token: string, claims?: string): boolean {
    // It has been replaced since, or is being replaced for another read that met the same answer.
    if (this.#token === undefined ? token === this.#rejected : token !== this.#token.token) return true;
    if (Date.now() - this.#rejectedAt < PATIENCE) return false;
    this.#rejectedAt = Date.now();
    this.#rejected = token;
    this.#token = undefined;
    this.#claims = claims;
    // Credentials keep tokens too, and only claims make them ask for another.
    if (claims === undefined) this.#credential = undefined;
    return true;
  }

  close(): void {
    this.#request?.stop.abort();
    this.#token = undefined;
    this.#credential = undefined;
  }

  #start(): Request {
    const stop = new AbortController();
    const token = this.#fetch(stop.signal).finally(() => {
      if (this.#request === request) this.#request = undefined;
    });
    const request: Request = { token, stop, waiting: 0 };
    this.#request = request;
    return request;
  }

  async #fetch(signal: AbortSignal): Promise<AccessToken> {
    this.#credential ??= await this.#create();
    const claims = this.#claims === undefined ? {} : { claims: this.#claims };
    const token = await this.#credential.getToken(this.#scope, { abortSignal: signal, enableCae: true, ...claims });
    if (token === null) throw new Error('the credential gave no token');
    throwIfAborted(signal);
    this.#claims = undefined;
    const now = Date.now();
    const { expiresOnTimestamp, refreshAfterTimestamp } = token;
    const half = now + (expiresOnTimestamp - now) / 2;
    this.#replaceAt = Math.min(refreshAfterTimestamp ?? Number.POSITIVE_INFINITY, Math.max(expiresOnTimestamp - EARLY, half));
    this.#token = token;
    return token;
  }

  /** The token, unless the caller gives up first. */
  async #wait(request: Request, signal?: AbortSignal): Promise<AccessToken> {
    request.waiting++;
    let giveUp = () => {};
    const aborted = new Promise<never>((_, reject) => {
      giveUp = () => reject(signal?.reason);
    });
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await Promise.race([request.token, aborted]);
    } finally {
      signal?.removeEventListener('abort', giveUp);
      if (--request.waiting === 0) {
        if (this.#request === request) this.#request = undefined;
        request.stop.abort();
      }
    }
  }
}
