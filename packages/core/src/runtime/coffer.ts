import { cofferDialect, type Dialect } from '../dialect.ts';
import {
  type BulkSecretData,
  type CallOptions,
  type RequestMetadata,
  type SecretData,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  type StoreDefinition,
  secretTable,
} from '../driver/index.ts';
import { ReadFailure } from '../reading/read-failure.ts';
import { Reader } from '../reading/reader.ts';
import type { BulkReadRequest, ReadObserver, ReadRequest } from '../reading/types.ts';
import { Registry } from '../registry/registry.ts';
import type { StoreRegistry } from '../registry/types.ts';
import { Policies } from '../resiliency/policies.ts';
import type { ResiliencyObserver } from '../resiliency/types.ts';
import { diskSource } from '../resources/disk-source.ts';
import { selectComponents } from '../resources/select-components.ts';
import type { ResourceSource } from '../resources/source.ts';
import type { Component, Configuration, Resiliency } from '../resources/types.ts';
import { prepareScopes } from '../scopes/scopes.ts';
import { ComponentFailure } from './component-failure.ts';
import { type ComponentConsumer, ComponentHost } from './component-host.ts';
import { Health } from './health.ts';
import { type LoggerFor, silentLoggerFor } from './logging.ts';
import { neededComponents } from './needed-components.ts';
import type { LoadedComponent, SecretsRuntime } from './types.ts';

export interface CofferOptions {
  /** Identity of the application: component scopes and templates use it. Required, without dots. */
  readonly appId: string;
  /** Directories with component files, read in this order. */
  readonly resourcesPaths?: readonly string[];
  /** Configuration files, merged in this order. */
  readonly configurationFiles?: readonly string[];
  /** Where resources and the Configuration come from, in place of `resourcesPaths` and `configurationFiles`. */
  readonly source?: ResourceSource;
  /** Only these stores, and those that their references need; every component when absent. */
  readonly stores?: readonly string[];
  /** Where drivers come from; by default only `definitions`. */
  readonly registry?: StoreRegistry;
  /** Drivers that the embedder imported itself. */
  readonly definitions?: readonly StoreDefinition[];
  /** Takers of components of other building blocks, by component type. */
  readonly consumers?: Readonly<Record<string, ComponentConsumer>>;
  readonly dialect?: Dialect;
  /** `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Silent by default. */
  readonly loggerFor?: LoggerFor;
  readonly observer?: ReadObserver;
  readonly resiliencyObserver?: ResiliencyObserver;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

export interface ReadOptions extends CallOptions {
  /** Hints to the store: `version_id`, `namespace` … */
  readonly metadata?: RequestMetadata;
}

const NO_METADATA: RequestMetadata = Object.freeze(secretTable<string>());
const NEVER = new AbortController().signal;
const CLOSE_MILLISECONDS = 5000;

/** Secrets of the configured stores, in process. Made by `Coffer.start`; closed by `close()` or `await using`. */
export class Coffer implements SecretsRuntime, AsyncDisposable {
  readonly appId: string;
  readonly dialect: Dialect;
  readonly configuration: Configuration;
  readonly health: Health = new Health();
  readonly extendedMetadata: Map<string, string> = new Map();
  readonly enabledFeatures: readonly string[];
  readonly #options: CofferOptions;
  readonly #source: ResourceSource;
  readonly #loggerFor: LoggerFor;
  readonly #policies: Policies;
  readonly #host: ComponentHost;
  readonly #reader: Reader;
  #closing: Promise<void> | undefined;

  private constructor(
    options: CofferOptions,
    source: ResourceSource,
    configuration: Configuration,
    resiliencies: readonly Resiliency[],
  ) {
    this.#options = options;
    this.#source = source;
    this.#loggerFor = options.loggerFor ?? silentLoggerFor;
    this.appId = options.appId;
    this.dialect = options.dialect ?? cofferDialect;
    this.configuration = configuration;
    this.enabledFeatures = [...configuration.features].filter(([, enabled]) => enabled).map(([name]) => name);
    const environment = options.environment ?? process.env;
    const registry = options.registry ?? new Registry();
    for (const definition of options.definitions ?? []) registry.register(definition);
    this.#policies = new Policies({
      dialect: this.dialect,
      logger: this.#loggerFor('dapr.runtime'),
      observer: options.resiliencyObserver,
    });
    this.#policies.replace(resiliencies);
    this.#host = new ComponentHost({
      registry,
      dialect: this.dialect,
      loggerFor: this.#loggerFor,
      consumers: new Map(Object.entries(options.consumers ?? {}).map(([type, consumer]) => [type.toLowerCase(), consumer])),
      references: {
        appId: options.appId,
        environment,
        namespace: environment.NAMESPACE,
        podName: environment.POD_NAME,
        defaultSecretStore: '',
      },
      policyOf: (component) => this.#policies.of(component),
    });
    this.#reader = new Reader(this.#host.stores, prepareScopes(configuration.secretScopes), options.observer);
  }

  /** Reads the Configuration and brings every component up. Fails with an Error in the reference's words; nothing is left open then. */
  static async start(options: CofferOptions): Promise<Coffer> {
    const coffer = await Coffer.create(options);
    await coffer.load();
    return coffer;
  }

  /** The first half of `start`: reads the Configuration and Resiliency files; nothing is connected. */
  static async create(options: CofferOptions): Promise<Coffer> {
    if (options.appId === '') throw new Error('parameter app-id cannot be empty');
    if (options.appId.includes('.')) throw new Error('parameter app-id cannot contain dots');
    const logger = (options.loggerFor ?? silentLoggerFor)('dapr.runtime');
    const source = options.source ?? sourceOf(options);
    const signal = options.signal ?? NEVER;
    const { configuration } = await source.readConfiguration(options.environment ?? process.env);
    if (configuration.files.length === 0) logger.info('loading default configuration');
    const enabled = [...configuration.features].filter(([, on]) => on).map(([name]) => name);
    logger.info(`Enabled features: ${enabled.join(' ')}`);
    if (configuration.features.get('HotReload')) await source.watch(() => undefined, AbortSignal.abort());
    const { resiliencies, logs } = await source.readResiliency(options.appId, { signal });
    for (const { level, message } of logs) logger[level](message);
    for (const name of configuration.httpPipeline) {
      logger.warn(`HTTP middleware ${name} of spec.httpPipeline is not run: Coffer has no middleware`);
    }
    return new Coffer(options, source, configuration, resiliencies);
  }

  /** The second half of `start`. A failure closes what was opened. */
  async load(): Promise<void> {
    const logger = this.#loggerFor('dapr.runtime');
    const signal = this.#options.signal ?? NEVER;
    try {
      const components = await this.#components();
      logger.info('Loading components…');
      const isStore = ({ type }: Component): boolean => type.startsWith('secretstores.');
      const ordered = [...components.filter(isStore), ...components.filter((component) => !isStore(component))];
      for (const component of ordered) {
        signal.throwIfAborted();
        await this.#host.add(component, signal);
      }
      logger.info('Waiting for all outstanding components to be processed…');
      logger.info('All outstanding components processed');
    } catch (cause) {
      await this.#host.close(0);
      if (!(cause instanceof ComponentFailure)) throw cause;
      // The reference collects an init or creation failure twice.
      const text = cause.inner === undefined ? cause.message : `${cause.message}\n${cause.message}`;
      throw new Error(`failed to load components: ${text}`, { cause });
    }
    const { stores } = this.#options;
    for (const { storeName } of this.configuration.secretScopes) {
      if (this.#host.stores.has(storeName) || stores?.includes(storeName) === false) continue;
      logger.warn(`Secrets configuration added for '${storeName}', but no matching secret store was found`);
    }
  }

  /** Key to value of one secret. Fails with `ReadFailure`, whose `code` is of the closed list of `ErrorCode`. */
  async getSecret(store: string, name: string, options: ReadOptions = {}): Promise<SecretValues> {
    const { data } = await this.get({ store, name, metadata: options.metadata ?? NO_METADATA, signal: options.signal });
    return data ?? secretTable();
  }

  /** Secret name to its values, for every secret that the scopes allow. Fails with `ReadFailure`. */
  async getBulkSecret(store: string, options: ReadOptions = {}): Promise<SecretTable<SecretValues>> {
    const { data } = await this.bulkGet({ store, metadata: options.metadata ?? NO_METADATA, signal: options.signal });
    return secretTable(Object.entries(data ?? {}).map(([name, values]) => [name, values ?? secretTable()]));
  }

  get(request: ReadRequest): Promise<SecretData> {
    return this.#reader.get(request);
  }

  bulkGet(request: BulkReadRequest): Promise<BulkSecretData> {
    return this.#reader.bulkGet(request);
  }

  /** Asks the store whether it is reachable. Fails with `SecretStoreError`: `unimplemented` when the driver cannot tell. */
  async ping(store: string, options: CallOptions = {}): Promise<void> {
    const readable = this.#host.stores.get(store);
    if (readable === undefined) throw ReadFailure.storeNotFound(store);
    if (readable.store.ping === undefined) {
      throw new SecretStoreError('unimplemented', 'ping is not implemented by this secret store', {
        component: store,
        operation: 'ping',
      });
    }
    await readable.store.ping(options);
  }

  components(): readonly LoadedComponent[] {
    return this.#host.loaded();
  }

  get resiliencies(): readonly Resiliency[] {
    return this.#policies.resiliencies;
  }

  /**
   * Puts other policies in force, for reads that begin from now on. Circuit breakers whose policy is the same keep their
   * state.
   */
  replaceResiliencies(resiliencies: readonly Resiliency[]): void {
    this.#policies.replace(resiliencies);
    for (const [component, readable] of this.#host.stores) readable.policy = this.#policies.of(component);
  }

  /** Names of components that wait for a secret store, by the store's name. */
  parked(): ReadonlyMap<string, readonly string[]> {
    return this.#host.parked();
  }

  /** A component's failure that the strict dialect tells only when the process ends; the reference's exit code is 1 then. */
  deferredFailure(): Error | undefined {
    return this.#host.deferredFailure;
  }

  /**
   * Waits for running reads (cancelled after `milliseconds`, 5000 by default) and closes every store. Reads that come
   * later fail. May be called twice.
   */
  close(milliseconds: number = CLOSE_MILLISECONDS): Promise<void> {
    this.#closing ??= this.#close(milliseconds);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(milliseconds: number): Promise<void> {
    const logger = this.#loggerFor('dapr.runtime');
    logger.info('Dapr is shutting down');
    await this.#host.close(milliseconds);
    logger.info('Dapr runtime stopped');
  }

  async #components(): Promise<readonly Component[]> {
    const loader = this.#loggerFor('dapr.runtime.loader.disk');
    const { appId, environment = process.env, stores, signal } = this.#options;
    try {
      const { components, warnings, unreadable } = await this.#source.readComponents({ signal });
      for (const { kind, message } of unreadable) if (kind === 'directory') throw new Error(message);
      for (const warning of warnings) loader.warn(warning);
      const selection = selectComponents(components, {
        appId,
        namespace: environment.NAMESPACE ?? '',
        denied: this.configuration.deniedComponents,
      });
      for (const warning of selection.warnings) this.#loggerFor('dapr.runtime').warn(warning);
      if (selection.duplicates.length > 0) throw new Error(selection.duplicates.join('\n'));
      return stores === undefined ? selection.selected : neededComponents(selection.selected, stores);
    } catch (cause) {
      throw new Error(`failed to load components: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}

function sourceOf({ resourcesPaths = [], configurationFiles = [], loggerFor = silentLoggerFor }: CofferOptions): ResourceSource {
  return diskSource({ directories: resourcesPaths, configurationFiles, logger: loggerFor('dapr.runtime') });
}
