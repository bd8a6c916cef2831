import type { RuntimeObserver } from '../observing/types.ts';
import { ReadableStore } from '../reading/reader.ts';
import { type DriverAtWork, StallWatch } from '../reading/stall-watch.ts';
import { type ReferenceContext, resolveReferences } from '../references/resolve-references.ts';
import type { StorePolicy } from '../resiliency/store-policy.ts';
import { type Component, logNameOf } from '../resources/types.ts';
import { ComponentFailure } from './component-failure.ts';
import { driverLabel, packageOf } from './driver-label.ts';
import { contentOf, fingerprintOf } from './fingerprint.ts';
import { messageOf, refuseUnknownCategory, type StartOptions, startComponent } from './start-component.ts';
import type { DefaultSecretStore, LoadedComponent } from './types.ts';

export interface ComponentHostOptions extends StartOptions {
  readonly references: Omit<ReferenceContext, 'readSecret' | 'warn' | 'error' | 'defaultSecretStore'>;
  readonly defaultSecretStore: DefaultSecretStore | undefined;
  /** Components that are there whatever the resources say, and whose names no other can have. */
  readonly builtIn: readonly Component[];
  /** What to put in front of a store, by the component's name. */
  readonly policyOf: (component: string) => StorePolicy | undefined;
  readonly observer: RuntimeObserver | undefined;
  /** Told of each store that comes up, with a signal that aborts when it goes. */
  readonly opened?: (name: string, store: ReadableStore, signal: AbortSignal) => void;
}

/** A component that is up. */
export interface HostedComponent extends LoadedComponent {
  readonly component: Component;
  readonly fingerprint: string;
}

interface Entry extends HostedComponent {
  component: Component;
  readonly isListed: boolean;
  readonly store: ReadableStore | undefined;
  readonly gone: AbortController;
}

/** A component's references, followed: its properties, or the name of the store that has to be loaded first. */
export type Resolved =
  | { readonly properties: Record<string, string>; readonly fingerprint: string; readonly failed: boolean }
  | { readonly waitsFor: string };

/** Owns what is up, and what waits for a secret store. */
export class ComponentHost {
  /** Loaded stores by component name, for the reader. */
  readonly stores: Map<string, ReadableStore> = new Map();
  readonly stalls: StallWatch;
  readonly #starting: Set<DriverAtWork> = new Set();
  /** The first failure that the dialect keeps for the end of the process. */
  deferredFailure: ComponentFailure | undefined = undefined;
  readonly #options: ComponentHostOptions;
  /** By name, in load order. */
  readonly #entries: Map<string, Entry> = new Map();
  /** By the name of the store that is missing. */
  readonly #parked: Map<string, Component[]> = new Map();
  /** No longer served, and not closed yet: reads are running. */
  readonly #retiring: Set<ReadableStore> = new Set();

  constructor(options: ComponentHostOptions) {
    this.#options = options;
    const logger = options.loggerFor('dapr.runtime');
    this.stalls = new StallWatch(
      () => [...this.stores.values(), ...this.#starting],
      (text) => logger.warn(text),
    );
  }

  /** As the metadata API shows them, in load order. */
  loaded(): readonly LoadedComponent[] {
    return [...this.#entries.values()].filter(({ isListed }) => isListed);
  }

  /** Names of the components that wait for a store, by the store's name. */
  parked(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#parked].map(([store, waiting]) => [store, waiting.map(({ name }) => name)]));
  }

  /** Names of the components that are up or wait. */
  names(): readonly string[] {
    const waiting = [...this.#parked.values()].flat().map(({ name }) => name);
    return [...new Set([...this.#entries.keys(), ...waiting])];
  }

  isBuiltIn(name: string): boolean {
    return this.#options.builtIn.some((component) => component.name === name);
  }

  /** The component of this name that is up. */
  find(name: string): HostedComponent | undefined {
    return this.#entries.get(name);
  }

  /** The component of this name that is up, or else the one that waits. */
  component(name: string): Component | undefined {
    return this.#entries.get(name)?.component ?? [...this.#parked.values()].flat().find((component) => component.name === name);
  }

  /** Nothing has changed but the place: what is up stands for this document now, and no other version waits. */
  confirm(component: Component): void {
    const entry = this.#entries.get(component.name);
    if (entry === undefined) return;
    this.#unpark(component.name);
    entry.component = component;
  }

  /** Whether the component waits for its store, just as it is. */
  isParked(component: Component): boolean {
    const waiting = [...this.#parked.values()].flat().find(({ name }) => name === component.name);
    return waiting !== undefined && contentOf(waiting) === contentOf(component);
  }

  /** The package behind a component, for the end of a message. */
  servedBy(component: Component): string {
    const name = packageOf(component, this.#options.registry);
    return name === undefined ? '' : ` [package ${name}]`;
  }

  /** Names of the secrets of a store that are settings of other components, sorted. */
  referredSecrets(store: string): readonly string[] {
    const { defaultSecretStore } = this.#options;
    const components = [...this.#entries.values()].map(({ component }) => component);
    const referring = components.filter(({ secretStore }) => (secretStore || defaultSecretStore?.name) === store);
    const names = referring.flatMap(({ properties }) => properties.map(({ secretKeyRef }) => secretKeyRef?.name ?? ''));
    return [...new Set(names.filter((name) => name !== ''))].sort();
  }

  /**
   * Brings one component up, and then those that waited for it. A failure is logged; it is thrown as `ComponentFailure`
   * unless the component says `ignoreErrors`.
   */
  async add(component: Component, signal: AbortSignal): Promise<void> {
    const logger = this.#options.loggerFor('dapr.runtime.processor');
    try {
      await this.bringUp(component, signal);
    } catch (cause) {
      signal.throwIfAborted();
      if (!(cause instanceof ComponentFailure)) throw cause;
      if (cause.inner !== undefined) logger.error(`Failed to init component ${logNameOf(component)}: ${cause.inner}`);
      const { file, line } = component.source;
      const hint = cause.hint === undefined ? '' : `: ${cause.hint}`;
      const by = this.servedBy(component);
      logger.error(`Component ${logNameOf(component)} of ${file}:${line} can't be started: ${cause.reason}${hint}${by}`);
      if (!component.ignoreErrors) {
        logger.warn(`Error processing component, daprd will exit gracefully: ${cause.message}`);
        throw cause;
      }
      logger.error(`Ignoring error processing component: ${cause.message}`);
    }
    for (const released of this.takeWaiting(component.name)) await this.#addReleased(released, signal);
  }

  async #addReleased(component: Component, signal: AbortSignal): Promise<void> {
    try {
      await this.add(component, signal);
    } catch (cause) {
      if (!(cause instanceof ComponentFailure) || this.#options.dialect.loader.releasedFailure === 'at_start') throw cause;
      this.deferredFailure ??= cause;
    }
  }

  /** The components that waited for a store which is up now; they wait no longer. */
  takeWaiting(store: string): readonly Component[] {
    const waiting = this.stores.has(store) ? (this.#parked.get(store) ?? []) : [];
    if (waiting.length > 0) this.#parked.delete(store);
    return waiting;
  }

  /**
   * Starts a component and puts it in the place of the one of its name, in one step; parks it when its store is not there.
   * Fails with `ComponentFailure`, and then what was up before still is.
   */
  async bringUp(component: Component, signal: AbortSignal, known?: Resolved): Promise<'up' | 'parked'> {
    try {
      return await this.#bringUp(component, signal, known);
    } catch (cause) {
      const stage = cause instanceof ComponentFailure ? cause.stage : undefined;
      if (stage !== undefined && !signal.aborted) this.#options.observer?.componentFailed?.(component, stage);
      throw cause;
    }
  }

  async #bringUp(component: Component, signal: AbortSignal, known: Resolved | undefined): Promise<'up' | 'parked'> {
    refuseUnknownCategory(component);
    if (this.isBuiltIn(component.name) && !this.#options.builtIn.includes(component))
      throw ComponentFailure.alreadyExists(component);
    const resolved = known ?? (await this.resolve(component, signal));
    this.#unpark(component.name);
    if ('waitsFor' in resolved) {
      this.#parked.set(resolved.waitsFor, [...(this.#parked.get(resolved.waitsFor) ?? []), component]);
      return 'parked';
    }
    const gone = new AbortController();
    const given = { signal, gone: gone.signal };
    const label = driverLabel(component, this.#options.registry);
    const starting = { label, isBusy: true, lastCall: performance.now() };
    this.#starting.add(starting);
    this.stalls.look();
    const started = await startComponent(component, resolved.properties, this.#options, given)
      .catch((cause) => {
        gone.abort();
        throw cause;
      })
      .finally(() => this.#starting.delete(starting));
    const { name, type, version } = component;
    const { capabilities, isListed, isLate } = started;
    const { policyOf, observer } = this.#options;
    const store =
      started.store &&
      new ReadableStore(started.store, {
        policy: policyOf(name),
        observer: observer?.store?.(name),
        label,
        onDefect: (text) => this.#options.loggerFor('dapr.contrib').error(`${label}: ${text}`),
      });
    const { fingerprint } = resolved;
    this.#enter({ name, type, version, capabilities, component, fingerprint, isListed, store, gone });
    if (isLate) throw ComponentFailure.timeout(component);
    return 'up';
  }

  /** Follows a component's references. Fails with `ComponentFailure` when a template can't be filled. */
  async resolve(component: Component, signal: AbortSignal): Promise<Resolved> {
    const logger = this.#options.loggerFor('dapr.runtime.processor.secret');
    const { defaultSecretStore } = this.#options;
    try {
      const resolved = await resolveReferences(component, {
        ...this.#options.references,
        defaultSecretStore: defaultSecretStore?.name ?? '',
        readSecret: (store, name, metadata) => {
          const source = store === defaultSecretStore?.name ? defaultSecretStore : this.stores.get(store)?.store;
          return source?.get({ name, metadata }, { signal });
        },
        warn: (message) => logger.warn(message),
        error: (message) => logger.error(message),
      });
      if ('waitsFor' in resolved) return resolved;
      const { properties, texts, failed } = resolved;
      return { properties, failed, fingerprint: fingerprintOf(component, texts) };
    } catch (cause) {
      throw ComponentFailure.init(component, cause);
    }
  }

  /**
   * Takes a component away: new reads do not find it, and it is closed when its running reads have finished, or have been
   * cancelled after `milliseconds`. Answers why closing failed, which is logged.
   */
  async remove(name: string, milliseconds?: number): Promise<Error | undefined> {
    this.#unpark(name);
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.stores.delete(name);
    return this.#retire(entry, milliseconds);
  }

  /** Closes everything; reads still running after `milliseconds` (for ever when absent) are cancelled. Failures are logged, never thrown. */
  async close(milliseconds?: number): Promise<void> {
    const logger = this.#options.loggerFor('dapr.runtime.processor');
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    this.#parked.clear();
    this.stores.clear();
    const retiring = [...this.#retiring].map((store) => store.close(milliseconds).catch(() => undefined));
    for (const { component } of entries) logger.info(`Shutting down component ${logNameOf(component)}`);
    await Promise.all([...retiring, ...entries.map((entry) => this.#retire(entry, milliseconds))]);
  }

  #enter(entry: Entry): void {
    const before = this.#entries.get(entry.name);
    this.#entries.delete(entry.name);
    this.#entries.set(entry.name, entry);
    if (entry.store === undefined) this.stores.delete(entry.name);
    else this.stores.set(entry.name, entry.store);
    if (before !== undefined) void this.#retire(before);
    if (entry.isListed) {
      this.#options.observer?.componentStarted?.(entry);
      this.#options.loggerFor('dapr.runtime.processor').info(`Component loaded: ${logNameOf(entry)}`);
    }
    if (entry.store !== undefined) this.#options.opened?.(entry.name, entry.store, entry.gone.signal);
  }

  async #retire({ component, store, gone }: Entry, milliseconds?: number): Promise<Error | undefined> {
    gone.abort();
    if (store !== undefined) this.#retiring.add(store);
    try {
      await store?.close(milliseconds);
      return undefined;
    } catch (cause) {
      const failure = cause instanceof Error ? cause : new Error(String(cause));
      const logger = this.#options.loggerFor('dapr.runtime.processor');
      logger.error(`error closing component ${logNameOf(component)}: ${messageOf(failure)}`);
      return failure;
    } finally {
      if (store !== undefined) this.#retiring.delete(store);
    }
  }

  #unpark(name: string): void {
    for (const [store, waiting] of this.#parked) {
      const others = waiting.filter((component) => component.name !== name);
      if (others.length === 0) this.#parked.delete(store);
      else if (others.length < waiting.length) this.#parked.set(store, others);
    }
  }
}
