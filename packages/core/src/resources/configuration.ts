import { stat } from 'node:fs/promises';
import { osErrorText } from '../driver/index.ts';
import { CONFIGURATION } from './configuration-shape.ts';
import { type Decoded, type DecodedRecord, decodeOnto, recordOf } from './decode-onto.ts';
import { expandEnvironment } from './expand-environment.ts';
import { readText } from './read-text.ts';
import type { AccessRule, Configuration, Problem, SecretScope } from './types.ts';
import { parseYaml, YamlError, type YamlValue } from './yaml-document.ts';

/** Why no Configuration could be made; the message is the reference's, `problem` is for people. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problem: Problem;

  constructor(detail: string, problem: Omit<Problem, 'severity' | 'message'> & { readonly message?: string }, cause?: unknown) {
    super(`error loading configuration: ${detail}`, cause === undefined ? undefined : { cause });
    this.problem = { severity: 'error', message: detail, ...problem };
  }
}

const DEFAULT_FEATURES = ['HotReload', 'WorkflowsRemoteActivityReminder'];

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** Warnings only: members that nothing knows. */
  readonly problems: readonly Problem[];
}

/**
 * Reads and merges Configuration files in order; without any gives the defaults. Environment variables are filled into
 * the whole text first, and only the first document of a file counts. Fails with `ConfigurationError`.
 */
export async function loadConfiguration(
  files: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<LoadedConfiguration> {
  const problems: Problem[] = [];
  let merged: Decoded | undefined;
  for (const file of files) {
    const text = expandEnvironment(await readConfigurationFile(file), environment);
    try {
      const value = parseYaml(text, 1, { uniqueKeys: true });
      if (value === undefined) continue;
      merged = decodeOnto(merged, value, CONFIGURATION, '', ({ line, column }, field, message, hint) => {
        problems.push({ severity: 'warning', file, line, column, field, message, ...(hint === undefined ? {} : { hint }) });
      });
    } catch (cause) {
      if (!(cause instanceof YamlError)) throw cause;
      const { line, column, detail, field } = cause;
      const problem = { file, line, column, message: detail, ...(field === undefined ? {} : { field }) };
      throw new ConfigurationError(`yaml: ${cause.message}`, problem, cause);
    }
  }
  return { configuration: configurationOf(merged, files), problems };
}

/** Decodes one document on its own; variables are not filled in. `file` is for messages. Fails with `ConfigurationError`. */
export function decodeConfiguration(value: YamlValue, file: string): LoadedConfiguration {
  const problems: Problem[] = [];
  try {
    const decoded = decodeOnto(undefined, value, CONFIGURATION, '', (_, field, message, hint) => {
      problems.push({ severity: 'warning', file, field, message, ...(hint === undefined ? {} : { hint }) });
    });
    return { configuration: configurationOf(decoded, [file]), problems };
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    const { detail, field } = cause;
    throw new ConfigurationError(`${file}: ${detail}`, { file, ...(field === undefined ? {} : { field }) }, cause);
  }
}

async function readConfigurationFile(file: string): Promise<string> {
  let operation = 'stat';
  try {
    const found = await stat(file);
    operation = found.isDirectory() ? 'read' : 'open';
    return await readText(file);
  } catch (cause) {
    const hint = 'check the path given with --config';
    throw new ConfigurationError(`${operation} ${file}: ${osErrorText(cause)}`, { file, hint }, cause);
  }
}

function configurationOf(merged: Decoded | undefined, files: readonly string[]): Configuration {
  const spec = recordAt(merged, 'spec');
  const features = new Map<string, boolean>();
  for (const feature of listAt(spec, 'features')) {
    const name = textAt(feature, 'name');
    if (name !== '') features.set(name, flagAt(feature, 'enabled'));
  }
  for (const name of DEFAULT_FEATURES) if (!features.has(name)) features.set(name, true);
  const api = recordAt(spec, 'api');
  const apiLogging = recordAt(recordAt(spec, 'logging'), 'apiLogging');
  const metric = { enabled: true, ...recordAt(spec, 'metric'), ...recordAt(spec, 'metrics') };
  return {
    files,
    secretScopes: scopesOf(listAt(recordAt(spec, 'secrets'), 'scopes'), files),
    features,
    api: { allowed: listAt(api, 'allowed').map(ruleOf), denied: listAt(api, 'denied').map(ruleOf) },
    apiLogging: {
      enabled: flagAt(apiLogging, 'enabled'),
      obfuscateUrls: flagAt(apiLogging, 'obfuscateURLs'),
      omitHealthChecks: flagAt(apiLogging, 'omitHealthChecks'),
    },
    deniedComponents: listAt(recordAt(spec, 'components'), 'deny').map(String),
    httpPipeline: listAt(recordAt(spec, 'httpPipeline'), 'handlers').map((handler) => textAt(handler, 'name')),
    metric,
    tracing: recordAt(spec, 'tracing'),
  };
}

function scopesOf(scopes: readonly Decoded[], files: readonly string[]): SecretScope[] {
  const names = new Set<string>();
  const problem = (hint: string) => ({ file: files.at(-1) ?? '', field: 'spec.secrets.scopes', hint });
  return scopes.map((scope) => {
    const storeName = textAt(scope, 'storeName');
    if (names.has(storeName)) {
      const hint = 'keep one entry for each store, with all its names';
      throw new ConfigurationError(`${storeName} storeName is repeated in secrets configuration`, problem(hint));
    }
    names.add(storeName);
    const given = textAt(scope, 'defaultAccess');
    const access = given.toLowerCase() || 'allow';
    if (access !== 'allow' && access !== 'deny') {
      throw new ConfigurationError(`defaultAccess ${given} can be either allow or deny`, problem('write allow or deny'));
    }
    const namesAt = (member: string): string[] => listAt(scope, member).map(String).sort();
    return {
      storeName,
      defaultAccess: access,
      allowedSecrets: namesAt('allowedSecrets'),
      deniedSecrets: namesAt('deniedSecrets'),
    };
  });
}

function ruleOf(rule: Decoded): AccessRule {
  return { name: textAt(rule, 'name'), version: textAt(rule, 'version'), protocol: textAt(rule, 'protocol') };
}

// The shape has been checked: these only bridge what is absent.
function recordAt(value: Decoded | undefined, name: string): DecodedRecord {
  return recordOf(recordOf(value)[name]);
}
function listAt(value: Decoded | undefined, name: string): readonly Decoded[] {
  const member = recordOf(value)[name];
  return Array.isArray(member) ? member : [];
}
function textAt(value: Decoded | undefined, name: string): string {
  const member = recordOf(value)[name];
  return typeof member === 'string' ? member : '';
}
function flagAt(value: Decoded | undefined, name: string): boolean {
  return recordOf(value)[name] === true;
}
