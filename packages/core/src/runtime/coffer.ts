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
import type { RuntimeObserver } from '../observing/types.ts';
import { ReadFailure } from '../reading/read-failure.ts';
import type { Reader } from '../reading/reader.ts';
import type { BulkReadRequest, ReadRequest } from '../reading/types.ts';
import { Registry } from '../registry/registry.ts';
import type { StoreRegistry } from '../registry/types.ts';
import { Policies } from '../resiliency/policies.ts';
import { diskSource } from '../resources/disk-source.ts';
import type { ResourceSource } from '../resources/source.ts';
import type { Component, Configuration, Resiliency } from '../resources/types.ts';
import { FatalReload, Generation, type GenerationContext } from './generation.ts';
import { Health } from './health.ts';
import { type LoggerFor, silentLoggerFor } from './logging.ts';
import { LONGEST_TIMER, ReloadLoop, type ReloadReason } from './reload-loop.ts';
import { type ComponentConsumer, messageOf } from './start-component.ts';
import type { DefaultSecretStore, LoadedComponent, SecretsRuntime } from './types.ts';

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
  /** Components that come up before all others and stay whatever the resources say. */
  readonly builtIn?: readonly Component[];
  /** The store of `secretKeyRef` where a component names none; none by default. */
  readonly defaultSecretStore?: DefaultSecretStore;
  readonly dialect?: Dialect;
  /** `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Silent by default. */
  readonly loggerFor?: LoggerFor;
  /**
   * Told of reads, calls to drivers, components, reloads and policies, for metrics. As a function it is made once the first
   * Configuration is read.
   */
  readonly observer?: RuntimeObserver | ((configuration: Configuration) => Promise<RuntimeObserver | undefined>);
  /** Follow changes of the resources while running, when the Configuration's feature HotReload is on. True by default. */
  readonly hotReload?: boolean;
  /** Milliseconds after which the resources are read again without an event; 60 000 by default. */
  readonly reconcileInterval?: number;
  /**
   * Called when something has changed that only `reload()` or a new start follows: the Configuration of a source that tells
   * of it, and Resiliency resources where the dialect says so. Calls `reload()` by default.
   */
  readonly needsReload?: () => void;
  /** Told of a failure while running at which the reference's process ends; only the strict dialect has such. */
  readonly failed?: (failure: Error) => void;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

export interface ReloadOptions {
  /** Where drivers come from, from now on; as before when absent. */
  readonly registry?: StoreRegistry;
}

export interface ReadOptions extends CallOptions {
  /** Hints to the store: `version_id`, `namespace` … */
  readonly metadata?: RequestMetadata;
}

const NO_METADATA: RequestMetadata = Object.freeze(secretTable<string>());
const NEVER = new AbortController().signal;
const CLOSE_MILLISECONDS = 5000;
const RECONCILE_MILLISECONDS = 60_000;
const HOT_RELOADING =
  "Hot reloading enabled. Daprd will reload 'Component', 'Subscription', 'MCPServer', 'Configuration', 'HTTPEndpoint', 'Resiliency' and 'WorkflowAccessPolicy' resources";

/** Secrets of the configured stores, in process. Made by `Coffer.start`; closed by `close()` or `await using`. */
export class Coffer implements SecretsRuntime, AsyncDisposable {
  readonly appId: string;
  readonly dialect: Dialect;
  readonly health: Health = new Health();
  readonly extendedMetadata: Map<string, string> = new Map();
  readonly #options: CofferOptions;
  readonly #loggerFor: LoggerFor;
  readonly #loop: ReloadLoop;
  #context: GenerationContext;
  #generation: Generation;
  #reader: Reader;
  /** What was served before and still has reads running. */
  readonly #retired: Set<Generation> = new Set();
  #closing: Promise<void> | undefined;

  private constructor(options: CofferOptions, context: GenerationContext, loop: ReloadLoop, generation: Generation) {
    this.#options = options;
    this.#loggerFor = context.loggerFor;
    this.appId = context.appId;
    this.dialect = context.dialect;
    this.#loop = loop;
    this.#context = context;
    this.#generation = generation;
    this.#reader = generation.reader;
  }

  /** Reads the Configuration and brings every component up. Fails with an Error in the reference's words; nothing is left open then. */
  static async start(options: CofferOptions): Promise<Coffer> {
    const coffer = await Coffer.create(options);
    await coffer.load();
    return coffer;
  }

  /**
   * The first half of `start`: reads the Configuration and Resiliency files; nothing is connected. Who does not go on with
   * `load` closes it.
   */
  static async create(options: CofferOptions): Promise<Coffer> {
    if (options.appId === '') throw new Error('parameter app-id cannot be empty');
    if (options.appId.includes('.')) throw new Error('parameter app-id cannot contain dots');
    const { loggerFor = silentLoggerFor, reconcileInterval = RECONCILE_MILLISECONDS, signal = NEVER } = options;
    const source = options.source ?? sourceOf(options);
    const logger = loggerFor('dapr.runtime');
    const reloadAll = () => {
      loop.request('all').catch((cause) => logger.error(`not reloaded, what was in force stays: ${messageOf(cause)}`));
    };
    const needsReload = options.needsReload ?? reloadAll;
    const loop = new ReloadLoop({ source, reconcileInterval, configurationChanged: needsReload });
    const context = contextOf(options, source, loop, needsReload);
    const generation = await Generation.read(context, signal);
    generation.enforcePolicies();
    const coffer = new Coffer(options, context, loop, generation);
    await coffer.#watch(generation);
    return coffer;
  }

  /** The second half of `start`. A failure closes what was opened. */
  async load(): Promise<void> {
    try {
      await this.#generation.load(this.#options.signal ?? NEVER);
    } catch (cause) {
      await this.#loop.close(0);
      throw cause;
    }
    this.#loop.begin((reasons) => this.#reload(reasons));
  }

  /**
   * Reads everything again, as a new start would: the Configuration, Resiliency resources, components and their secrets.
   * The new stores are brought up beside the old ones and take their place in one step; the old ones close when their reads
   * have finished. Fails with an Error in the reference's words, and then nothing has changed. Asked for again while it
   * runs, it runs once more.
   */
  async reload(options: ReloadOptions = {}): Promise<void> {
    if (this.#closing !== undefined) throw new Error('Coffer is closed');
    if (options.registry !== undefined) {
      this.#context = { ...this.#context, registry: registryOf(options.registry, this.#options.definitions) };
    }
    // Nothing else that a reload waits for keeps a process alive.
    const alive = setInterval(() => undefined, LONGEST_TIMER);
    try {
      await this.#loop.request('all');
    } finally {
      clearInterval(alive);
    }
  }

  /** The Configuration that is in force. */
  get configuration(): Configuration {
    return this.#generation.configuration;
  }

  get resiliencies(): readonly Resiliency[] {
    return this.#context.policies.resiliencies;
  }

  get enabledFeatures(): readonly string[] {
    return this.#generation.enabledFeatures;
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
    const readable = this.#generation.host.stores.get(store);
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
    return this.#generation.host.loaded();
  }

  /** Names of components that wait for a secret store, by the store's name. */
  parked(): ReadonlyMap<string, readonly string[]> {
    return this.#generation.host.parked();
  }

  /** A component's failure that the strict dialect tells only when the process ends; the reference's exit code is 1 then. */
  deferredFailure(): Error | undefined {
    return this.#generation.host.deferredFailure;
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
    const closeAll = () => [this.#generation, ...this.#retired].map((generation) => generation.close(milliseconds));
    // Reads are refused from this moment on. A reload that goes on may still bring something up: it is closed after it.
    await Promise.all([...closeAll(), this.#loop.close(milliseconds)]);
    await Promise.all(closeAll());
    logger.info('Dapr runtime stopped');
  }

  async #reload(reasons: ReadonlySet<ReloadReason>): Promise<void> {
    let failure: unknown;
    if (reasons.has('all')) {
      try {
        await this.#replace();
        this.#generation.observer?.reloaded?.('configuration', true);
        return;
      } catch (cause) {
        if (!this.#loop.signal.aborted) this.#generation.observer?.reloaded?.('configuration', false);
        failure = cause;
      }
    }
    if (reasons.has('event') || reasons.has('reconcile')) await this.#reconcile(reasons.has('event'));
    if (failure !== undefined) throw failure;
  }

  async #replace(): Promise<void> {
    const { signal } = this.#loop;
    const next = await Generation.read(this.#context, signal);
    try {
      await this.#watch(next);
      await next.load(signal);
      signal.throwIfAborted();
    } catch (cause) {
      await next.close(0);
      if (!this.#generation.isHot) this.#loop.unwatch();
      throw cause;
    }
    const before = this.#generation;
    this.#generation = next;
    this.#reader = next.reader;
    next.enforcePolicies();
    if (!next.isHot) this.#loop.unwatch();
    this.#loggerFor('dapr.runtime').info('Everything is read again and in force: Configuration, Resiliency, components');
    this.#retired.add(before);
    void before.close().then(() => this.#retired.delete(before));
  }

  async #reconcile(isEvent: boolean): Promise<void> {
    const { signal } = this.#loop;
    const logger = this.#loggerFor('dapr.runtime.hotreload');
    try {
      await this.#generation.reconcile(isEvent, signal);
    } catch (cause) {
      if (signal.aborted) return;
      if (cause instanceof FatalReload) {
        const failed = this.#options.failed ?? ((failure: Error) => logger.error(failure.message));
        failed(cause);
        return;
      }
      // The text of a defect may hold what a store answered.
      logger.error(
        `reloading failed by a defect of Coffer or of a driver: ${cause instanceof Error ? cause.name : typeof cause}`,
      );
    }
  }

  async #watch({ isHot }: Generation): Promise<void> {
    if (!isHot || this.#options.hotReload === false || this.#loop.isWatching) return;
    this.#loggerFor('dapr.runtime').info(HOT_RELOADING);
    await this.#loop.watch();
  }
}

function sourceOf({ resourcesPaths = [], configurationFiles = [], loggerFor = silentLoggerFor }: CofferOptions): ResourceSource {
  return diskSource({ directories: resourcesPaths, configurationFiles, logger: loggerFor('dapr.runtime') });
}

function contextOf(options: CofferOptions, source: ResourceSource, loop: ReloadLoop, needsReload: () => void): GenerationContext {
  const { appId, dialect = cofferDialect, environment = process.env, loggerFor = silentLoggerFor, stores } = options;
  const followsStores = dialect.reload.watchStores && options.hotReload !== false;
  return {
    appId,
    source,
    registry: registryOf(options.registry, options.definitions),
    dialect,
    environment,
    loggerFor,
    consumers: new Map(Object.entries(options.consumers ?? {}).map(([type, consumer]) => [type.toLowerCase(), consumer])),
    builtIn: options.builtIn ?? [],
    defaultSecretStore: options.defaultSecretStore,
    stores,
    observe: observeOnce(options.observer),
    policies: new Policies({ dialect, logger: loggerFor('dapr.runtime') }),
    secretsChanged: followsStores ? () => loop.changed() : undefined,
    needsReload,
  };
}

function observeOnce(given: CofferOptions['observer']): GenerationContext['observe'] {
  let made: Promise<RuntimeObserver | undefined> | undefined;
  return (configuration) => {
    made ??= typeof given === 'function' ? given(configuration) : Promise.resolve(given);
    return made;
  };
}

function registryOf(given: StoreRegistry | undefined, definitions: readonly StoreDefinition[] = []): StoreRegistry {
  const registry = given ?? new Registry();
  for (const definition of definitions) registry.register(definition);
  return registry;
}
