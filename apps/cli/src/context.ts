import { stat } from 'node:fs/promises';
import type { Coffer, CofferOptions, Component, Dialect, Registry } from '@coffer/core';
import type { CommandSpec } from './command.ts';
import { discoverDrivers } from './drivers.ts';
import { Failure } from './failure.ts';
import type { Paint } from './text.ts';

/** The options that every command takes, decoded. */
export interface CommonOptions {
  readonly resourcesPaths: readonly string[];
  readonly configurationFiles: readonly string[];
  readonly driverPaths: readonly string[];
  readonly appId: string;
  readonly json: boolean;
  readonly strictDapr: boolean;
  readonly verbose: boolean;
}

export interface CommandContext {
  /** Every command there is. */
  readonly commands: readonly CommandSpec[];
  readonly common: CommonOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user interrupts, or when the time of `--timeout` has passed. */
  readonly signal: AbortSignal;
  readonly paint: Paint;
  /** Tells of something that is likely a mistake, on stderr. */
  readonly warn: (message: string) => void;
  /** Tells what happens, on stderr, with `--verbose`. */
  readonly log: (message: string) => void;
  /** From here on signals and time are the command's own business. */
  readonly release: () => void;
}

/** How long a pluggable component may take to say what it is: somebody waits at the shell. */
const COMPONENT_MILLISECONDS = 1000;

/** Where components are looked for when no flag names a directory. */
export const DEFAULT_RESOURCES_PATH = './components';

/** The resource directories. Fails when one does not exist. */
export async function resourcesPathsOf({ common }: CommandContext): Promise<readonly string[]> {
  const paths = common.resourcesPaths.length > 0 ? common.resourcesPaths : [DEFAULT_RESOURCES_PATH];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) continue;
    const hint =
      common.resourcesPaths.length > 0
        ? 'check the path given with --resources-path'
        : 'name the directory of your components with --resources-path';
    throw new Failure('configuration', `${path} ${found ? 'is not a directory' : 'does not exist'}`, { hint });
  }
  return paths;
}

/** The drivers and pluggable components that this invocation may use. Those that can't be used are told of and left out. */
export async function registryOf(context: CommandContext): Promise<Registry> {
  const { common, environment, signal, log, warn } = context;
  const registry = await discoverDrivers(common.driverPaths);
  for (const message of new Set(registry.problems.map((problem) => problem.message))) warn(message);
  const { discoverComponents } = await import('@coffer/grpc-api/pluggable');
  const { definitions } = await discoverComponents({
    folder: environment.DAPR_COMPONENTS_SOCKETS_FOLDER,
    dialect: await dialectOf(context),
    loggerFor: () => ({ debug: log, info: log, warn, error: warn }),
    signal,
    timeout: COMPONENT_MILLISECONDS,
  });
  for (const definition of definitions) registry.override(definition);
  return registry;
}

export async function dialectOf({ common }: CommandContext): Promise<Dialect> {
  const { cofferDialect, strictDialect } = await import('@coffer/core');
  return common.strictDapr ? strictDialect : cofferDialect;
}

export interface OpenOptions {
  /** Only these stores are connected, and those that their references need. */
  readonly stores: readonly string[];
  /** References are not bound by scopes: they are followed without a Configuration. True by default. */
  readonly configured?: boolean;
  readonly resourcesPaths?: readonly string[];
  readonly registry?: Registry;
  /** Takes warnings and errors of a start that succeeded; by default they go to stderr. */
  readonly warn?: (message: string) => void;
}

/** A Coffer with the stores connected. The caller closes it. */
export async function openStores(context: CommandContext, options: OpenOptions): Promise<Coffer> {
  const { Coffer } = await import('@coffer/core');
  const { common, environment, signal } = context;
  const warn = options.warn ?? context.warn;
  // What went wrong is told once: by the failure when the start fails, else by the log.
  const held: string[] = [];
  const log = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string) => {
    if (level === 'warn' || level === 'error') held.push(message);
    context.log(message);
  };
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const given: CofferOptions = {
    appId: common.appId,
    stores: options.stores,
    resourcesPaths: options.resourcesPaths ?? (await resourcesPathsOf(context)),
    configurationFiles: options.configured === false ? [] : common.configurationFiles,
    registry: options.registry ?? (await registryOf(context)),
    dialect: await dialectOf(context),
    environment,
    hotReload: false,
    signal,
    loggerFor: () => logger,
  };
  const coffer = await Coffer.start(given);
  if (!common.verbose) for (const message of held.splice(0)) warn(message);
  return coffer;
}

/** Works with the stores connected, and closes them whatever happens. A store that isn't there is explained. */
export async function withStores<Result>(
  context: CommandContext,
  stores: readonly string[],
  work: (coffer: Coffer) => Promise<Result>,
): Promise<Result> {
  const coffer = await openStores(context, { stores });
  try {
    return await work(coffer);
  } catch (cause) {
    throw await withReason(cause, context, coffer);
  } finally {
    // Reads that were given up are not waited for.
    await coffer.close(context.signal.aborted ? 0 : undefined);
  }
}

/** A read of a store that is not loaded says why it isn't. */
async function withReason(cause: unknown, context: CommandContext, coffer: Coffer): Promise<unknown> {
  const { ReadFailure, readComponents } = await import('@coffer/core');
  if (!(cause instanceof ReadFailure)) return cause;
  if (cause.reason !== 'store_not_found' && cause.reason !== 'stores_not_configured') return cause;
  const { components } = await readComponents(await resourcesPathsOf(context));
  const { absenceOf } = await import('./absence.ts');
  return absenceOf(cause.store, components, {
    appId: context.common.appId,
    namespace: context.environment.NAMESPACE ?? '',
    denied: coffer.configuration.deniedComponents,
    parked: coffer.parked(),
  });
}

/** `file:line` of a component. */
export function placeOfComponent({ source }: Component): string {
  return `${source.file}:${source.line}`;
}
