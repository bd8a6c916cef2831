import type { Dialect } from '../dialect.ts';
import type { Logger } from '../driver/index.ts';
import { isWithin } from '../resources/directory.ts';
import type { ReadComponents } from '../resources/read-components.ts';
import type { Selection } from '../resources/select-components.ts';
import { type Component, logNameOf } from '../resources/types.ts';
import { ComponentFailure } from './component-failure.ts';
import type { ComponentHost, Resolved } from './component-host.ts';
import { contentOf, hasReferences } from './fingerprint.ts';
import { neededComponents } from './needed-components.ts';
import type { RunOutcome } from './reload-outcome.ts';
import { isSecretStore } from './start-component.ts';
import type { TellOnce } from './tell-once.ts';

/** How long a store may take to give the secrets that a component refers to; afterwards they count as unreadable. */
const REFERENCE_MILLISECONDS = 30_000;

export interface ReconcilerOptions {
  readonly host: ComponentHost;
  readonly dialect: Dialect;
  readonly logger: Logger;
  readonly tellOnce: TellOnce;
}

/** What is wanted now: a reading of the resources, and what of it concerns this application. */
export interface Wanted extends Selection {
  readonly read: ReadComponents;
}

/**
 * Makes what is up what is wanted: removes, replaces, adds. What can't be had is told once and left as it was, or ends in a
 * `ComponentFailure` where the dialect says so. Reads do not wait for it.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #changed = 0;
  #failed = 0;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  async reconcile(wanted: Wanted, signal: AbortSignal): Promise<RunOutcome> {
    const { host, logger, tellOnce } = this.#options;
    this.#changed = 0;
    this.#failed = 0;
    for (const component of wanted.denied) {
      tellOnce.tell((text) => logger.warn(text), `Received unauthorized component update, ignored: ${logNameOf(component)}`);
    }
    const kept = this.#keptNames(wanted);
    const names = new Set(wanted.selected.map(({ name }) => name));
    for (const name of host.names()) {
      if (names.has(name) || kept.has(name) || host.isBuiltIn(name)) continue;
      const component = host.component(name);
      void host.remove(name);
      this.#changed++;
      if (component !== undefined) logger.info(`Component removed: ${logNameOf(component)}`);
    }
    for (const component of wanted.selected) {
      if (host.isBuiltIn(component.name))
        this.#warn(
          `Component ${logNameOf(component)} of ${component.source.file} can't be started, it is left out: component ${component.name} already exists`,
        );
    }
    const candidates = wanted.selected.filter(({ name }) => !kept.has(name) && !host.isBuiltIn(name));
    await this.#apply([...candidates.filter(isSecretStore), ...candidates.filter((other) => !isSecretStore(other))], signal);
    return { changed: this.#changed, failed: this.#failed };
  }

  /** Names whose components stay as they are, although the reading has them otherwise or not at all. */
  #keptNames({ read, selected, repeated }: Wanted): ReadonlySet<string> {
    const { host, dialect } = this.#options;
    const kept = new Set<string>();
    const byName = new Map(selected.map((component) => [component.name, component]));
    for (const name of host.names()) {
      const component = host.component(name);
      const reason = component && !byName.has(name) ? reasonToKeep(component, read, dialect) : undefined;
      if (component === undefined || reason === undefined) continue;
      kept.add(name);
      if (reason !== '') this.#warn(`Component ${logNameOf(component)} stays as it was: ${reason}`);
    }
    if (dialect.reload.duplicate === 'fatal') return kept;
    for (const { name, source } of repeated) {
      kept.add(name);
      const files = [byName.get(name)?.source.file, source.file].filter((file) => file !== undefined);
      this.#warn(`Component ${name} stays as it was: it is defined more than once, in ${[...new Set(files)].join(' and ')}`);
    }
    return kept;
  }

  /** What is up first, then what is new. */
  async #apply(candidates: readonly Component[], signal: AbortSignal): Promise<void> {
    const isUp = ({ name }: Component): boolean => this.#options.host.find(name) !== undefined;
    if (this.#options.dialect.reload.dependents === 'same_run') {
      const names = candidates.map(({ name }) => name);
      // Each after the store that it refers to, so that it gets the secrets of the new one.
      const sorted = neededComponents(candidates, names);
      const existing = new Set(sorted.filter(isUp));
      for (const component of existing) await this.#follow(component, signal);
      for (const component of sorted) if (!existing.has(component)) await this.#follow(component, signal);
      return;
    }
    const isDue = async (component: Component): Promise<boolean> => (await this.#resolvedChange(component, signal)) !== undefined;
    const due: Component[] = [];
    for (const component of candidates) if (await isDue(component)) due.push(component);
    for (const component of [...due.filter(isUp), ...due.filter((other) => !isUp(other))]) await this.#start(component, signal);
  }

  /** Brings a component to what its document says, and then those that waited for it. */
  async #follow(component: Component, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { host } = this.#options;
    const change = await this.#resolvedChange(component, signal);
    if (change === undefined) return;
    await this.#start(component, signal, change.resolved);
    for (const released of host.takeWaiting(component.name)) await this.#follow(released, signal);
  }

  /** Undefined when nothing is to be done; otherwise with the component's references, when they had to be followed to know. */
  async #resolvedChange(component: Component, signal: AbortSignal): Promise<{ readonly resolved?: Resolved } | undefined> {
    const { host, dialect } = this.#options;
    const current = host.find(component.name);
    if (host.isParked(component)) return undefined;
    if (current === undefined) return {};
    const isSame = contentOf(current.component) === contentOf(component);
    if (!isSame || hasReferences(component)) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(REFERENCE_MILLISECONDS)]);
      let resolved: Resolved;
      try {
        resolved = await host.resolve(component, limit);
      } catch (cause) {
        // Starting it fails in the same way, and tells of it.
        if (cause instanceof ComponentFailure) return {};
        throw cause;
      }
      signal.throwIfAborted();
      const isUnknown = 'waitsFor' in resolved || resolved.failed;
      if (isUnknown && dialect.reload.failedReference === 'kept') {
        this.#warn(`Component ${logNameOf(component)} stays as it was: a secret that it refers to can't be read`);
        if ('waitsFor' in resolved) await host.bringUp(component, signal, resolved);
        return undefined;
      }
      if (isUnknown || ('fingerprint' in resolved && resolved.fingerprint !== current.fingerprint)) return { resolved };
    }
    host.confirm(component);
    return undefined;
  }

  async #start(component: Component, signal: AbortSignal, resolved?: Resolved): Promise<void> {
    const { host, dialect, logger } = this.#options;
    const before = host.find(component.name);
    if (before !== undefined && dialect.reload.replacement === 'old_first') {
      const failure = await host.remove(component.name, 0);
      if (failure !== undefined) {
        logger.error(`error closing old component: ${failure.message}`);
        return;
      }
    }
    if (dialect.reload.failedStart === 'fatal') await host.add(component, signal);
    else {
      try {
        await host.bringUp(component, signal, resolved);
      } catch (cause) {
        signal.throwIfAborted();
        if (!(cause instanceof ComponentFailure)) throw cause;
        this.#failed++;
        const outcome = before === undefined ? 'it is left out' : 'the one before it is served on';
        const hint = cause.hint === undefined ? '' : ` (${cause.hint})`;
        const text = `Component ${logNameOf(component)} of ${component.source.file} can't be started, ${outcome}: ${cause.reason}${hint}${host.servedBy(component)}`;
        this.#options.tellOnce.tell((message) => logger.error(message), text);
      }
    }
    const after = host.find(component.name);
    if (after === undefined || after === before) return;
    this.#changed++;
    logger.info(`Component updated: ${logNameOf(component)}`);
  }

  /** Tells of something that stays as it was although the resources have it otherwise. */
  #warn(message: string): void {
    const { tellOnce, logger } = this.#options;
    this.#failed++;
    tellOnce.tell((text) => logger.warn(text), message);
  }
}

/** Why a component whose document is not there any more is not known to be gone; empty when that was told of its file. */
function reasonToKeep({ source }: Component, { unreadable, problems }: ReadComponents, { reload }: Dialect): string | undefined {
  if (reload.unreadable === 'kept' && unreadable.some(({ path }) => isWithin(source.file, path))) return '';
  const broken = problems.find(({ severity, file }) => severity === 'error' && file === source.file);
  if (broken === undefined || reload.brokenDocument === 'removed') return undefined;
  return `${broken.file}${broken.line === undefined ? '' : `:${broken.line}`} can't be read: ${broken.message}`;
}
