import { stat } from 'node:fs/promises';
import { dirname, normalize } from 'node:path';
import {
  type Component,
  type Configuration,
  ConfigurationError,
  DirectoryError,
  loadConfiguration,
  type Problem,
  type Registry,
  RegistryError,
  type Resiliency,
  readComponentFile,
  readResiliency,
  type StoreDefinition,
} from '@coffer/core';
import { osErrorText } from '@coffer/core/driver';
import { listDirectory, type YamlValue } from '@coffer/core/internal';
import { memberAt, type Place, placesOfScopes, readTrees } from '../places.ts';
import { documentFindings } from './documents.ts';
import type { Finding } from './finding.ts';
import { isStore, type Model, placeIn } from './model.ts';

export interface ReadOptions {
  /** Directories of resources, and single files of any kind. */
  readonly paths: readonly string[];
  /** Directories whose components may be referred to, and are not checked; by default those that single files lie in. */
  readonly surroundings: readonly string[];
  readonly configurationFiles: readonly string[];
  readonly appId: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly registry: Registry;
  readonly doubtfulSettings: Model['doubtfulSettings'];
}

export interface ReadModel {
  readonly model: Model;
  readonly findings: readonly Finding[];
  /** Every file that was asked for. */
  readonly files: readonly string[];
  /** Files that were read only to know what the others refer to. */
  readonly around: ReadonlySet<string>;
  /** Directories for a runtime to load the same components from. */
  readonly directories: readonly string[];
}

/** Reads everything there is to check. What can't be read is a finding. */
export async function readModel(options: ReadOptions): Promise<ReadModel> {
  const { appId, environment, registry, doubtfulSettings } = options;
  const findings: Finding[] = [];
  const { directories, files, single } = await findFiles(options.paths, findings);

  const trees = new Map<string, readonly (YamlValue | undefined)[]>();
  for (const file of files) trees.set(file, await readTrees(file));
  const isConfiguration = (file: string): boolean => single.has(file) && isKind(trees.get(file)?.[0], 'Configuration');
  const configurationFiles = [...options.configurationFiles, ...files.filter(isConfiguration)];
  const resourceFiles = files.filter((file) => !isConfiguration(file));
  const surroundings =
    options.surroundings.length > 0
      ? options.surroundings
      : resourceFiles.filter((file) => single.has(file)).map((file) => dirname(file));
  const { files: nearby, directories: alsoRead } = await findFiles([...new Set(surroundings)], []);
  const around = new Set(nearby.filter((file) => !files.includes(file)));
  for (const file of around) trees.set(file, await readTrees(file));

  const components: Component[] = [];
  // First what is there already: a name that is given twice is told of in the file that was asked for.
  for (const file of [...around, ...resourceFiles]) {
    const read = await readComponentFile(file);
    components.push(...read.components);
    findings.push(...read.problems.map(findingOf), ...documentFindings(file, trees.get(file) ?? [], configurationFiles));
  }
  const resiliencies = await resiliencyOf(resourceFiles, appId, findings);
  const { configuration, scopePlaces } = await configurationOf(configurationFiles, environment, findings);
  const definitions = new Map<Component, StoreDefinition>();
  const model: Model = {
    appId,
    environment,
    doubtfulSettings,
    components,
    configuration,
    scopePlaces,
    resiliencies,
    definitions,
    trees,
  };
  for (const component of components.filter(isStore)) await addDefinition(component, registry, definitions, model, findings);
  return {
    model,
    findings,
    files: [...new Set([...resourceFiles, ...configurationFiles])],
    around,
    directories: [...new Set([...directories, ...alsoRead])],
  };
}

interface FoundFiles {
  readonly directories: readonly string[];
  readonly files: readonly string[];
  /** Files that were named themselves. */
  readonly single: ReadonlySet<string>;
}

async function findFiles(paths: readonly string[], findings: Finding[]): Promise<FoundFiles> {
  const directories = new Set<string>();
  const files = new Set<string>();
  const single = new Set<string>();
  for (const path of paths.map((given) => normalize(given))) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && !found.isDirectory()) {
      files.add(path);
      single.add(path);
      continue;
    }
    try {
      const listing = await listDirectory(path);
      directories.add(path);
      for (const file of listing.files) files.add(file);
      if (listing.files.length === 0) {
        findings.push({
          severity: 'warning',
          file: path,
          message: 'the directory holds no YAML file',
          hint: 'resources are read from files that end in .yaml or .yml, not from folders below',
        });
      }
    } catch (cause) {
      if (!(cause instanceof DirectoryError)) throw cause;
      findings.push({
        severity: 'error',
        file: path,
        message: `it can't be read: ${osErrorText(cause.cause)}`,
        hint: 'check the path, and who may read it',
      });
    }
  }
  return { directories: [...directories], files: [...files], single };
}

function isKind(tree: YamlValue | undefined, kind: string): boolean {
  const value = memberAt(tree, ['kind']);
  return value?.kind === 'scalar' && value.text === kind;
}

function findingOf({ severity, file, line, column, message, hint }: Problem): Finding {
  return { severity, file, line, column, message, hint };
}

/** Resiliency is read by directory; files that were not asked for are left out again. */
async function resiliencyOf(files: readonly string[], appId: string, findings: Finding[]): Promise<readonly Resiliency[]> {
  const { resiliencies, problems } = await readResiliency([...new Set(files.map((file) => dirname(file)))], appId);
  findings.push(...problems.filter(({ file }) => files.includes(file)).map(findingOf));
  return resiliencies.filter(({ source }) => files.includes(source.file));
}

async function configurationOf(
  files: readonly string[],
  environment: ReadOptions['environment'],
  findings: Finding[],
): Promise<{ configuration: Configuration | undefined; scopePlaces: readonly Place[] }> {
  try {
    const { configuration, problems } = await loadConfiguration(files, environment);
    findings.push(...problems.map(findingOf));
    return { configuration, scopePlaces: await placesOfScopes(files) };
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause;
    findings.push(findingOf(cause.problem));
    return { configuration: undefined, scopePlaces: [] };
  }
}

async function addDefinition(
  component: Component,
  registry: Registry,
  definitions: Map<Component, StoreDefinition>,
  model: Model,
  findings: Finding[],
): Promise<void> {
  const place = placeIn(model, component, ['spec', 'type']);
  try {
    const definition = await registry.resolve(component.type, component.version);
    definitions.set(component, definition);
    if (definition.status === 'deprecated') {
      findings.push({ severity: 'warning', ...place, message: `${component.type} is deprecated`, hint: definition.title });
    }
  } catch (cause) {
    if (!(cause instanceof RegistryError)) throw cause;
    findings.push({
      severity: 'error',
      ...place,
      message: cause.detail.replace(/^couldn't find secret store /, 'no driver serves '),
      hint: cause.hint,
    });
  }
}
