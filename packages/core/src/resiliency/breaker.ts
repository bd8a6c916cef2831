import { SecretStoreError } from '../driver/index.ts';
import type { BreakerCounts, CircuitBreakerPolicy } from '../resources/types.ts';
import type { BreakerState } from './types.ts';

/** How a call ended: the store works, it does not, or nobody waited for the answer. */
export type Outcome = 'success' | 'failure' | 'withdrawn';

/** A call that the breaker did not let through; retrying it would only ask the breaker again. */
export class BreakerError extends SecretStoreError {}

type Counts = { -readonly [Count in keyof BreakerCounts]: BreakerCounts[Count] };

const MOST_CONSECUTIVE_FAILURES = 5;
const noCounts = (): Counts => ({
  requests: 0,
  totalSuccesses: 0,
  totalFailures: 0,
  consecutiveSuccesses: 0,
  consecutiveFailures: 0,
});

/**
 * A circuit breaker. Closed, it counts, and opens when `trip` is met after a failure. Open, it refuses, until its time-out
 * is over. Half-open, it lets `maxRequests` calls through: it closes when that many have succeeded in a row, and opens at the
 * first failure. Whatever is due is done when somebody looks: there is no timer.
 */
export class Breaker {
  readonly #policy: CircuitBreakerPolicy;
  readonly #changed: (from: BreakerState, to: BreakerState) => void;
  readonly #hint: string | undefined;
  #state: BreakerState = 'closed';
  /** A call counts only in the generation that it began in: every change of state, and every interval, begins a new one. */
  #generation = 0;
  #counts: Counts = noCounts();
  /** Of `performance.now()`: when the open state or the interval of the closed state is over. */
  #expiry = Number.POSITIVE_INFINITY;

  /** `hint` goes with every refusal. */
  constructor(policy: CircuitBreakerPolicy, changed: (from: BreakerState, to: BreakerState) => void, hint?: string) {
    this.#policy = policy;
    this.#changed = changed;
    this.#hint = hint;
    this.#begin();
  }

  get state(): BreakerState {
    this.#catchUp();
    return this.#state;
  }

  get counts(): BreakerCounts {
    this.#catchUp();
    return { ...this.#counts };
  }

  /** Lets a call through, which is to be reported with this number once; or fails with `BreakerError`. */
  admit(): number {
    this.#catchUp();
    if (this.#state === 'open') throw this.#refusal('circuit breaker is open');
    if (this.#state === 'half-open' && this.#counts.requests >= this.#policy.maxRequests)
      throw this.#refusal('too many requests');
    this.#counts.requests++;
    return this.#generation;
  }

  report(admission: number, outcome: Outcome): void {
    this.#catchUp();
    if (admission !== this.#generation) return;
    if (outcome === 'withdrawn') this.#counts.requests--;
    else if (outcome === 'success') this.#succeed();
    else this.#fail();
  }

  #succeed(): void {
    const counts = this.#counts;
    counts.totalSuccesses++;
    counts.consecutiveSuccesses++;
    counts.consecutiveFailures = 0;
    if (this.#state === 'half-open' && counts.consecutiveSuccesses >= this.#policy.maxRequests) this.#change('closed');
  }

  #fail(): void {
    if (this.#state === 'half-open') {
      this.#change('open');
      return;
    }
    const counts = this.#counts;
    counts.totalFailures++;
    counts.consecutiveFailures++;
    counts.consecutiveSuccesses = 0;
    const { trip } = this.#policy;
    const isMet = trip === undefined ? counts.consecutiveFailures > MOST_CONSECUTIVE_FAILURES : trip.isMet(counts);
    if (isMet) this.#change('open');
  }

  #catchUp(): void {
    if (performance.now() <= this.#expiry) return;
    if (this.#state === 'open') this.#change('half-open');
    else this.#begin();
  }

  #change(to: BreakerState): void {
    const from = this.#state;
    this.#state = to;
    this.#begin();
    this.#changed(from, to);
  }

  #begin(): void {
    const { interval, timeout } = this.#policy;
    const lasts = {
      closed: interval > 0 ? interval : Number.POSITIVE_INFINITY,
      open: timeout,
      'half-open': Number.POSITIVE_INFINITY,
    };
    this.#generation++;
    this.#counts = noCounts();
    this.#expiry = performance.now() + lasts[this.#state];
  }

  #refusal(detail: string): BreakerError {
    return new BreakerError('unavailable', detail, { retryable: false, hint: this.#hint });
  }
}
