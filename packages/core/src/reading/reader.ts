import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BulkSecretData,
  type RequestMetadata,
  type SecretData,
  type SecretStore,
  type SecretStoreError,
  type SecretStoreErrorOptions,
  type SecretTable,
  type SecretValues,
  secretStoreErrorFrom,
  secretTable,
} from '../driver/index.ts';
import { observedStore } from '../observing/observed-store.ts';
import type { ReadOperation, RuntimeObserver, StoreObserver } from '../observing/types.ts';
import type { StorePolicy } from '../resiliency/store-policy.ts';
import type { StoreCall } from '../resiliency/types.ts';
import { decideScope, type ScopeTable } from '../scopes/scopes.ts';
import { deriveBulkGet } from './derive-bulk.ts';
import { checkedSecret, checkedSecrets } from './driver-answers.ts';
import { InFlight } from './in-flight.ts';
import { placeOf } from './place-of.ts';
import { ReadFailure } from './read-failure.ts';
import type { DriverAtWork, StallWatch } from './stall-watch.ts';
import type { BulkReadRequest, ReadRequest } from './types.ts';

export interface ReadableStoreOptions {
  readonly policy?: StorePolicy | undefined;
  readonly observer?: StoreObserver | undefined;
  /** Who is behind it, for messages. */
  readonly label?: string;
  /** Told what the driver did that no driver may do. */
  readonly onDefect?: (text: string) => void;
}

/** A loaded store with what is being read from it. */
export class ReadableStore implements DriverAtWork {
  readonly store: SecretStore;
  readonly observer: StoreObserver | undefined;
  readonly gets: InFlight<SecretData>;
  readonly bulkGets: InFlight<BulkSecretData>;
  readonly label: string;
  lastCall = 0;
  readonly #onDefect: ((text: string) => void) | undefined;
  /** What is in front of the store; calls that are running when it is replaced end under the one they began with. */
  policy: StorePolicy | undefined;

  constructor(store: SecretStore, { policy, observer, label = '', onDefect }: ReadableStoreOptions = {}) {
    this.label = label;
    this.#onDefect = onDefect;
    this.store = observer === undefined ? store : observedStore(store, observer);
    this.policy = policy;
    this.observer = observer;
    this.gets = new InFlight(observer && (() => observer.coalesced('get')));
    this.bulkGets = new InFlight(observer && (() => observer.coalesced('bulk_get')));
  }

  get isBusy(): boolean {
    return !this.gets.isEmpty || !this.bulkGets.isEmpty;
  }

  /** Why a read failed. A defect of the driver is told to its operator, who is rarely the one that reads. */
  failureOf(cause: unknown, options: SecretStoreErrorOptions): SecretStoreError {
    const error = secretStoreErrorFrom(cause, options);
    if (error.code === 'internal') {
      const place = placeOf(error.cause);
      this.#onDefect?.(place === undefined ? error.detail : `${error.detail} at ${place}`);
    }
    return error;
  }

  /**
   * Waits for running reads; those still running after `milliseconds` are cancelled, and not waited for any longer: a driver
   * may ignore its signal. Without `milliseconds` they may take as long as they want. Then closes the store. May be called
   * again, with less patience.
   */
  async close(milliseconds?: number): Promise<void> {
    const drained = Promise.all([this.gets.drained(), this.bulkGets.drained()]);
    if (milliseconds === undefined) {
      await drained;
      await this.store.close();
      return;
    }
    const time = new AbortController();
    const late = sleep(milliseconds, undefined, { signal: time.signal }).then(
      () => {
        const reason = new DOMException('the store is closing', 'AbortError');
        this.gets.abort(reason);
        this.bulkGets.abort(reason);
      },
      () => undefined,
    );
    await Promise.race([drained, late]);
    time.abort();
    await this.store.close();
  }
}

/** The one read path: every surface comes through here, and each room is crossed once. */
export class Reader {
  readonly #stores: ReadonlyMap<string, ReadableStore>;
  readonly #scopes: ScopeTable;
  readonly #observer: RuntimeObserver | undefined;
  readonly #stalls: StallWatch | undefined;

  /** `stores` is looked at on every read, so the owner changes it in place. */
  constructor(stores: ReadonlyMap<string, ReadableStore>, scopes: ScopeTable, observer?: RuntimeObserver, stalls?: StallWatch) {
    this.#stalls = stalls;
    this.#stores = stores;
    this.#scopes = scopes;
    this.#observer = observer;
  }

  /** Fails with `ReadFailure`. */
  async get(request: ReadRequest): Promise<SecretData> {
    const { store, name, metadata, caller, signal } = request;
    const readable = this.#find(store, 'get');
    if (!decideScope(this.#scopes, store, name).allowed) {
      readable.observer?.denied();
      throw ReadFailure.denied(store, name);
    }
    const start = this.#begin(readable);
    try {
      const answer = await readable.gets.run(keyOf(name, metadata, caller), signal, (shared) =>
        readable.policy === undefined
          ? readable.store.get({ name, metadata }, { signal: shared })
          : readable.policy.execute((attempt) => readable.store.get({ name, metadata }, { signal: attempt }), shared),
      );
      const secret = checkedSecret(answer);
      readable.observer?.read('get', 'ok', performance.now() - start);
      return secret;
    } catch (cause) {
      const error = readable.failureOf(cause, { component: store, operation: 'get', secret: name });
      readable.observer?.read('get', error.code, performance.now() - start);
      throw ReadFailure.getFailed(store, name, error);
    }
  }

  /** Fails with `ReadFailure`; secrets that the scopes deny are left out. */
  async bulkGet(request: BulkReadRequest): Promise<BulkSecretData> {
    const { store, metadata, caller, signal } = request;
    const readable = this.#find(store, 'bulk_get');
    const wanted = (name: string): boolean => decideScope(this.#scopes, store, name).allowed;
    const start = this.#begin(readable);
    try {
      const answer = await readable.bulkGets.run(keyOf('', metadata, caller), signal, (shared) => {
        const call: StoreCall<BulkSecretData> = (attempt) =>
          readable.store.bulkGet === undefined
            ? deriveBulkGet(readable.store, metadata, wanted, attempt)
            : readable.store.bulkGet({ metadata, wanted }, { signal: attempt });
        return readable.policy === undefined ? call(shared) : readable.policy.execute(call, shared);
      });
      const secrets = checkedSecrets(answer);
      readable.observer?.read('bulk_get', 'ok', performance.now() - start);
      return this.#scopes.has(store) ? { data: keepWanted(secrets.data, wanted) } : secrets;
    } catch (cause) {
      const error = readable.failureOf(cause, { component: store, operation: 'bulkGet' });
      readable.observer?.read('bulk_get', error.code, performance.now() - start);
      throw ReadFailure.bulkGetFailed(store, error);
    }
  }

  /** Answers the time. */
  #begin(readable: ReadableStore): number {
    this.#stalls?.look();
    readable.lastCall = performance.now();
    return readable.lastCall;
  }

  #find(store: string, operation: ReadOperation): ReadableStore {
    const readable = this.#stores.get(store);
    if (readable !== undefined) return readable;
    const failure = this.#stores.size === 0 ? ReadFailure.storesNotConfigured(store) : ReadFailure.storeNotFound(store);
    this.#observer?.readUnknown?.(operation, failure.code);
    throw failure;
  }
}

/** Everything the answer depends on, and who may have it. The plain name is the common case and costs nothing. */
function keyOf(name: string, metadata: RequestMetadata, caller: string | undefined): string {
  const hints = Object.keys(metadata);
  if (hints.length === 0 && caller === undefined) return `=${name}`;
  const sorted = hints.sort().map((hint) => [hint, metadata[hint]]);
  return JSON.stringify([name, sorted, caller ?? null]);
}

function keepWanted(
  data: SecretTable<SecretValues | null> | null,
  wanted: (name: string) => boolean,
): SecretTable<SecretValues | null> | null {
  return data && secretTable(Object.entries(data).filter(([name]) => wanted(name)));
}
