import { setTimeout as sleep } from 'node:timers/promises';
import { Feature, type Logger, type SecretStore, secretStoreErrorFrom } from '../driver/index.ts';

const SHORTEST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

export interface FollowChangesOptions {
  /** Of the component. */
  readonly name: string;
  /** Names of the secrets that a change is wanted of. */
  readonly secrets: readonly string[];
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Calls `changed` for every change that a store tells of, until `signal` aborts. Watching that ends is begun again, later each
 * time. A store that watches also keeps what it holds up to date, so it is asked also when no secret is wanted.
 */
export async function followChanges(store: SecretStore, changed: () => void, options: FollowChangesOptions): Promise<void> {
  const { name, secrets, logger, signal } = options;
  if (store.watch === undefined || !store.features().includes(Feature.watch)) return;
  let told = '';
  for (let pause = SHORTEST_PAUSE; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      for await (const _ of store.watch({ names: secrets }, { signal })) {
        pause = SHORTEST_PAUSE;
        told = '';
        changed();
      }
    } catch (cause) {
      if (signal.aborted) return;
      const { code, detail } = secretStoreErrorFrom(cause, { component: name });
      const text = `changes of store ${name} are not told for now, they are seen when resources are read again: ${detail}`;
      // The right to read secrets and not to watch them is a choice.
      if (text !== told) logger[code === 'permission_denied' ? 'info' : 'warn'](text);
      told = text;
    }
    await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

interface Followed {
  readonly store: SecretStore;
  /** What is wanted of it, and what ends asking for that. */
  wanted: string | undefined;
  stop: AbortController;
}

/** Follows the changes of the stores that are up, of those secrets that other components refer to. */
export class StoreFollower {
  readonly #followed = new Map<string, Followed>();
  readonly #options: {
    readonly secretsOf: (store: string) => readonly string[];
    readonly changed: () => void;
    readonly logger: Logger;
  };

  constructor(options: {
    readonly secretsOf: (store: string) => readonly string[];
    readonly changed: () => void;
    readonly logger: Logger;
  }) {
    this.#options = options;
  }

  /** A store has come up; `gone` aborts when it goes. */
  open(name: string, store: SecretStore, gone: AbortSignal): void {
    const followed: Followed = { store, wanted: undefined, stop: new AbortController() };
    this.#followed.set(name, followed);
    gone.addEventListener('abort', () => {
      followed.stop.abort();
      if (this.#followed.get(name) === followed) this.#followed.delete(name);
    });
    this.update();
  }

  /** Components have come or gone, and so may have what they refer to. */
  update(): void {
    const { secretsOf, changed, logger } = this.#options;
    for (const [name, followed] of this.#followed) {
      const secrets = secretsOf(name);
      const wanted = JSON.stringify(secrets);
      if (wanted === followed.wanted) continue;
      followed.stop.abort();
      followed.stop = new AbortController();
      followed.wanted = wanted;
      void followChanges(followed.store, changed, { name, secrets, logger, signal: followed.stop.signal });
    }
  }
}
