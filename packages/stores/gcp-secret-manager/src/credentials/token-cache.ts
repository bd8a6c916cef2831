import { secretStoreErrorFrom, throwIfAborted } from '@coffer/core/driver';
import type { AccessToken, TokenSource } from './types.ts';

/** Milliseconds before its end in which a token is replaced. Metadata servers give out a new one from five minutes before on. */
const EARLY = 225_000;
/** Milliseconds before its end from which a token is not sent any more: it has to arrive valid. */
const LAST = 10_000;
/** Milliseconds until an early replacement that failed is tried again. */
const PAUSE = 10_000;

/**
 * The current token of a source. It is replaced before its end while it goes on being used, so that readers wait for the first
 * one only. All who wait share one request; one who gives up leaves the others waiting.
 */
export class TokenCache {
  readonly #source: TokenSource;
  readonly #timeout: number;
  readonly #closed = new AbortController();
  #current: AccessToken | undefined;
  #coming: Promise<AccessToken> | undefined;
  #nextEarly = 0;

  /** `timeout`: milliseconds for one request. */
  constructor(source: TokenSource, timeout: number) {
    this.#source = source;
    this.#timeout = timeout;
  }

  async token(signal: AbortSignal | undefined): Promise<string> {
    throwIfAborted(signal);
    const now = Date.now();
    const current = this.#current;
    if (current === undefined || current.expiresAt - now <= LAST) return (await untilAborted(this.#renewed(), signal)).text;
    if (current.expiresAt - now <= EARLY && now >= this.#nextEarly) {
      this.#nextEarly = now + PAUSE;
      // What fails now is told when the token has ended and it fails again.
      this.#renewed().catch(() => undefined);
    }
    return current.text;
  }

  /** The service does not take this token: the next caller gets a new one. */
  refuse(text: string): void {
    if (this.#current?.text === text) this.#current = undefined;
  }

  close(): void {
    this.#closed.abort();
    this.#current = undefined;
  }

  #renewed(): Promise<AccessToken> {
    this.#coming ??= this.#renew().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  async #renew(): Promise<AccessToken> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(this.#timeout)]);
    this.#current = await this.#source({ signal });
    return this.#current;
  }
}

/** What the promise gives, or the caller's abort, whichever is first. */
async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await promise;
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(secretStoreErrorFrom(signal.reason));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([promise, given.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
