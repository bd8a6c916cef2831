import type { Dialect } from '../dialect.ts';
import { checkSettings, type SecretStore, SecretStoreError, type SecretTable, type StoreDefinition } from '../driver/index.ts';
import type { StoreRegistry } from '../registry/types.ts';
import { type Component, logNameOf } from '../resources/types.ts';
import { capabilitiesOf } from './capabilities.ts';
import { ComponentFailure } from './component-failure.ts';
import { driverLabel } from './driver-label.ts';
import type { LoggerFor } from './logging.ts';

/**
 * Takes a component of another building block (`state.redis`, say) once its references are resolved. `signal` is for this call.
 * `gone` aborts when the component is no more: another version of it was taken, or it was removed, or Coffer closes.
 */
export type ComponentConsumer = (
  component: Component,
  properties: SecretTable<string>,
  options: { readonly signal: AbortSignal; readonly gone: AbortSignal },
) => void | Promise<void>;

export interface StartOptions {
  readonly registry: StoreRegistry;
  readonly dialect: Dialect;
  readonly loggerFor: LoggerFor;
  /** By component type in lower case. */
  readonly consumers: ReadonlyMap<string, ComponentConsumer>;
}

/** A component that has been started: a store, or something of another building block. */
export interface StartedComponent {
  readonly capabilities: readonly string[];
  readonly store: SecretStore | undefined;
  /** Whether the metadata API shows it. */
  readonly isListed: boolean;
  /** Served although its init outlived `initTimeout`, which is then told as a failure. */
  readonly isLate: boolean;
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

export function isSecretStore({ type }: Component): boolean {
  return type.startsWith('secretstores.');
}

/** Fails when the component is of none of the categories there are. */
export function refuseUnknownCategory(component: Component): void {
  if (isSecretStore(component) || OTHER_CATEGORIES.some((prefix) => component.type.startsWith(prefix))) return;
  throw ComponentFailure.incorrectType(component);
}

/** Connects a store, or hands the component to its consumer. Fails with `ComponentFailure`; nothing is left open then. */
export function startComponent(
  component: Component,
  properties: SecretTable<string>,
  options: StartOptions,
  { signal, gone }: { readonly signal: AbortSignal; readonly gone: AbortSignal },
): Promise<StartedComponent> {
  return isSecretStore(component)
    ? startStore(component, properties, options, signal)
    : consume(component, properties, options, signal, gone);
}

async function startStore(
  component: Component,
  properties: SecretTable<string>,
  options: StartOptions,
  signal: AbortSignal,
): Promise<StartedComponent> {
  const { registry, dialect, loggerFor } = options;
  const definition = await orFail(ComponentFailure.creation, component, () =>
    registry.resolve(component.type, component.version),
  );
  const drift = await registry.drift?.(component.type, component.version);
  if (drift !== undefined) loggerFor('dapr.contrib').warn(`${driverLabel(component, registry)}: ${drift}`);
  const metadata = await orFail(ComponentFailure.init, component, () => settingsOf(component, definition, properties, options));
  const store = await orFail(ComponentFailure.creation, component, async () => usableStore(await definition.create()));

  const deadline = AbortSignal.timeout(component.initTimeout);
  const given = AbortSignal.any([signal, deadline]);
  const propertyNames = Object.keys(properties);
  const context = { component: component.name, metadata, propertyNames, dialect, logger: loggerFor('dapr.contrib') };
  // A driver that throws, or gives no promise, is a failure like any other.
  const initialising = (async () => store.init(context, { signal: given }))();
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
  const isLate = deadline.aborted;
  if (isLate && !(served && component.ignoreErrors)) {
    await store.close();
    throw ComponentFailure.timeout(component);
  }
  // Words that no driver of ours announced are the store's own, whatever they look like.
  const capabilities = await orFail(ComponentFailure.init, component, () => capabilitiesOf(store, definition));
  return { capabilities, store, isListed: true, isLate };
}

async function consume(
  component: Component,
  properties: SecretTable<string>,
  { consumers, dialect, loggerFor }: StartOptions,
  signal: AbortSignal,
  gone: AbortSignal,
): Promise<StartedComponent> {
  const inert = { capabilities: [], store: undefined, isLate: false };
  const consumer = consumers.get(component.type.toLowerCase());
  if (consumer === undefined) {
    const logger = loggerFor('dapr.runtime.processor');
    logger.info(`Component ${logNameOf(component)} is not a secret store: Coffer checks it and does not serve it`);
    return { ...inert, isListed: dialect.loader.listInertComponents };
  }
  const given = AbortSignal.any([signal, AbortSignal.timeout(component.initTimeout)]);
  await orFail(ComponentFailure.init, component, () => consumer(component, properties, { signal: given, gone }));
  return { ...inert, isListed: true };
}

/** What a driver made, when it can be worked with. Fails with `SecretStoreError`. */
function usableStore(made: SecretStore): SecretStore {
  const members = (made ?? {}) as unknown as Readonly<Record<string, unknown>>;
  const missing = ['init', 'get', 'features', 'close'].filter((name) => typeof members[name] !== 'function');
  if (missing.length === 0) return made;
  throw new SecretStoreError('internal', `the driver made a store without ${missing.join(', ')}`, {
    hint: 'report it to the maintainers of the driver; the conformance kit finds such defects',
  });
}

function settingsOf(
  component: Component,
  definition: StoreDefinition,
  properties: SecretTable<string>,
  { dialect, loggerFor }: StartOptions,
): unknown {
  const { metadata, problems } = checkSettings(definition, properties, dialect.loader.doubtfulSettings);
  const logger = loggerFor('dapr.contrib');
  for (const { severity, message, hint } of problems) {
    if (severity === 'error') throw new SecretStoreError('invalid_argument', message, { component: component.name, hint });
    logger.warn(hint === undefined ? message : `${message}: ${hint}`, { component: logNameOf(component) });
  }
  return metadata;
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
    // Whoever wants to stop may have said so while the driver was being loaded.
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
