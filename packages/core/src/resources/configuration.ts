import { readFile, stat } from 'node:fs/promises';
import { type Decoded, decodeOnto, isRecord, type Shape } from './configuration-shape.ts';
import { osErrorText } from './directory.ts';
import { expandEnvironment } from './expand-environment.ts';
import type { AccessRule, Configuration, Problem, SecretScope } from './types.ts';
import { parseYaml, YamlError } from './yaml-document.ts';

/** Why no Configuration could be made; the message is the reference's, `problem` is for people. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problem: Problem;

  constructor(detail: string, problem: Omit<Problem, 'severity' | 'message'> & { readonly message?: string }, cause?: unknown) {
    super(`error loading configuration: ${detail}`, cause === undefined ? undefined : { cause });
    this.problem = { severity: 'error', message: detail, ...problem };
  }
}

const RULES: Shape = { list: { members: { name: 'string', version: 'string', protocol: 'string' } } };
const METRIC: Shape = {
  members: {
    enabled: 'boolean',
    recordErrorCodes: 'boolean',
    http: { members: { increasedCardinality: 'boolean', pathMatching: { list: 'string' }, excludeVerbs: 'boolean' } },
    latencyDistributionBuckets: { list: 'integer' },
    rules: 'any',
    workflow: 'any',
  },
};
const OTEL: Shape = {
  members: { protocol: 'string', endpointAddress: 'string', isSecure: 'boolean', headers: 'any', timeout: 'string' },
};
const SHAPE: Shape = {
  members: {
    apiVersion: 'any',
    kind: 'any',
    metadata: 'any',
    spec: {
      members: {
        secrets: {
          members: {
            scopes: {
              list: {
                members: {
                  storeName: 'string',
                  defaultAccess: 'string',
                  allowedSecrets: { list: 'string' },
                  deniedSecrets: { list: 'string' },
                },
              },
            },
          },
        },
        features: { list: { members: { name: 'string', enabled: 'boolean' } } },
        api: { members: { allowed: RULES, denied: RULES } },
        logging: {
          members: { apiLogging: { members: { enabled: 'boolean', obfuscateURLs: 'boolean', omitHealthChecks: 'boolean' } } },
        },
        components: { members: { deny: { list: 'string' } } },
        httpPipeline: {
          members: { handlers: { list: { members: { name: 'string', type: 'string', version: 'string', selector: 'any' } } } },
        },
        metric: METRIC,
        metrics: METRIC,
        tracing: {
          members: { samplingRate: 'string', stdout: 'boolean', zipkin: { members: { endpointAddress: 'string' } }, otel: OTEL },
        },
        accessControl: 'any',
        appHttpPipeline: 'any',
        mtls: 'any',
        nameResolution: 'any',
        wasm: 'any',
        workflow: 'any',
      },
    },
  },
};
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
      merged = decodeOnto(merged, value, SHAPE, '', (path, { line, column }, nearest) => {
        problems.push({
          severity: 'warning',
          file,
          line,
          column,
          field: path,
          message: `${path} is not a member of a Configuration and is ignored`,
          ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
        });
      });
    } catch (cause) {
      if (!(cause instanceof YamlError)) throw cause;
      const { line, column, message } = cause;
      throw new ConfigurationError(
        `yaml: ${message}`,
        { file, line, column, message: message.replace(/^line \d+: /, '') },
        cause,
      );
    }
  }
  return { configuration: configurationOf(merged, files), problems };
}

async function readConfigurationFile(file: string): Promise<string> {
  let operation = 'stat';
  try {
    const found = await stat(file);
    operation = found.isDirectory() ? 'read' : 'open';
    return await readFile(file, 'utf8');
  } catch (cause) {
    const hint = 'check the path given with --config';
    throw new ConfigurationError(`${operation} ${file}: ${osErrorText(cause)}`, { file, hint }, cause);
  }
}

function configurationOf(merged: Decoded | undefined, files: readonly string[]): Configuration {
  const spec = recordAt(merged, 'spec');
  const features = new Map<string, boolean>();
  for (const feature of listAt(spec, 'features')) features.set(textAt(feature, 'name'), flagAt(feature, 'enabled', false));
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
      enabled: flagAt(apiLogging, 'enabled', false),
      obfuscateUrls: flagAt(apiLogging, 'obfuscateURLs', false),
      omitHealthChecks: flagAt(apiLogging, 'omitHealthChecks', false),
    },
    deniedComponents: listAt(recordAt(spec, 'components'), 'deny').map((entry) => String(entry ?? '')),
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
    const sortedNames = (member: string): string[] =>
      listAt(scope, member)
        .map((name) => String(name ?? ''))
        .sort();
    return {
      storeName,
      defaultAccess: access,
      allowedSecrets: sortedNames('allowedSecrets'),
      deniedSecrets: sortedNames('deniedSecrets'),
    };
  });
}

function ruleOf(rule: Decoded): AccessRule {
  return { name: textAt(rule, 'name'), version: textAt(rule, 'version'), protocol: textAt(rule, 'protocol') };
}

// The shape has been checked: these only bridge what is absent.
function recordAt(value: Decoded | undefined, name: string): { readonly [name: string]: Decoded } {
  const member = isRecord(value) ? value[name] : undefined;
  return isRecord(member) ? member : {};
}
function listAt(value: Decoded | undefined, name: string): readonly Decoded[] {
  const member = isRecord(value) ? value[name] : undefined;
  return Array.isArray(member) ? member : [];
}
function textAt(value: Decoded | undefined, name: string): string {
  const member = isRecord(value) ? value[name] : undefined;
  return typeof member === 'string' ? member : '';
}
function flagAt(value: Decoded | undefined, name: string, fallback: boolean): boolean {
  const member = isRecord(value) ? value[name] : undefined;
  return typeof member === 'boolean' ? member : fallback;
}
