import type { Logger } from '@coffer/core/driver';
import { parseExactJson } from '@coffer/core/internal';
import {
  follow,
  type KubernetesClient,
  KubernetesError,
  type KubernetesObject,
  labelOf,
  type ResourceList,
  type ResourceName,
} from '@coffer/kubernetes-client';
import { explain } from './explain.ts';

export interface FollowedOptions {
  readonly client: KubernetesClient;
  readonly resource: ResourceList | ResourceName;
  readonly logger: Logger;
  /** How long one watch is kept. */
  readonly watchSeconds: number;
}

/** The objects of one kind: followed, and then known at any time without asking; or asked for. */
export class FollowedObjects {
  readonly #options: FollowedOptions;
  readonly #known = new Map<string, KubernetesObject>();
  #isFollowed = false;
  /** What was told last, so that it is told once. */
  #told = '';

  constructor(options: FollowedOptions) {
    this.#options = options;
  }

  /** In order of their names. While they are followed the server is not asked, and may be away. Fails with `KubernetesError`. */
  async read(signal: AbortSignal | undefined): Promise<readonly KubernetesObject[]> {
    if (this.#isFollowed) return sorted([...this.#known.values()]);
    const { client, resource } = this.#options;
    try {
      const { items } = await client.list(resource, { signal, parse: parseExactJson });
      return sorted(items);
    } catch (cause) {
      if (!(cause instanceof KubernetesError) || cause.reason !== 'not_found') throw cause;
      this.#tell(cause, 0);
      return [];
    }
  }

  /**
   * Follows them until the signal aborts, and calls `changed` when the content of one is another. Resolves when all that is there
   * is known. Fails with `KubernetesError` when that can't be had; failures after that are logged.
   */
  follow(changed: () => void, signal: AbortSignal): Promise<void> {
    const synced = Promise.withResolvers<void>();
    this.#run(changed, synced.resolve, signal).catch((cause) => {
      this.#isFollowed = false;
      synced.reject(cause);
    });
    return synced.promise;
  }

  async #run(changed: () => void, synced: () => void, signal: AbortSignal): Promise<void> {
    const { client, resource, watchSeconds } = this.#options;
    const parse = parseExactJson;
    const report = {
      onTrouble: (failure: KubernetesError, pause: number) => this.#tell(failure, pause),
      onRecovery: () => this.#recovered(),
    };
    this.#known.clear();
    for await (const change of follow(client, resource, { signal, watchSeconds, parse, missingIsEmpty: true, ...report })) {
      if (change.kind === 'synced') {
        this.#isFollowed = true;
        synced();
        continue;
      }
      const { kind, object } = change;
      const { name } = object.metadata;
      const before = this.#known.get(name);
      if (kind === 'removed') this.#known.delete(name);
      else this.#known.set(name, object);
      const isOther = kind === 'removed' || before === undefined || contentOf(before) !== contentOf(object);
      if (this.#isFollowed && isOther) changed();
    }
  }

  #tell(failure: KubernetesError, pause: number): void {
    const { logger, resource } = this.#options;
    const label = labelOf(resource);
    // A list that is too old is read again, and nothing is lost.
    if (failure.reason === 'gone') {
      logger.debug(`${label}: ${failure.message}; listing again`);
      return;
    }
    const isMissing = failure.reason === 'not_found';
    const text = isMissing
      ? `the cluster has no resource ${label}: install the custom resource definitions of dapr.io to use it`
      : `watching ${label} failed, what is known of it stays in force: ${explain(failure)}`;
    if (text === this.#told) return;
    this.#told = text;
    logger.warn(isMissing || pause === 0 ? text : `${text}; next try in ${Math.ceil(pause / 1000)}s`);
  }

  #recovered(): void {
    this.#told = '';
    this.#options.logger.info(`watching ${labelOf(this.#options.resource)} again`);
  }
}

/** What of an object is followed: its status and the notes of its writers are not. */
function contentOf({ spec, auth, scopes }: KubernetesObject): string {
  return JSON.stringify([spec, auth, scopes]);
}

function sorted(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return objects.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
