import { basename, join } from 'node:path';
import { isNull, listOf, membersOf, type Notice, strictStringOf, stringOf } from './decode.ts';
import { DirectoryError, type DirectoryListing, fileErrorText, isYamlName, listDirectory } from './directory.ts';
import { readText } from './read-text.ts';
import { type PolicyFailure, policiesOf, targetsOf } from './resiliency-policies.ts';
import type { Problem, Resiliency } from './types.ts';
import { parseYaml, YamlError, type YamlValue } from './yaml-document.ts';

export interface ReadResiliency {
  /** In load order; a later one overrides policies and targets of the same name. */
  readonly resiliencies: readonly Resiliency[];
  /** What the component loader does not report of the same files. */
  readonly problems: readonly Problem[];
  /** The reference's log lines, in order. */
  readonly logs: readonly ResiliencyLog[];
}
export interface ResiliencyLog {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

/**
 * Reads Resiliency resources: the first document of each YAML file that says `kind: Resiliency`, whatever its apiVersion
 * and namespace. Those of other applications are left out. Never fails.
 */
export async function readResiliency(directories: readonly string[], appId: string): Promise<ReadResiliency> {
  const resiliencies: Resiliency[] = [];
  const problems: Problem[] = [];
  const logs: ResiliencyLog[] = [];
  const loading: ResiliencyLog[] = [];
  for (const directory of directories) {
    const { files, others, directories: inner } = await listing(directory, logs);
    const odd = [...others, ...inner.filter((name) => !isYamlName(name))];
    for (const name of odd) {
      logs.push({ level: 'warn', message: `A non-YAML resiliency file ${name} was detected, it will not be loaded` });
    }
    for (const file of [...files, ...inner.filter(isYamlName).map((name) => join(directory, name))]) {
      const found = await readFirstDocument(file, logs, problems);
      if (found === undefined) continue;
      const { resiliency, failures } = found;
      if (resiliency.scopes.length > 0 && !resiliency.scopes.includes(appId)) continue;
      resiliencies.push(resiliency);
      loading.push({ level: 'info', message: `Loading Resiliency configuration: ${resiliency.name}` });
      for (const { at, field, message } of failures) {
        loading.push({ level: 'error', message: `Could not read resiliency policy ${resiliency.name}: ${message}` });
        const hint = 'no policy of this group or of those after it is in force, and no target of this resource';
        problems.push({ severity: 'error', file, line: at.line, column: at.column, field, message, hint });
      }
    }
  }
  return { resiliencies, problems, logs: [...logs, ...loading] };
}

async function listing(directory: string, logs: ResiliencyLog[]): Promise<DirectoryListing> {
  try {
    return await listDirectory(directory);
  } catch (cause) {
    if (!(cause instanceof DirectoryError)) throw cause;
    const message = `Failed to read resiliency files from path ${directory}: ${cause.message}`;
    if (cause.code !== 'ENOENT') logs.push({ level: 'error', message });
    return { files: [], others: [], directories: [] };
  }
}

interface FoundResiliency {
  readonly resiliency: Resiliency;
  readonly failures: readonly PolicyFailure[];
}

/** What is wrong with other kinds of documents, or with the file as such, is only logged: the component loader tells of it. */
async function readFirstDocument(file: string, logs: ResiliencyLog[], problems: Problem[]): Promise<FoundResiliency | undefined> {
  const error = (message: string): undefined => {
    logs.push({ level: 'error', message });
  };
  let value: YamlValue | undefined;
  try {
    value = parseYaml(await readText(file), 1, { uniqueKeys: false });
    if (value === undefined || isNull(value)) return undefined;
    const { kind } = membersOf(value, '', ['apiVersion', 'kind']);
    if (strictStringOf(kind, 'kind') !== 'Resiliency') return undefined;
  } catch (cause) {
    if (cause instanceof YamlError) return error(`Could not determine resource type: ${cause.message}`);
    return error(`Could not read resiliency file ${basename(file)}: ${fileErrorText(file, cause)}`);
  }
  try {
    return await decodeResiliency(value, file, (at, field, message, hint) => {
      const place = { file, line: at.line, column: at.column, field };
      problems.push({ severity: 'warning', ...place, message, ...(hint === undefined ? {} : { hint }) });
    });
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    const { line, column, detail, field } = cause;
    const place = { file, line, column, ...(field === undefined ? {} : { field }) };
    problems.push({ severity: 'error', ...place, message: detail, hint: 'no policy of this file is in force' });
    return error(`Could not parse resiliency file ${basename(file)}: ${cause.message}`);
  }
}

async function decodeResiliency(value: YamlValue, file: string, notice: Notice): Promise<FoundResiliency> {
  const top = membersOf(value, '', ['apiVersion', 'kind', 'metadata', 'spec', 'scopes'], notice);
  const { name, namespace } = membersOf(top.metadata, 'metadata', ['name', 'namespace']);
  const spec = membersOf(top.spec, 'spec', ['policies', 'targets'], notice);
  const { policies, failures } = await policiesOf(spec.policies, notice);
  const components = targetsOf(spec.targets, notice);
  const resiliency = {
    name: stringOf(name, 'metadata.name'),
    namespace: stringOf(namespace, 'metadata.namespace'),
    scopes: listOf(top.scopes, 'scopes', stringOf),
    ...policies,
    components: failures.length > 0 ? new Map() : components,
    whole: failures.length === 0,
    source: { file, document: 1, line: 1 },
  };
  return { resiliency, failures };
}
