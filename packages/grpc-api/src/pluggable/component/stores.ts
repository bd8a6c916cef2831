import type { Dialect, LoggerFor } from '@coffer/core';
import {
  type BulkSecretData,
  checkSettings,
  type RequestMetadata,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  type StoreDefinition,
  throwIfAborted,
} from '@coffer/core/driver';
import { capabilitiesOf, ReadableStore, Reader } from '@coffer/core/internal';

/** Milliseconds for which the reads of a store that was replaced may go on. */
const RETIRE_MILLISECONDS = 60_000;

export interface ComponentStoresOptions {
  readonly definition: StoreDefinition;
  readonly dialect: Dialect;
  readonly loggerFor: LoggerFor;
}

/** The stores of one driver that hosts have initialised, by the name of the component each stands for. */
export class ComponentStores {
  readonly #options: ComponentStoresOptions;
  readonly #stores = new Map<string, ReadableStore>();
  readonly #retired = new Set<ReadableStore>();
  readonly #reader: Reader;
  #closing: Promise<void> | undefined;

  constructor(options: ComponentStoresOptions) {
    this.#options = options;
    this.#reader = new Reader(this.#stores, new Map());
  }

  /**
   * Brings a store up. When it is there, it takes the place of an earlier one of that name, which is closed after its last
   * read; a failure leaves the earlier one as it is. Fails with what the driver fails with, or with `invalid_argument`.
   */
  async init(instance: string, properties: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const { definition, dialect, loggerFor } = this.#options;
    const metadata = this.#decode(instance, properties);
    const store: SecretStore = await definition.create();
    try {
      const propertyNames = Object.keys(properties);
      await store.init({ component: instance, metadata, propertyNames, dialect, logger: loggerFor('dapr.contrib') }, { signal });
      throwIfAborted(signal);
      if (this.#closing !== undefined) throw new SecretStoreError('unavailable', 'the component is shutting down');
    } catch (cause) {
      await store.close();
      throw cause;
    }
    const earlier = this.#stores.get(instance);
    this.#stores.set(instance, new ReadableStore(store));
    if (earlier !== undefined) this.#retire(instance, earlier);
  }

  /** What daprd shows as the component's capabilities. */
  features(instance: string): readonly string[] {
    return capabilitiesOf(this.#find(instance).store, this.#options.definition);
  }

  /** Fails with `ReadFailure` or `SecretStoreError`, as the others do. */
  get(instance: string, name: string, metadata: RequestMetadata, signal: AbortSignal): Promise<SecretData> {
    this.#find(instance);
    return this.#reader.get({ store: instance, name, metadata, signal });
  }

  bulkGet(instance: string, metadata: RequestMetadata, signal: AbortSignal): Promise<BulkSecretData> {
    this.#find(instance);
    return this.#reader.bulkGet({ store: instance, metadata, signal });
  }

  async ping(instance: string, signal: AbortSignal): Promise<void> {
    const { store } = this.#find(instance);
    if (store.ping === undefined) throw new SecretStoreError('unimplemented', 'ping is not implemented by this secret store');
    await store.ping({ signal });
  }

  /** Waits for running reads, which are cancelled after `milliseconds`, and closes every store. Never fails; may be called twice. */
  close(milliseconds: number): Promise<void> {
    this.#closing ??= Promise.all(
      [...this.#stores, ...[...this.#retired].map((store) => ['', store] as const)].map(([instance, store]) =>
        this.#close(instance, store, milliseconds),
      ),
    ).then(() => this.#stores.clear());
    return this.#closing;
  }

  #retire(instance: string, store: ReadableStore): void {
    this.#retired.add(store);
    void this.#close(instance, store, RETIRE_MILLISECONDS).then(() => this.#retired.delete(store));
  }

  async #close(instance: string, store: ReadableStore, milliseconds: number): Promise<void> {
    try {
      await store.close(milliseconds);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#options.loggerFor('dapr.contrib').error(`error closing component ${instance}: ${reason}`);
    }
  }

  #find(instance: string): ReadableStore {
    const store = this.#stores.get(instance);
    if (store !== undefined) return store;
    throw new SecretStoreError(
      'failed_precondition',
      `component ${JSON.stringify(instance)} is not initialised: call Init first`,
    );
  }

  #decode(instance: string, properties: Readonly<Record<string, string>>): unknown {
    const { definition, dialect } = this.#options;
    const { metadata, problems } = checkSettings(definition, properties, dialect.loader.doubtfulSettings);
    const texts = (severity: 'error' | 'warning'): string[] =>
      problems
        .filter((problem) => problem.severity === severity)
        .map(({ name, message, hint }) => {
          // A driver may have the reference's words for a missing setting, which do not name it.
          const named = message.includes(name) ? message : `setting ${name}: ${message}`;
          return hint === undefined ? named : `${named}: ${hint}`;
        });
    for (const text of texts('warning')) this.#options.loggerFor('dapr.contrib').warn(text, { component: instance });
    const errors = texts('error');
    if (errors.length > 0) throw new SecretStoreError('invalid_argument', errors.join('; '), { component: instance });
    return metadata;
  }
}
