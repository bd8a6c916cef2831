import type { RetryPolicy } from '../resources/types.ts';
import { pause } from './timing.ts';
import type { StoreCall } from './types.ts';

const INITIAL_INTERVAL = 500;
const MULTIPLIER = 1.5;
const JITTER = 0.5;
const MOST_ELAPSED = 15 * 60_000;

/**
 * The pauses before the retries of one call, in milliseconds; undefined when there are no more. Constant ones are `duration`
 * long and have no end but `maxRetries`. Exponential ones begin at 500 ms, grow by half up to `maxInterval`, are up to half
 * shorter or longer by chance, and end when the next would end more than 15 minutes after the first attempt.
 */
export function pausesOf(policy: RetryPolicy, random: () => number = Math.random): () => number | undefined {
  const start = performance.now();
  let left = policy.maxRetries < 0 ? Number.POSITIVE_INFINITY : policy.maxRetries;
  let interval = INITIAL_INTERVAL;
  return () => {
    if (left-- <= 0) return undefined;
    if (policy.policy === 'constant') return Math.max(0, policy.duration);
    const next = interval * (1 + JITTER * (2 * random() - 1));
    // The first interval is not held against the limit: the reference applies it when it grows.
    interval = Math.min(interval * MULTIPLIER, policy.maxInterval);
    return performance.now() - start + next > MOST_ELAPSED ? undefined : Math.max(0, next);
  };
}

export interface RetryEvents {
  /** Whether a failure is one to retry. */
  isRetried(cause: unknown): boolean;
  /** Before the first retry. */
  retrying(cause: unknown, milliseconds: number): void;
  /** A retry has succeeded. */
  recovered(attempts: number): void;
}

/** Calls until it succeeds or there is no retry left; fails as the last attempt did, or with the reason of `signal`. */
export async function withRetries<Result>(
  call: StoreCall<Result>,
  policy: RetryPolicy,
  signal: AbortSignal,
  events: RetryEvents,
): Promise<Result> {
  const nextPause = pausesOf(policy);
  for (let attempts = 1; ; attempts++) {
    try {
      const result = await call(signal);
      if (attempts > 1) events.recovered(attempts);
      return result;
    } catch (cause) {
      signal.throwIfAborted();
      const milliseconds = events.isRetried(cause) ? nextPause() : undefined;
      if (milliseconds === undefined) throw cause;
      if (attempts === 1) events.retrying(cause, milliseconds);
      await pause(milliseconds, signal);
    }
  }
}
