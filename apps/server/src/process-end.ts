import { setTimeout as sleep } from 'node:timers/promises';
import { placeOf } from '@coffer/core/internal';
import type { Logging } from './logging/logging.ts';

const SCOPE = 'dapr.runtime';
/** Milliseconds; a longer timer of Node's ends at once. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/**
 * Keeps the process alive until the answer is called. Time limits of Node's abort signals and promises of drivers do not: without
 * this, a driver that waits for nothing else would end the process in the middle of its start, with exit code 0.
 */
export function stayAlive(): () => void {
  const alive = setInterval(() => undefined, LONGEST_TIMER);
  return () => clearInterval(alive);
}

/** Whether the work ended within the grace period (milliseconds; 0: no limit); logs a fatal line when it did not. */
export async function withinGrace(work: Promise<void>, gracefulShutdown: number, logging: Logging): Promise<boolean> {
  if (gracefulShutdown === 0) {
    await work;
    return true;
  }
  const timer = new AbortController();
  const late = sleep(Math.min(gracefulShutdown, LONGEST_TIMER), 'late', { signal: timer.signal }).catch(() => 'stopped');
  const first = await Promise.race([work.then(() => 'done'), late]);
  timer.abort();
  if (first === 'done') return true;
  logging.fatal(SCOPE, 'Graceful shutdown timeout exceeded, forcing shutdown');
  return false;
}

/**
 * An exception that nobody caught ends the process: what it left half done is not known. A rejection that nobody waits for is a
 * call that a driver has let go of; it is told, and everything else goes on. A line has the kind of error and the place, and no
 * message: that may quote a value.
 */
export function watchUnexpectedErrors(logging: Logging): void {
  process.on('uncaughtException', (cause) => {
    logging.fatal(SCOPE, `Fatal error from runtime: unexpected ${kindAndPlaceOf(cause)}`);
    process.exit(1);
  });
  process.on('unhandledRejection', (cause) => {
    const text = `A failure was let go of and nobody has handled it: ${kindAndPlaceOf(cause)}`;
    logging.loggerFor(SCOPE).error(text);
  });
}

function kindAndPlaceOf(cause: unknown): string {
  const place = placeOf(cause);
  const kind = cause instanceof Error ? cause.name : typeof cause;
  return place === undefined ? kind : `${kind} at ${place}`;
}
