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
  const collected = collectResiliency(appId);
  const { log } = collected;
  for (const directory of directories) {
    const { files, others, directories: inner } = await listing(directory, log);
    const odd = [...others, ...inner.filter((name) => !isYamlName(name))];
    for (const name of odd) log('warn', `A non-YAML resiliency file ${name} was detected, it will not be loaded`);
    for (const file of [...files, ...inner.filter(isYamlName).map((name) => join(directory, name))]) {
      const value = await readFirstDocument(file, log);
      if (value !== undefined) await collected.add(value, file);
    }
  }
  return collected.result();
}

type Log = (level: ResiliencyLog['level'], message: string) => void;

export interface ResiliencyCollection {
  readonly log: Log;
  /** Decodes a document of the kind; what can't be read of it is a problem and a log line. */
  add(value: YamlValue, file: string): Promise<void>;
  result(): ReadResiliency;
}

/** Puts documents together, wherever they come from. Those of other applications are left out. */
export function collectResiliency(appId: string): ResiliencyCollection {
  const resiliencies: Resiliency[] = [];
  const problems: Problem[] = [];
  const logs: ResiliencyLog[] = [];
  const loading: ResiliencyLog[] = [];
  const log: Log = (level, message) => logs.push({ level, message });
  return {
    log,
    async add(value, file) {
      const found = await decodeOrReport(value, file, log, problems);
      if (found === undefined) return;
      const { resiliency, failures } = found;
      if (resiliency.scopes.length > 0 && !resiliency.scopes.includes(appId)) return;
      resiliencies.push(resiliency);
      loading.push({ level: 'info', message: `Loading Resiliency configuration: ${resiliency.name}` });
      for (const { at, field, message } of failures) {
        loading.push({ level: 'error', message: `Could not read resiliency policy ${resiliency.name}: ${message}` });
        const hint = 'no policy of this group or of those after it is in force, and no target of this resource';
        problems.push({ severity: 'error', file, line: at.line, column: at.column, field, message, hint });
      }
    },
    result: () => ({ resiliencies, problems, logs: [...logs, ...loading] }),
  };
}

async function listing(directory: string, log: Log): Promise<DirectoryListing> {
  try {
    return await listDirectory(directory);
  } catch (cause) {
    if (!(cause instanceof DirectoryError)) throw cause;
    const message = `Failed to read resiliency files from path ${directory}: ${cause.message}`;
    if (cause.code !== 'ENOENT') log('error', message);
    return { files: [], others: [], directories: [] };
  }
}

interface FoundResiliency {
  readonly resiliency: Resiliency;
  readonly failures: readonly PolicyFailure[];
}

/** What is wrong with other kinds of documents, or with the file as such, is only logged: the component loader tells of it. */
async function readFirstDocument(file: string, log: Log): Promise<YamlValue | undefined> {
  try {
    const value = parseYaml(await readText(file), 1, { uniqueKeys: false });
    if (value === undefined || isNull(value)) return undefined;
    const { kind } = membersOf(value, '', ['apiVersion', 'kind']);
    return strictStringOf(kind, 'kind') === 'Resiliency' ? value : undefined;
  } catch (cause) {
    if (cause instanceof YamlError) log('error', `Could not determine resource type: ${cause.message}`);
    else log('error', `Could not read resiliency file ${basename(file)}: ${fileErrorText(file, cause)}`);
    return undefined;
  }
}

async function decodeOrReport(
  value: YamlValue,
  file: string,
  log: Log,
  problems: Problem[],
): Promise<FoundResiliency | undefined> {
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
    log('error', `Could not parse resiliency file ${basename(file)}: ${cause.message}`);
    return undefined;
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
