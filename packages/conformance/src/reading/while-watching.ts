import type { SecretStore } from '@coffer/core/driver';
import type { CheckContext } from '../check-context.ts';

/**
 * Does the work while somebody watches the store, where it can be watched: a store that follows what it reads from need do so
 * only then. How the watching ends is another exercise's subject.
 */
export async function whileWatching(context: CheckContext, store: SecretStore, work: () => Promise<void>): Promise<void> {
  const end = new AbortController();
  const watching = store.watch === undefined ? undefined : drained(store.watch({}, { signal: end.signal }));
  try {
    await work();
  } finally {
    end.abort(new DOMException('the check has seen enough', 'AbortError'));
    await Promise.race([watching, new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }))]);
  }
}

async function drained(items: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of items);
  } catch {
    // It ends by the abort at the latest, and may say so.
  }
}
