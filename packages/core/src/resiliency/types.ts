/** States of a circuit breaker, in the reference's words. */
export type BreakerState = 'closed' | 'half-open' | 'open';

/** One call of a store, to be made with a signal that the policy chooses. */
export type StoreCall<Result> = (signal: AbortSignal) => Promise<Result>;

/** A policy at work in front of one component. Equal uses are one object for as long as the policies are not replaced. */
export interface PolicyUse {
  readonly policy: 'timeout' | 'retry' | 'circuitbreaker';
  readonly component: string;
  /** The Resiliency resource that was loaded last: the reference names every policy after that one. */
  readonly resource: string;
  readonly namespace: string;
  /** Of a circuit breaker. */
  readonly state?: BreakerState;
}

/** Told what policies do; called between the calls of a store, and must not throw. */
export interface ResiliencyObserver {
  /** A Resiliency resource was taken in whole, at start or anew. */
  loaded(name: string, namespace: string): void;
  /** A call begins to which the policy applies; `state` is the breaker's when it begins. Equal reads in flight are one call. */
  applied(use: PolicyUse): void;
  /** The first time-out of a call, its first retry, or a breaker that opened or closed: `state` is the new one. */
  activated(use: PolicyUse): void;
}
