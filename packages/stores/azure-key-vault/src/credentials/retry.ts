import { setTimeout as sleep } from 'node:timers/promises';
import type { DriverDialect } from '@coffer/core/driver';

/** How failures that may pass are tried again. Milliseconds. */
export interface Patience {
  readonly attempts: number;
  /** Pause after an attempt; the first one is number 1. */
  pause(attempt: number): number;
  /** How long one token may take with all of its attempts. */
  readonly limit: number;
}

/** Half a second and more, within the time limit of a request. */
export const BRIEF: Patience = { attempts: 6, pause: (attempt) => jittered(250 * 2 ** attempt, 0.5, 1), limit: 30_000 };

/** What the reference's library does: five pauses that grow from two seconds to a minute. */
export const LONG: Patience = {
  attempts: 6,
  pause: (attempt) => Math.min(60_000, jittered(2_000 * (2 ** attempt - 1), 0.8, 1.3)),
  limit: 300_000,
};

/** A failure that another attempt may change. */
export class Passing extends Error {
  override readonly name = 'Passing';
  /** What the failure is when it does not pass. */
  readonly failure: Error;
  /** Milliseconds that the service asks to wait at least. */
  readonly wait: number;
  /** How often at most, where a service that is not reached is hardly there a moment later. */
  readonly attempts: number;

  constructor(failure: Error, { wait = 0, attempts = Number.POSITIVE_INFINITY }: { wait?: number; attempts?: number } = {}) {
    super(failure.message);
    this.failure = failure;
    this.wait = wait;
    this.attempts = attempts;
  }
}

/** Works until it does not fail with `Passing`; the last failure is then thrown. A wait past the limit is not begun. */
export async function withRetries<Result>(patience: Patience, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  const end = performance.now() + patience.limit;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof Passing)) throw cause;
      const pause = Math.max(cause.wait, patience.pause(attempt));
      const most = Math.min(patience.attempts, cause.attempts);
      if (attempt >= most || performance.now() + pause > end) throw cause.failure;
      await sleep(pause, undefined, { signal });
    }
  }
}

function jittered(milliseconds: number, least: number, most: number): number {
  return milliseconds * (least + Math.random() * (most - least));
}

/** The patience of a dialect. */
export function patienceOf({ tokenPatience }: DriverDialect['azureKeyVault']): Patience {
  return tokenPatience === 'request' ? BRIEF : LONG;
}
