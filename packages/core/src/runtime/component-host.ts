import type { Dialect } from '../dialect.ts';
import {
  decodeMetadata,
  Feature,
  type SecretStore,
  SecretStoreError,
  type SecretTable,
  type StoreDefinition,
} from '../driver/index.ts';
import { ReadableStore } from '../reading/reader.ts';
import { type ReferenceContext, resolveReferences } from '../references/resolve-references.ts';
import type { StoreRegistry } from '../registry/types.ts';
import type { StorePolicy } from '../resiliency/store-policy.ts';
import { type Component, logNameOf } from '../resources/types.ts';
import { ComponentFailure } from './component-failure.ts';
import type { LoggerFor } from './logging.ts';
import type { LoadedComponent } from './types.ts';

/** Takes a component of another building block (`state.redis`, say) once its references are resolved. */
export type ComponentConsumer = (
  component: Component,
  properties: SecretTable<string>,
  options: { readonly signal: AbortSignal },
) => void | Promise<void>;

export interface ComponentHostOptions {
  readonly registry: StoreRegistry;
  readonly dialect: Dialect;
  readonly loggerFor: LoggerFor;
  /** By component type in lower case. */
  readonly consumers: ReadonlyMap<string, ComponentConsumer>;
  readonly references: Omit<ReferenceContext, 'readSecret' | 'warn' | 'error'>;
  /** What to put in front of a store, by the component's name. */
  readonly policyOf: (component: string) => StorePolicy | undefined;
}

/** What the types of other building blocks start with. */
export const OTHER_CATEGORIES: readonly string[] = [
  'state.',
  'pubsub.',
  'bindings.',
  'configuration.',
  'crypto.',
  'lock.',
  'middleware.',
  'conversation.',
];

/** Features that are between core and the driver; the reference's own is what the metadata API calls a capability. */
const OWN_FEATURES: ReadonlySet<string> = new Set([Feature.list, Feature.getMany, Feature.ping, Feature.watch]);

interface Entry extends LoadedComponent {
  readonly component: Component;
  readonly store: ReadableStore | undefined;
}

/** Brings components up, parks those whose secret store is not there yet, and owns what is up. */
export class ComponentHost {
  /** Loaded stores by component name, for the reader. */
  readonly stores: Map<string, ReadableStore> = new Map();
  /** The first failure that the dialect keeps for the end of the process. */
  deferredFailure: ComponentFailure | undefined = undefined;
  readonly #options: ComponentHostOptions;
  readonly #entries: Entry[] = [];
  readonly #parked: Map<string, Component[]> = new Map();

  constructor(options: ComponentHostOptions) {
    this.#options = options;
  }

  /** In load order. */
  loaded(): readonly LoadedComponent[] {
    return this.#entries;
  }

  /** Names of the components that wait for a store, by the store's name. */
  parked(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#parked].map(([store, waiting]) => [store, waiting.map(({ name }) => name)]));
  }

  /**
   * Brings one component up, and then those that waited for it. A failure is logged; it is thrown as `ComponentFailure`
   * unless the component says `ignoreErrors`.
   */
  async add(component: Component, signal: AbortSignal): Promise<void> {
    const logger = this.#options.loggerFor('dapr.runtime.processor');
    try {
      await this.#bringUp(component, signal);
    } catch (cause) {
      signal.throwIfAborted();
      if (!(cause instanceof ComponentFailure)) throw cause;
      if (cause.inner !== undefined) logger.error(`Failed to init component ${logNameOf(component)}: ${cause.inner}`);
      if (cause.hint !== undefined) logger.info(`hint for ${logNameOf(component)}: ${cause.hint}`);
      if (!component.ignoreErrors) {
        logger.warn(`Error processing component, daprd will exit gracefully: ${cause.message}`);
        throw cause;
      }
      logger.error(`Ignoring error processing component: ${cause.message}`);
    }
    if (!this.stores.has(component.name)) return;
    const waiting = this.#parked.get(component.name) ?? [];
    this.#parked.delete(component.name);
    for (const released of waiting) await this.#addReleased(released, signal);
  }

  async #addReleased(component: Component, signal: AbortSignal): Promise<void> {
    try {
      await this.add(component, signal);
    } catch (cause) {
      if (!(cause instanceof ComponentFailure) || this.#options.dialect.loader.releasedFailure === 'at_start') throw cause;
      this.deferredFailure ??= cause;
    }
  }

  /** Closes every store; reads still running after `milliseconds` are cancelled. Failures are logged, never thrown. */
  async close(milliseconds: number): Promise<void> {
    const logger = this.#options.loggerFor('dapr.runtime.processor');
    const entries = this.#entries.splice(0);
    this.stores.clear();
    await Promise.all(
      entries.map(async ({ component, store }) => {
        logger.info(`Shutting down component ${logNameOf(component)}`);
        try {
          await store?.close(milliseconds);
        } catch (cause) {
          logger.error(`error closing component ${logNameOf(component)}: ${messageOf(cause)}`);
        }
      }),
    );
  }

  async #bringUp(component: Component, signal: AbortSignal): Promise<void> {
    const isStore = component.type.startsWith('secretstores.');
    if (!isStore && !OTHER_CATEGORIES.some((prefix) => component.type.startsWith(prefix))) {
      throw ComponentFailure.incorrectType(component);
    }
    const properties = await this.#resolve(component);
    if (properties === undefined) return;
    if (isStore) await this.#startStore(component, properties, signal);
    else await this.#consume(component, properties, signal);
  }

  /** Undefined when the component was parked. */
  async #resolve(component: Component): Promise<SecretTable<string> | undefined> {
    const logger = this.#options.loggerFor('dapr.runtime.processor.secret');
    try {
      const resolved = await resolveReferences(component, {
        ...this.#options.references,
        readSecret: (store, name, metadata) => this.stores.get(store)?.store.get({ name, metadata }),
        warn: (message) => logger.warn(message),
        error: (message) => logger.error(message),
      });
      if ('properties' in resolved) return resolved.properties;
      const waiting = this.#parked.get(resolved.waitsFor) ?? [];
      this.#parked.set(resolved.waitsFor, [...waiting, component]);
      return undefined;
    } catch (cause) {
      throw ComponentFailure.init(component, cause);
    }
  }

  async #startStore(component: Component, properties: SecretTable<string>, signal: AbortSignal): Promise<void> {
    const { registry, dialect, loggerFor } = this.#options;
    const definition = await orFail(ComponentFailure.creation, component, () =>
      registry.resolve(component.type, component.version),
    );
    const metadata = await orFail(ComponentFailure.init, component, () => this.#decode(component, definition, properties));
    const store: SecretStore = await orFail(ComponentFailure.creation, component, () => definition.create());

    const deadline = AbortSignal.timeout(component.initTimeout);
    const given = AbortSignal.any([signal, deadline]);
    const context = { component: component.name, metadata, dialect, logger: loggerFor('dapr.contrib') };
    const initialising = store.init(context, { signal: given });
    const served = dialect.loader.lateStore === 'served';
    try {
      // The reference waits for init however long it takes; otherwise a driver that ignores its signal is left behind.
      await (served ? initialising : untilAborted(initialising, given));
    } catch (cause) {
      const close = () => store.close();
      initialising.then(close, close).catch((error) => {
        loggerFor('dapr.contrib').error(`error closing component ${logNameOf(component)}: ${messageOf(error)}`);
      });
      throw deadline.aborted ? ComponentFailure.timeout(component) : ComponentFailure.init(component, cause);
    }
    const late = deadline.aborted;
    if (late && !(served && component.ignoreErrors)) {
      await store.close();
      throw ComponentFailure.timeout(component);
    }
    const readable = new ReadableStore(store, this.#options.policyOf(component.name));
    this.stores.set(component.name, readable);
    this.#enter(
      component,
      // Words that no driver of ours announced are the store's own, whatever they look like.
      store.features().filter((feature) => !(OWN_FEATURES.has(feature) && definition.features.includes(feature))),
      readable,
    );
    if (late) throw ComponentFailure.timeout(component);
  }

  async #consume(component: Component, properties: SecretTable<string>, signal: AbortSignal): Promise<void> {
    const consumer = this.#options.consumers.get(component.type.toLowerCase());
    if (consumer === undefined) {
      const logger = this.#options.loggerFor('dapr.runtime.processor');
      logger.info(`Component ${logNameOf(component)} is not a secret store: Coffer checks it and does not serve it`);
      if (this.#options.dialect.loader.listInertComponents) this.#enter(component, [], undefined);
      return;
    }
    try {
      await consumer(component, properties, { signal: AbortSignal.any([signal, AbortSignal.timeout(component.initTimeout)]) });
    } catch (cause) {
      throw ComponentFailure.init(component, cause);
    }
    this.#enter(component, [], undefined);
  }

  #enter(component: Component, capabilities: readonly string[], store: ReadableStore | undefined): void {
    const { name, type, version } = component;
    this.#entries.push({ name, type, version, capabilities, component, store });
    this.#options.loggerFor('dapr.runtime.processor').info(`Component loaded: ${logNameOf(component)}`);
  }

  #decode(component: Component, definition: StoreDefinition, properties: SecretTable<string>): unknown {
    const { metadata, problems } = decodeMetadata(definition.metadata, properties);
    const logger = this.#options.loggerFor('dapr.contrib');
    for (const { severity, message, hint } of problems) {
      if (severity === 'error') throw new SecretStoreError('invalid_argument', message, { component: component.name, hint });
      logger.warn(hint === undefined ? message : `${message}: ${hint}`, { component: logNameOf(component) });
    }
    return metadata;
  }
}

/** What `work` gives; what it throws becomes the failure. */
async function orFail<Result>(
  failure: (component: Component, cause: unknown) => ComponentFailure,
  component: Component,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw failure(component, cause);
  }
}

/** The result, or the signal's reason when that comes first. */
function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
