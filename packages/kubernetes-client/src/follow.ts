import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '@coffer/http-client';
import type { KubernetesClient } from './client.ts';
import { KubernetesError } from './errors.ts';
import type { ResourceList, ResourceName } from './resource.ts';
import type { KubernetesObject, ListOptions, WatchEvent } from './types.ts';

export interface FollowOptions extends ListOptions {
  /** How long one watch is kept; 300 by default. A watch that hangs is noticed ten seconds after that. */
  readonly watchSeconds?: number;
  /** Told of a failure after the first list, and in how many milliseconds the next try is. */
  readonly onTrouble?: (failure: KubernetesError, pause: number) => void;
  /** Told when a watch is open again. */
  readonly onRecovery?: () => void;
  /** A resource that the server does not have (404) is one without objects that may be installed later. */
  readonly missingIsEmpty?: boolean;
}

export type Change =
  | { readonly kind: 'changed' | 'removed'; readonly object: KubernetesObject }
  /** Everything that is there now has been told. */
  | { readonly kind: 'synced' };

/** Milliseconds between lists while watching is refused and listing is not. */
const POLL = 30_000;
/** A watch that the server ends sooner counts as a failure: reconnecting at once would not end. */
const SHORTEST_WATCH = 1000;
/** What happens to a watch that lasted longer has nothing to do with what happened before it. */
const GOOD_WATCH = 30_000;

/**
 * The objects of a list, and then every change to them, for as long as the signal lets it. Broken connections are taken up
 * where they broke, versions that the server no longer knows by a new list, of which only the differences are told. Fails when
 * the first list fails, and with `canceled`; later failures are told to `onTrouble` and tried again.
 */
export async function* follow(
  client: KubernetesClient,
  resource: ResourceList | ResourceName,
  options: FollowOptions = {},
): AsyncGenerator<Change> {
  const { watchSeconds = 300, onTrouble, onRecovery, missingIsEmpty = false, signal, ...listOptions } = options;
  const known = new Map<string, KubernetesObject>();
  const backoff = new Backoff();
  let version: string | undefined;
  let isSynced = false;
  let isTroubled = false;
  const onOpen = () => {
    if (isTroubled) onRecovery?.();
    isTroubled = false;
  };
  for (;;) {
    const startedAt = performance.now();
    const begins = version === undefined;
    let pause = 0;
    try {
      if (version === undefined) {
        const list = await client.list(resource, { ...listOptions, signal });
        yield* differences(known, list.items);
        version = list.resourceVersion;
        backoff.reset();
        if (!isSynced) yield { kind: 'synced' };
        isSynced = true;
      }
      // Not all watches of a cluster are to end at one moment.
      const seconds = Math.max(1, Math.round(watchSeconds * (0.8 + Math.random() * 0.2)));
      for await (const event of client.watch(resource, { ...listOptions, signal, resourceVersion: version, seconds, onOpen })) {
        version = event.object.metadata.resourceVersion ?? version;
        backoff.reset();
        yield* applied(known, event);
      }
      if (performance.now() - startedAt < SHORTEST_WATCH) pause = backoff.pause();
    } catch (cause) {
      if (!(cause instanceof KubernetesError) || cause.reason === 'canceled') throw cause;
      if (!isSynced) {
        if (cause.reason !== 'not_found' || !missingIsEmpty) throw cause;
        yield { kind: 'synced' };
        isSynced = true;
      }
      isTroubled = true;
      if (needsList(cause)) version = undefined;
      const isRefused = cause.reason === 'forbidden' || cause.reason === 'not_found';
      // A version that has become too old is no trouble; one that was listed a moment ago is.
      const isOld = cause.reason === 'gone' && !begins;
      const own = isOld ? 0 : isRefused ? POLL : backoff.pause();
      pause = cause.retryAfter === undefined ? own : cause.retryAfter * (1 + Math.random());
      onTrouble?.(cause, pause);
    }
    if (performance.now() - startedAt >= GOOD_WATCH) backoff.reset();
    if (pause > 0) await rest(pause, signal);
  }
}

/** Whether going on from the known version can't help: it is too old, or newer than what a restored server has. */
function needsList({ reason, status }: KubernetesError): boolean {
  return status !== undefined && !(reason === 'throttled' || reason === 'unavailable' || reason === 'unauthorized');
}

/** What a new list means for what was known. */
function* differences(known: Map<string, KubernetesObject>, items: readonly KubernetesObject[]): Generator<Change> {
  const listed = new Map(items.map((object) => [keyOf(object), object]));
  for (const [key, object] of known) {
    if (listed.has(key)) continue;
    known.delete(key);
    yield { kind: 'removed', object };
  }
  for (const [key, object] of listed) {
    const before = known.get(key)?.metadata.resourceVersion;
    known.set(key, object);
    if (before === undefined || before !== object.metadata.resourceVersion) yield { kind: 'changed', object };
  }
}

function* applied(known: Map<string, KubernetesObject>, { type, object }: WatchEvent): Generator<Change> {
  if (type === 'BOOKMARK') return;
  const key = keyOf(object);
  if (type !== 'DELETED') {
    known.set(key, object);
    yield { kind: 'changed', object };
  } else if (known.delete(key)) yield { kind: 'removed', object };
}

function keyOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

/** Fails with `canceled`. */
async function rest(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (cause) {
    throw new KubernetesError('canceled', 'context canceled', { cause });
  }
}
