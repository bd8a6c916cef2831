import { type CallOptions, secretStoreErrorFrom, throwIfAborted } from '@coffer/core/driver';
import type { Keys } from '../signature.ts';
import type { CredentialSource, Credentials } from './types.ts';

/** Milliseconds before their end in which credentials are replaced, while they go on being used. */
const EARLY = 10 * 60_000;
/** Milliseconds before their end from which credentials are not used any more: a request has to arrive with valid ones. */
const LAST = 30_000;
/** Milliseconds until an early replacement that failed is tried again. */
const PAUSE = 30_000;

/** The current credentials of a source. All who wait for new ones share one request; one who gives up leaves the others waiting. */
export class CredentialCache {
  readonly #source: CredentialSource;
  readonly #timeout: number;
  readonly #closed = new AbortController();
  #current: Credentials | undefined;
  #coming: Promise<Credentials> | undefined;
  #nextEarly = 0;

  /** `timeout`: milliseconds for getting new ones. */
  constructor(source: CredentialSource, timeout: number) {
    this.#source = source;
    this.#timeout = timeout;
  }

  async current(signal?: CallOptions['signal']): Promise<Credentials> {
    throwIfAborted(signal);
    const now = Date.now();
    const current = this.#current;
    if (current === undefined || current.expiresAt - now <= LAST) return await untilAborted(this.#renewed(), signal);
    if (current.expiresAt - now <= EARLY && now >= this.#nextEarly) {
      this.#nextEarly = now + PAUSE;
      // What fails now is told when these have ended and it fails again.
      this.#renewed().catch(() => undefined);
    }
    return current;
  }

  /** The service does not take these keys. True when others may be had: the next caller gets them. */
  refuse(keys: Keys): boolean {
    const current = this.#current;
    if (current !== undefined && current.expiresAt === Number.POSITIVE_INFINITY) return false;
    if (current?.keyId === keys.keyId) this.#current = undefined;
    return true;
  }

  close(): void {
    this.#closed.abort();
    this.#current = undefined;
  }

  #renewed(): Promise<Credentials> {
    this.#coming ??= this.#renew().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  async #renew(): Promise<Credentials> {
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
