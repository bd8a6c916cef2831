import { setTimeout as sleep } from 'node:timers/promises';
import { Feature, type Logger, type SecretChange, type SecretStore, secretStoreErrorFrom } from '../driver/index.ts';

const SHORTEST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

/** Calls `changed` for every change that a store tells of, until `signal` aborts. Watching that ends is begun again, later each time. */
export async function followChanges(
  store: SecretStore,
  changed: (change: SecretChange) => void,
  { name, logger, signal }: { readonly name: string; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  if (store.watch === undefined || !store.features().includes(Feature.watch)) return;
  for (let pause = SHORTEST_PAUSE; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      for await (const change of store.watch({}, { signal })) {
        pause = SHORTEST_PAUSE;
        changed(change);
      }
    } catch (cause) {
      if (signal.aborted) return;
      const { detail } = secretStoreErrorFrom(cause, { component: name });
      logger.warn(`changes of store ${name} are not told for now: ${detail}`);
    }
    await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
