import type { Outcome } from '../src/resiliency/breaker.ts';
import type { BreakerState } from '../src/resiliency/types.ts';
import type { BreakerCounts, CircuitBreakerPolicy } from '../src/resources/types.ts';

interface Epoch {
  readonly state: BreakerState;
  readonly since: number;
  readonly began: Set<number>;
  readonly ended: [call: number, outcome: Outcome][];
}

/** The breaker of the specification, told as a history: every state it was in, with what began and ended in it. */
export class BreakerModel {
  readonly #policy: Omit<CircuitBreakerPolicy, 'trip'>;
  readonly #trips: (counts: BreakerCounts) => boolean;
  readonly #history: Epoch[] = [];
  #calls = 0;

  constructor(policy: Omit<CircuitBreakerPolicy, 'trip'>, trips: (counts: BreakerCounts) => boolean) {
    this.#policy = policy;
    this.#trips = trips;
    this.#enter('closed', 0);
  }

  stateAt(now: number): BreakerState {
    const { state, since } = this.#current();
    const { interval, timeout } = this.#policy;
    if (state === 'open' && now > since + timeout) this.#enter('half-open', now);
    if (state === 'closed' && interval > 0 && now > since + interval) this.#enter('closed', now);
    return this.#current().state;
  }

  countsAt(now: number): BreakerCounts {
    this.stateAt(now);
    const { began, ended } = this.#current();
    const results = ended.map(([, outcome]) => outcome).filter((outcome) => outcome !== 'withdrawn');
    const inARow = (wanted: Outcome) => {
      const other = results.findLastIndex((outcome) => outcome !== wanted);
      return results.length - 1 - other;
    };
    return {
      requests: began.size - ended.filter(([, outcome]) => outcome === 'withdrawn').length,
      totalSuccesses: results.filter((outcome) => outcome === 'success').length,
      totalFailures: results.filter((outcome) => outcome === 'failure').length,
      consecutiveSuccesses: inARow('success'),
      consecutiveFailures: inARow('failure'),
    };
  }

  begin(now: number): string {
    const state = this.stateAt(now);
    if (state === 'open') return 'circuit breaker is open';
    if (state === 'half-open' && this.countsAt(now).requests >= this.#policy.maxRequests) return 'too many requests';
    this.#current().began.add(this.#calls++);
    return 'admitted';
  }

  end(call: number, outcome: Outcome, now: number): void {
    const state = this.stateAt(now);
    const { began, ended } = this.#current();
    if (!began.has(call)) return;
    ended.push([call, outcome]);
    const counts = this.countsAt(now);
    if (state === 'half-open' && outcome === 'failure') this.#enter('open', now);
    else if (state === 'half-open' && counts.consecutiveSuccesses >= this.#policy.maxRequests) this.#enter('closed', now);
    else if (state === 'closed' && outcome === 'failure' && this.#trips(counts)) this.#enter('open', now);
  }

  #enter(state: BreakerState, since: number): void {
    this.#history.push({ state, since, began: new Set(), ended: [] });
  }

  #current(): Epoch {
    return this.#history.at(-1) as Epoch;
  }
}
