import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseGoDuration } from '../driver/index.ts';
import { joinPath, lastOfEach, membersOf, shapeError, stringListOf, stringOf } from './decode.ts';
import { listDirectory, osErrorText } from './directory.ts';
import { splitDocuments } from './documents.ts';
import type { CircuitBreakerPolicy, PolicyNames, Problem, Resiliency, RetryPolicy } from './types.ts';
import { parseYaml, YamlError, type YamlValue } from './yaml-document.ts';

export interface ReadResiliency {
  /** In load order; a later one overrides policies and targets of the same name. */
  readonly resiliencies: readonly Resiliency[];
  readonly problems: readonly Problem[];
  /** The reference's log lines, in order. */
  readonly logs: readonly { readonly level: 'info' | 'warn' | 'error'; readonly message: string }[];
}

/** Reads Resiliency resources: the first document of each YAML file that says `kind: Resiliency`. Never fails. */
export async function readResiliency(directories: readonly string[], appId: string): Promise<ReadResiliency> {
  const resiliencies: Resiliency[] = [];
  const problems: Problem[] = [];
  const logs: ReadResiliency['logs'][number][] = [];
  for (const directory of directories) {
    // The component loader reports a directory that can't be listed.
    const listing = await listDirectory(directory).catch(() => undefined);
    for (const name of [...(listing?.others ?? []), ...(listing?.directories ?? []).filter((name) => !/\.ya?ml$/i.test(name))]) {
      logs.push({ level: 'warn', message: `A non-YAML resiliency file ${name} was detected, it will not be loaded` });
    }
    for (const name of (listing?.directories ?? []).filter((entry) => /\.ya?ml$/i.test(entry))) {
      logs.push({ level: 'error', message: `Could not read resiliency file ${name}: read ${directory}/${name}: is a directory` });
    }
    for (const file of listing?.files ?? []) {
      try {
        const resiliency = await readFirstDocument(file, (policy, message, { line, column }) => {
          logs.push({ level: 'error', message: `Could not read resiliency policy ${policy}: ${message}` });
          problems.push({ severity: 'error', file, line, column, message, hint: 'this policy is left out' });
        });
        if (resiliency === undefined) continue;
        if (resiliency.scopes.length > 0 && !resiliency.scopes.includes(appId)) continue;
        logs.push({ level: 'info', message: `Loading Resiliency configuration: ${resiliency.name}` });
        resiliencies.push(resiliency);
      } catch (cause) {
        const place = cause instanceof YamlError ? { line: cause.line, column: cause.column } : {};
        const reason = cause instanceof YamlError ? cause.message : osErrorText(cause);
        logs.push({ level: 'error', message: `Could not read resiliency file ${basename(file)}: ${reason}` });
        problems.push({
          severity: 'error',
          file,
          ...place,
          message: reason,
          hint: 'no resiliency policy of this file is in force',
        });
      }
    }
  }
  return { resiliencies, problems, logs };
}

type PolicyProblem = (policy: string, message: string, at: YamlValue) => void;

async function readFirstDocument(file: string, problem: PolicyProblem): Promise<Resiliency | undefined> {
  const [first] = splitDocuments(await readFile(file, 'utf8'));
  const value = first && parseYaml(first.text, first.line, { uniqueKeys: false });
  if (first === undefined || value?.kind !== 'map') return undefined;
  const { kind, metadata, spec, scopes } = membersOf(value, '', ['kind', 'metadata', 'spec', 'scopes']);
  if (kind?.kind !== 'scalar' || kind.text !== 'Resiliency') return undefined;
  const { name, namespace } = membersOf(metadata, 'metadata', ['name', 'namespace']);
  const { policies, targets } = membersOf(spec, 'spec', ['policies', 'targets']);
  const { timeouts, retries, circuitBreakers } = membersOf(policies, 'spec.policies', ['timeouts', 'retries', 'circuitBreakers']);
  const { components } = membersOf(targets, 'spec.targets', ['components']);
  return {
    name: stringOf(name, 'metadata.name'),
    namespace: stringOf(namespace, 'metadata.namespace'),
    scopes: stringListOf(scopes, 'scopes'),
    timeouts: namedOf(timeouts, 'spec.policies.timeouts', durationOf, problem),
    retries: namedOf(retries, 'spec.policies.retries', retryOf, problem),
    circuitBreakers: namedOf(circuitBreakers, 'spec.policies.circuitBreakers', circuitBreakerOf, problem),
    components: namedOf(components, 'spec.targets.components', outboundOf, problem),
    source: { file, document: first.document, line: first.line },
  };
}

/** Entries of a map by name; one that can't be decoded is reported and left out. */
function namedOf<Entry>(
  value: YamlValue | undefined,
  path: string,
  decode: (value: YamlValue, path: string) => Entry,
  problem: PolicyProblem,
): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  if (value === undefined) return entries;
  if (value.kind !== 'map') throw shapeError(path, value, 'a map');
  for (const [name, entry] of lastOfEach(value)) {
    try {
      entries.set(name, decode(entry, joinPath(path, name)));
    } catch (cause) {
      if (!(cause instanceof YamlError)) throw cause;
      problem(name, cause.message, entry);
    }
  }
  return entries;
}

/** Whole milliseconds, or Go duration text. */
function durationOf(value: YamlValue, path: string): number {
  const text = stringOf(value, path);
  const milliseconds = /^[-+]?\d+$/.test(text) ? Number(text) : parseGoDuration(text);
  if (milliseconds === undefined) throw shapeError(path, value, 'a duration such as 5s, 250ms or whole milliseconds');
  return milliseconds;
}

function integerOf(value: YamlValue | undefined, path: string, fallback: number): number {
  if (value === undefined) return fallback;
  const text = stringOf(value, path);
  if (!/^[-+]?\d+$/.test(text)) throw shapeError(path, value, 'a whole number');
  return Number(text);
}

const optional = (value: YamlValue | undefined, path: string, fallback: number): number =>
  value === undefined ? fallback : durationOf(value, path);

function retryOf(value: YamlValue, path: string): RetryPolicy {
  const { policy, duration, maxInterval, maxRetries } = membersOf(value, path, [
    'policy',
    'duration',
    'maxInterval',
    'maxRetries',
  ]);
  const kind = stringOf(policy, `${path}.policy`, 'constant').toLowerCase();
  if (policy !== undefined && kind !== 'constant' && kind !== 'exponential')
    throw shapeError(`${path}.policy`, policy, 'constant or exponential');
  return {
    policy: kind === 'exponential' ? 'exponential' : 'constant',
    duration: optional(duration, `${path}.duration`, 5000),
    maxInterval: optional(maxInterval, `${path}.maxInterval`, 60_000),
    maxRetries: integerOf(maxRetries, `${path}.maxRetries`, -1),
  };
}

function circuitBreakerOf(value: YamlValue, path: string): CircuitBreakerPolicy {
  const { maxRequests, interval, timeout, trip } = membersOf(value, path, ['maxRequests', 'interval', 'timeout', 'trip']);
  return {
    maxRequests: integerOf(maxRequests, `${path}.maxRequests`, 1),
    interval: optional(interval, `${path}.interval`, 0),
    timeout: optional(timeout, `${path}.timeout`, 60_000),
    ...(trip === undefined ? {} : { trip: stringOf(trip, `${path}.trip`) }),
  };
}

function outboundOf(value: YamlValue, path: string): PolicyNames {
  const { outbound } = membersOf(value, path, ['outbound', 'inbound']);
  const { timeout, retry, circuitBreaker } = membersOf(outbound, `${path}.outbound`, ['timeout', 'retry', 'circuitBreaker']);
  return {
    ...(timeout === undefined ? {} : { timeout: stringOf(timeout, `${path}.timeout`) }),
    ...(retry === undefined ? {} : { retry: stringOf(retry, `${path}.retry`) }),
    ...(circuitBreaker === undefined ? {} : { circuitBreaker: stringOf(circuitBreaker, `${path}.circuitBreaker`) }),
  };
}
