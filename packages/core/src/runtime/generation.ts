import type { Dialect } from '../dialect.ts';
import type { RuntimeObserver } from '../observing/types.ts';
import { Reader } from '../reading/reader.ts';
import type { StoreRegistry } from '../registry/types.ts';
import type { Policies } from '../resiliency/policies.ts';
import { isWithin } from '../resources/directory.ts';
import type { ReadComponents } from '../resources/read-components.ts';
import { resiliencyChanges } from '../resources/resiliency-changes.ts';
import { selectComponents } from '../resources/select-components.ts';
import type { ResourceSource } from '../resources/source.ts';
import type { Component, Configuration, Resiliency } from '../resources/types.ts';
import { prepareScopes } from '../scopes/scopes.ts';
import { ComponentFailure } from './component-failure.ts';
import { ComponentHost } from './component-host.ts';
import { StoreFollower } from './follow-changes.ts';
import type { LoggerFor } from './logging.ts';
import { neededComponents } from './needed-components.ts';
import { Reconciler, type Wanted } from './reconciler.ts';
import { ReloadOutcome, type RunOutcome } from './reload-outcome.ts';
import { type ComponentConsumer, isSecretStore, messageOf } from './start-component.ts';
import { TellOnce } from './tell-once.ts';
import type { DefaultSecretStore } from './types.ts';

export interface GenerationContext {
  readonly appId: string;
  readonly source: ResourceSource;
  readonly registry: StoreRegistry;
  readonly dialect: Dialect;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly loggerFor: LoggerFor;
  /** By component type in lower case. */
  readonly consumers: ReadonlyMap<string, ComponentConsumer>;
  /** Components that come up before all others and stay, whatever the resources say. */
  readonly builtIn: readonly Component[];
  readonly defaultSecretStore: DefaultSecretStore | undefined;
  /** Only these stores, and those that their references need; every component when absent. */
  readonly stores: readonly string[] | undefined;
  /** Who is told what happens; the same for every generation. */
  readonly observe: (configuration: Configuration) => Promise<RuntimeObserver | undefined>;
  /** In front of all stores, whatever generation they belong to. */
  readonly policies: Policies;
  /** Called when a store tells of a change of secrets that are settings of other components; absent: stores are not asked. */
  readonly secretsChanged: (() => void) | undefined;
  /** Called when a change can only be followed by bringing everything up anew. */
  readonly needsReload: () => void;
}

/** Ends the reference's process; the message is its. */
export class FatalReload extends Error {
  override readonly name = 'FatalReload';
}

/** Nothing can be said about what is wanted. */
class ListingFailure extends Error {
  override readonly name = 'ListingFailure';
}

/** All that one reading of the Configuration stands for. Reloading everything puts another one in its place. */
export class Generation {
  readonly configuration: Configuration;
  readonly host: ComponentHost;
  readonly reader: Reader;
  readonly enabledFeatures: readonly string[];
  readonly observer: RuntimeObserver | undefined;
  readonly #context: GenerationContext;
  readonly #tellOnce = new TellOnce();
  readonly #reconciler: Reconciler;
  /** Undefined: stores are not asked. */
  readonly #follower: StoreFollower | undefined;
  readonly #componentOutcome: ReloadOutcome;
  readonly #resiliencyOutcome: ReloadOutcome;
  #resiliencies: readonly Resiliency[];

  private constructor(
    context: GenerationContext,
    configuration: Configuration,
    resiliencies: readonly Resiliency[],
    observer: RuntimeObserver | undefined,
  ) {
    const { registry, dialect, loggerFor, consumers, environment, appId, builtIn, defaultSecretStore } = context;
    this.#context = context;
    this.configuration = configuration;
    this.observer = observer;
    this.#resiliencies = resiliencies;
    this.enabledFeatures = enabledFeaturesOf(configuration);
    this.host = new ComponentHost({
      registry,
      dialect,
      loggerFor,
      consumers,
      references: {
        appId,
        environment,
        namespace: environment.NAMESPACE,
        podName: environment.POD_NAME,
      },
      builtIn,
      defaultSecretStore,
      policyOf: (name) => context.policies.of(name),
      observer,
      opened: (name, { store }, gone) => {
        if (this.isHot) this.#follower?.open(name, store, gone);
      },
    });
    const { secretsChanged } = context;
    if (secretsChanged !== undefined) {
      const secretsOf = (store: string) => this.host.referredSecrets(store);
      this.#follower = new StoreFollower({ secretsOf, changed: secretsChanged, logger: loggerFor('dapr.contrib') });
    }
    this.reader = new Reader(this.host.stores, prepareScopes(configuration.secretScopes), observer, this.host.stalls);
    this.#componentOutcome = new ReloadOutcome('component', observer);
    this.#resiliencyOutcome = new ReloadOutcome('resiliency', observer);
    const logger = loggerFor('dapr.runtime.hotreload');
    this.#reconciler = new Reconciler({ host: this.host, dialect, logger, tellOnce: this.#tellOnce });
  }

  /** Reads the Configuration and the Resiliency resources; nothing is connected. */
  static async read(context: GenerationContext, signal: AbortSignal): Promise<Generation> {
    const { source, environment, loggerFor, appId } = context;
    const logger = loggerFor('dapr.runtime');
    const { configuration } = await source.readConfiguration(environment);
    if (configuration.files.length === 0) logger.info('loading default configuration');
    const observer = await context.observe(configuration);
    context.policies.observer = observer?.resiliency;
    logger.info(`Enabled features: ${enabledFeaturesOf(configuration).join(' ')}`);
    const { resiliencies, logs } = await source.readResiliency(appId, { signal });
    const generation = new Generation(context, configuration, resiliencies, observer);
    for (const { level, message } of logs) generation.#tellOnce.tell((text) => logger[level](text), message);
    for (const name of configuration.httpPipeline) {
      logger.warn(`HTTP middleware ${name} of spec.httpPipeline is not run: Coffer has no middleware`);
    }
    return generation;
  }

  /** Whether changes are to be followed: feature HotReload. */
  get isHot(): boolean {
    return this.configuration.features.get('HotReload') === true;
  }

  /** Puts the policies that were read in front of its stores, for reads that begin from now on. */
  enforcePolicies(): void {
    const { policies } = this.#context;
    policies.replace(this.#resiliencies);
    for (const [name, readable] of this.host.stores) readable.policy = policies.of(name);
  }

  /** Brings every component up. A failure, in the reference's words, closes what was opened. */
  async load(signal: AbortSignal): Promise<void> {
    const logger = this.#context.loggerFor('dapr.runtime');
    try {
      await this.#loadBuiltIn(signal);
      const { selected } = await this.#firstSelection(signal);
      logger.info('Loading components…');
      const ordered = [...selected.filter(isSecretStore), ...selected.filter((component) => !isSecretStore(component))];
      for (const component of ordered) {
        signal.throwIfAborted();
        await this.host.add(component, signal);
      }
      logger.info('Waiting for all outstanding components to be processed…');
      logger.info('All outstanding components processed');
    } catch (cause) {
      await this.host.close(0);
      if (!(cause instanceof ComponentFailure)) throw cause;
      // The reference collects an init or creation failure twice.
      const text = cause.inner === undefined ? cause.message : `${cause.message}\n${cause.message}`;
      throw new Error(`failed to load components: ${text}`, { cause });
    }
    const { stores } = this.#context;
    for (const { storeName } of this.configuration.secretScopes) {
      if (this.host.stores.has(storeName) || stores?.includes(storeName) === false) continue;
      logger.warn(`Secrets configuration added for '${storeName}', but no matching secret store was found`);
    }
    this.#follower?.update();
    this.#tellOnce.endRun();
  }

  /**
   * Reads the resources again and makes what is up what they say. Fails with an Error in the reference's words where its
   * process would end; unless `isEvent`, when the reference only logs that the resources can't be listed.
   */
  async reconcile(isEvent: boolean, signal: AbortSignal): Promise<void> {
    const logger = this.#context.loggerFor('dapr.runtime.hotreload');
    try {
      const wanted = await this.#selectAgain(signal);
      const refusal = this.#refusalOf(wanted);
      if (refusal !== undefined && isEvent) throw new FatalReload(refusal.fatal);
      if (refusal !== undefined) throw new ListingFailure(refusal.reason);
      for (const { kind, message } of wanted.read.unreadable) {
        const text = `${message}: what was loaded from it stays`;
        if (kind === 'directory') this.#tellOnce.tell((line) => logger.error(line), text);
      }
      const { changed, failed } = await this.#reconciler.reconcile(wanted, signal);
      this.#componentOutcome.endRun({ changed, failed: failed + wanted.read.unreadable.length });
      this.#resiliencyOutcome.endRun(await this.#followResiliency(wanted.read, signal));
    } catch (cause) {
      if (cause instanceof ComponentFailure || cause instanceof FatalReload || cause instanceof ListingFailure) {
        this.#componentOutcome.endRun({ changed: 0, failed: 1 });
      }
      if (cause instanceof ComponentFailure) throw new FatalReload(cause.message, { cause });
      if (!(cause instanceof ListingFailure)) throw cause;
      this.#tellOnce.tell((line) => logger.error(line), `Error listing Component: ${cause.message}`);
    } finally {
      this.#follower?.update();
      this.#tellOnce.endRun();
    }
  }

  /** Closes the stores: each when its reads have finished, or were cancelled after `milliseconds`. Failures are logged. */
  close(milliseconds?: number): Promise<void> {
    return this.host.close(milliseconds);
  }

  async #loadBuiltIn(signal: AbortSignal): Promise<void> {
    for (const component of this.#context.builtIn) {
      try {
        await this.host.add(component, signal);
      } catch (cause) {
        signal.throwIfAborted();
        throw new Error(`failed to init built-in secret store: ${messageOf(cause)}`, { cause });
      }
    }
  }

  async #select(signal: AbortSignal): Promise<Wanted> {
    const { source, loggerFor, appId, environment, stores } = this.#context;
    const read = await source.readComponents({ signal });
    const loader = loggerFor('dapr.runtime.loader.disk');
    for (const warning of read.warnings) this.#tellOnce.tell((line) => loader.warn(line), warning);
    const selection = selectComponents(read.components, {
      appId,
      namespace: environment.NAMESPACE ?? '',
      denied: this.configuration.deniedComponents,
    });
    const selected = stores === undefined ? selection.selected : neededComponents(selection.selected, stores);
    return { ...selection, selected, read };
  }

  async #selectAgain(signal: AbortSignal): Promise<Wanted> {
    return this.#select(signal).catch((cause) => {
      signal.throwIfAborted();
      throw new ListingFailure(messageOf(cause), { cause });
    });
  }

  async #firstSelection(signal: AbortSignal): Promise<Wanted> {
    try {
      const wanted = await this.#select(signal);
      for (const { kind, message } of wanted.read.unreadable) if (kind === 'directory') throw new Error(message);
      for (const warning of wanted.warnings) this.#context.loggerFor('dapr.runtime').warn(warning);
      if (wanted.duplicates.length > 0) throw new Error(wanted.duplicates.join('\n'));
      return wanted;
    } catch (cause) {
      throw new Error(`failed to load components: ${messageOf(cause)}`, { cause });
    }
  }

  /** Why the reference does not go on with a reading, and what it ends with. */
  #refusalOf({ read, duplicates }: Wanted): { readonly reason: string; readonly fatal: string } | undefined {
    const { unreadable, duplicate } = this.#context.dialect.reload;
    const lost = unreadable === 'fatal' ? read.unreadable.map(({ message }) => message) : [];
    if (lost.length > 0) return { reason: lost.join('\n'), fatal: `failed to read resource directories: ${lost.join('\n')}` };
    if (duplicate === 'kept' || duplicates.length === 0) return undefined;
    const reason = duplicates.join('\n');
    return { reason, fatal: `failed to load resources from disk: ${reason}` };
  }

  async #followResiliency({ problems, unreadable }: ReadComponents, signal: AbortSignal): Promise<RunOutcome> {
    const { source, appId, dialect, loggerFor, needsReload } = this.#context;
    const logger = loggerFor('dapr.runtime');
    const found = await source.readResiliency(appId, { signal });
    for (const { level, message } of found.logs) {
      if (level !== 'info') this.#tellOnce.tell((line) => logger[level](line), message);
    }
    const broken = [...problems, ...found.problems].filter(({ severity }) => severity === 'error');
    const lost = [...broken.map(({ file }) => file), ...unreadable.map(({ path }) => path)];
    const isLost = ({ source: { file } }: Resiliency): boolean => lost.some((path) => isWithin(file, path));
    const held = dialect.reload.brokenDocument === 'kept' ? this.#resiliencies.find(isLost) : undefined;
    if (held !== undefined) {
      this.#tellOnce.tell(
        (line) => logger.warn(line),
        `Resiliency policies stay as they were: ${held.source.file} can't be read`,
      );
      return { changed: 0, failed: 1 };
    }
    const changes = resiliencyChanges(this.#resiliencies, found.resiliencies);
    if (changes.length === 0) return { changed: 0, failed: 0 };
    if (dialect.reload.resiliency === 'restart') {
      for (const { event, name } of changes) {
        logger.info(`Received Resiliency ${event} event: ${name} - triggering SIGHUP reload`);
      }
      needsReload();
      // What comes of it is told as a reload of everything.
      return { changed: 0, failed: 0 };
    }
    for (const { event, name } of changes) {
      logger.info(
        event === 'DELETED' ? `Resiliency configuration removed: ${name}` : `Loading Resiliency configuration: ${name}`,
      );
    }
    this.#resiliencies = found.resiliencies;
    this.enforcePolicies();
    return { changed: changes.length, failed: 0 };
  }
}

function enabledFeaturesOf({ features }: Configuration): string[] {
  return [...features].filter(([, enabled]) => enabled).map(([name]) => name);
}
