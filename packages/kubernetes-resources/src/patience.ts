import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialect } from '@coffer/core';
import type { Logger } from '@coffer/core/driver';
import { Backoff, isRetryable, KubernetesError } from '@coffer/kubernetes-client';
import { explain } from './explain.ts';

export interface PatienceOptions {
  readonly patience: Dialect['kubernetesMode']['patience'];
  readonly logger: Logger;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
  /** Milliseconds that pass, and waiting for them; the real ones by default. */
  readonly clock?: Clock;
}
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const REAL: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

const LONGEST_WAIT = 120_000;
const LONGEST_PAUSE = 5000;
const MOST_TRIES = 100;

/** Does it again while the API server can't be reached, for as long as the dialect says. Fails with the last failure, or the signal's reason. */
export async function withPatience<Result>(
  work: () => Promise<Result>,
  { patience, logger, signal, clock = REAL }: PatienceOptions,
  isWorthTrying: (failure: KubernetesError) => boolean = isRetryable,
): Promise<Result> {
  const start = clock.now();
  const backoff = new Backoff(LONGEST_PAUSE);
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (cause) {
      signal.throwIfAborted();
      if (!(cause instanceof KubernetesError) || !isWorthTrying(cause)) throw cause;
      const isOver = patience === 'hundred_times' ? tries >= MOST_TRIES : clock.now() - start > LONGEST_WAIT;
      if (isOver) throw cause;
      const pause = patience === 'hundred_times' ? LONGEST_PAUSE : Math.max(cause.retryAfter ?? 0, backoff.pause());
      logger.warn(`waiting for the API server, next try in ${Math.ceil(pause / 1000)}s: ${explain(cause)}`);
      await clock.sleep(pause, signal);
    }
  }
}
