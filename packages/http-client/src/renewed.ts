import { throwIfAborted } from '@coffer/core/driver';
import { startDeadline } from './deadline.ts';
import { untilAborted } from './until-aborted.ts';

/** A token, a key: something that a service takes until it ends. */
export interface Ending {
  /** Milliseconds since the epoch; `Infinity` for what never ends, which is kept and never replaced. */
  readonly expiresAt: number;
}

/** Gets a new value. The signal aborts when the time for it is over, and when nobody wants it any more. Calls never overlap. */
export type ValueSource<Value extends Ending> = (options: { readonly signal: AbortSignal }) => Promise<Value>;

export interface RenewedOptions<Value extends Ending> {
  /** Milliseconds before its end in which a value is replaced while it goes on being used. */
  readonly early: number;
  /** Milliseconds before its end from which a value is not used any more: a request has to arrive with a valid one. */
  readonly last: number;
  /** Milliseconds until an early replacement is tried again, if it failed. */
  readonly pause: number;
  /** Milliseconds that the source has for one value. */
  readonly timeout: number;
  /**
   * Milliseconds in which one refusal only is believed: what is refused soon after another is kept, since a third value would be
   * refused too. By default every refusal is.
   */
  readonly patience?: number;
  /** Whether two values are the same for the service; by default only a value and itself. */
  readonly isSame?: (one: Value, other: Value) => boolean;
}

/**
 * The current value of a source, such as the token that a login gives. It is asked for when it is first needed, kept, and
 * replaced before its end while it goes on being used, so that callers wait for the first one only, and for one that could not be
 * replaced in time. All who wait share one request; one who gives up leaves the others waiting, and the request goes on when all
 * have. A failure is told to those who wait and not kept.
 */
export class Renewed<Value extends Ending> {
  readonly #source: ValueSource<Value>;
  readonly #options: Required<RenewedOptions<Value>>;
  readonly #closed = new AbortController();
  #value: Value | undefined;
  #coming: Promise<Value> | undefined;
  /** This and the next by the clock that nobody sets. */
  #nextEarly = 0;
  #refusedAt = Number.NEGATIVE_INFINITY;

  /** Asks for nothing yet. */
  constructor(source: ValueSource<Value>, options: RenewedOptions<Value>) {
    this.#source = source;
    this.#options = { patience: 0, isSame: Object.is, ...options };
  }

  /** Fails as the source does, or with `canceled` or `deadline_exceeded` as soon as the signal aborts. */
  async current(signal?: AbortSignal): Promise<Value> {
    throwIfAborted(signal);
    const { early, last } = this.#options;
    const value = this.#value;
    const left = (value?.expiresAt ?? 0) - Date.now();
    if (value === undefined || left <= last) return await untilAborted(this.#replacement(), signal);
    if (left <= early) this.#replaceEarly();
    return value;
  }

  /**
   * The service does not take this value: it is forgotten, unless a newer one has come since. True when `current` may give
   * another, false when asking again would not help.
   */
  refuse(value: Value): boolean {
    const { isSame, patience } = this.#options;
    if (this.#value === undefined || !isSame(this.#value, value)) return true;
    if (this.#value.expiresAt === Number.POSITIVE_INFINITY) return false;
    const now = performance.now();
    if (now - this.#refusedAt < patience) return false;
    this.#refusedAt = now;
    this.#value = undefined;
    return true;
  }

  /** Ends the request that runs. Nothing is kept from now on, whatever the source still gives. */
  close(): void {
    this.#closed.abort();
    this.#value = undefined;
  }

  /** What fails now is told when the value has ended and it fails again. */
  #replaceEarly(): void {
    const now = performance.now();
    if (now < this.#nextEarly) return;
    this.#nextEarly = now + this.#options.pause;
    this.#replacement().catch(() => undefined);
  }

  #replacement(): Promise<Value> {
    this.#coming ??= this.#ask().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  async #ask(): Promise<Value> {
    const { signal: closed } = this.#closed;
    const deadline = startDeadline(closed, this.#options.timeout);
    try {
      const value = await this.#source({ signal: deadline.signal });
      if (!closed.aborted) this.#value = value;
      return value;
    } finally {
      deadline.clear();
    }
  }
}
