import { secretStoreErrorFrom } from '@coffer/core/driver';

/**
 * What the work of several gives, waited for by one: an abort ends the wait at once, with `canceled` or `deadline_exceeded`, and
 * not the work, which goes on for the others. A failure of the work is passed on as it is.
 */
export async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return await work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(secretStoreErrorFrom(signal.reason));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
