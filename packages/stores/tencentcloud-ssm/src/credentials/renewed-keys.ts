import { secretStoreErrorFrom, throwIfAborted } from '@coffer/core/driver';
import type { KeySource, Keys, TemporaryKeys } from './keys.ts';

/** Milliseconds before its end in which a key is replaced while reads go on with it. */
const EARLY = 5 * 60_000;
/** Milliseconds before its end from which a key is not used any more: a request has to arrive before it. */
const LAST = 10_000;
/** Milliseconds between two attempts to replace a key that is still good, and between two refusals that are believed. */
const PATIENCE = 30_000;

/**
 * Temporary keys: kept, replaced before they end while reads go on, and asked for once, however many wait. One who gives up
 * leaves the others waiting.
 */
export class RenewedKeys implements KeySource {
  readonly #fetch: (signal: AbortSignal) => Promise<TemporaryKeys>;
  readonly #timeout: number;
  readonly #closed = new AbortController();
  #current: TemporaryKeys | undefined;
  #coming: Promise<TemporaryKeys> | undefined;
  #nextEarly = 0;
  #refusedAt = Number.NEGATIVE_INFINITY;

  /** `timeout`: milliseconds for one key. */
  constructor(fetch: (signal: AbortSignal) => Promise<TemporaryKeys>, timeout: number) {
    this.#fetch = fetch;
    this.#timeout = timeout;
  }

  async get(signal: AbortSignal | undefined): Promise<Keys> {
    throwIfAborted(signal);
    const now = Date.now();
    const current = this.#current;
    if (current === undefined || current.expiresAt - now <= LAST) return await untilAborted(this.#renewed(), signal);
    if (current.expiresAt - now <= EARLY && now >= this.#nextEarly) {
      this.#nextEarly = now + PATIENCE;
      // What fails now is told when the key has ended and it fails again.
      this.#renewed().catch(() => undefined);
    }
    return current;
  }

  refuse(keys: Keys): boolean {
    // It has been replaced since, or is being replaced for another who was refused.
    if (this.#current?.secretId !== keys.secretId) return true;
    if (Date.now() - this.#refusedAt < PATIENCE) return false;
    this.#refusedAt = Date.now();
    this.#current = undefined;
    return true;
  }

  close(): void {
    this.#closed.abort();
    this.#current = undefined;
  }

  #renewed(): Promise<TemporaryKeys> {
    this.#coming ??= this.#renew().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  async #renew(): Promise<TemporaryKeys> {
    const keys = await this.#fetch(AbortSignal.any([this.#closed.signal, AbortSignal.timeout(this.#timeout)]));
    if (!this.#closed.signal.aborted) this.#current = keys;
    return keys;
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
