import { throwIfAborted } from './errors.ts';

export interface ConcurrencyOptions {
  /** How many items are worked on at a time; 10 by default. */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

/** What is worked on; a source that must stop when something fails is a function of the signal. */
export type Items<Item> = Iterable<Item> | AsyncIterable<Item> | ((signal: AbortSignal) => AsyncIterable<Item>);

/**
 * Works on every item, a bounded number at a time, and takes an item only when there is room for it. The first failure, of
 * `work` or of `items`, aborts the signal of the others and is thrown once all of them have ended. An abort of the caller's
 * signal is such a failure: `canceled`, or `deadline_exceeded` for a time-out.
 */
export async function forEachConcurrently<Item>(
  items: Items<Item>,
  work: (item: Item, options: { readonly signal: AbortSignal }) => Promise<void>,
  { limit = 10, signal }: ConcurrencyOptions = {},
): Promise<void> {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  let failure: { readonly cause: unknown } | undefined;
  const fail = (cause: unknown) => {
    failure ??= { cause };
    stop.abort(cause);
  };
  const giveUp = () => {
    try {
      throwIfAborted(signal);
    } catch (cause) {
      fail(cause);
    }
  };
  giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    if (failure === undefined) {
      for await (const item of typeof items === 'function' ? items(stop.signal) : items) {
        if (failure !== undefined) break;
        const job: Promise<void> = work(item, { signal: stop.signal })
          .catch(fail)
          .finally(() => running.delete(job));
        running.add(job);
        if (running.size >= limit) await Promise.race(running);
        if (failure !== undefined) break;
      }
    }
  } catch (cause) {
    fail(cause);
  } finally {
    await Promise.all(running);
    signal?.removeEventListener('abort', giveUp);
  }
  if (failure !== undefined) throw failure.cause;
}
