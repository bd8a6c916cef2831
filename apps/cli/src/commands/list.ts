import { readFile } from 'node:fs/promises';
import type { AvailableStore, Component, Registry } from '@coffer/core';
import { servesType } from '@coffer/core/internal';
import { exclusionOf } from '../absence.ts';
import type { CommandResult, CommandRun } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { placeOfComponent, registryOf, resourcesPathsOf } from '../context.ts';
import { table, visible } from '../text.ts';

/** Components of the resource directories, or the types that can be used. Driver code is never imported. */
export const run: CommandRun = async ({ options }, context) => {
  const registry = await registryOf(context);
  return options.available ? listAvailable(registry, context) : listComponents(registry, context);
};

async function listAvailable(registry: Registry, { paint }: CommandContext): Promise<CommandResult> {
  const types = await Promise.all(registry.available().map(describe));
  const rows = types.map(({ type, version, package: origin, status, title }) => [
    type,
    version,
    origin,
    status ?? '',
    title ?? '',
  ]);
  return { data: { types }, text: withHeader(['TYPE', 'VERSION', 'PACKAGE', 'STATUS', 'TITLE'], rows, paint) };
}

interface Described {
  readonly type: string;
  readonly version: string;
  readonly package: string;
  readonly status?: string;
  readonly title?: string;
}

/** What the registry knows and, where the package has its generated description, what that says. */
async function describe({ type, version, package: origin, manifestFile }: AvailableStore): Promise<Described> {
  const described = { type, version, package: origin === undefined ? '' : `${origin.name}@${origin.version}` };
  if (manifestFile === undefined) return described;
  try {
    const { status, title } = JSON.parse(await readFile(manifestFile, 'utf8')) as { status?: string; title?: string };
    return { ...described, ...(status === undefined ? {} : { status }), ...(title === undefined ? {} : { title }) };
  } catch (cause) {
    if (cause instanceof SyntaxError || (cause instanceof Error && 'code' in cause)) return described;
    throw cause;
  }
}

async function listComponents(registry: Registry, context: CommandContext): Promise<CommandResult> {
  const { loadConfiguration, readComponents } = await import('@coffer/core');
  const { common, environment, paint } = context;
  const { components, problems } = await readComponents(await resourcesPathsOf(context));
  const { configuration } = await loadConfiguration(common.configurationFiles, environment);
  for (const { file, line, message } of problems) context.warn(`${file}${line === undefined ? '' : `:${line}`}: ${message}`);

  const rules = { appId: common.appId, namespace: environment.NAMESPACE ?? '', denied: configuration.deniedComponents };
  const first = new Map<string, Component>();
  const listed = components.map((component) => {
    const { name, type, version, source } = component;
    const exclusion = exclusionOf(component, rules);
    const twin = first.get(name);
    if (twin === undefined) first.set(name, component);
    const reason =
      (twin && `its name is taken by ${placeOfComponent(twin)}`) ??
      exclusion?.reason ??
      (type.startsWith('secretstores.') ? undefined : 'it is not a secret store');
    const server = registry.available().find((store) => servesType(store, component));
    const missing = type.startsWith('secretstores.') && server === undefined ? 'no installed driver serves its type' : undefined;
    return {
      name,
      type,
      version: version === '' ? 'v1' : version,
      served: (reason ?? missing) === undefined,
      reason: reason ?? missing ?? null,
      package: server?.package?.name ?? null,
      file: source.file,
      line: source.line,
    };
  });
  const rows = listed.map(({ name, type, version, served, reason, file, line }) => [
    visible(name),
    visible(`${type}/${version}`),
    `${file}:${line}`,
    served ? 'served' : `not served: ${reason}`,
  ]);
  return {
    data: { appId: common.appId, components: listed },
    text: withHeader(['NAME', 'TYPE', 'FILE', 'STATE'], rows, paint),
  };
}

function withHeader(header: readonly string[], rows: readonly (readonly string[])[], paint: CommandContext['paint']): string {
  const [first = '', ...rest] = table([header, ...rows]).split('\n');
  return [paint('bold', first), ...rest].join('\n');
}
