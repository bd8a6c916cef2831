import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  Feature,
  type GetRequest,
  type InitContext,
  type ListRequest,
  type Logger,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  secretTable,
  throwIfAborted,
} from '@coffer/core/driver';
import type { LocalEnvMetadata } from './metadata.ts';

/** What a store reads; `process.env` unless a test gives another. */
export interface LocalEnvDependencies {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/** Reads the environment on every call; nothing is kept. */
export class LocalEnvStore implements SecretStore<LocalEnvMetadata> {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #ignoresCase: boolean;
  /** Undefined before `init`. */
  #prefix: string | undefined;
  #failOnMissing = false;
  #logger: Logger | undefined;

  constructor({ environment = process.env, platform = process.platform }: LocalEnvDependencies = {}) {
    this.#environment = environment;
    this.#ignoresCase = platform === 'win32';
  }

  async init({ metadata, dialect, logger }: InitContext<LocalEnvMetadata>, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    this.#prefix = metadata.prefix;
    this.#failOnMissing = metadata.failOnMissing && dialect.localEnv.failOnMissing;
    this.#logger = logger;
  }

  async get({ name }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    throwIfAborted(signal);
    const variable = this.#opened('get') + name;
    if (isReserved(variable)) {
      this.#logger?.warn(`Access to env var ${name} is forbidden`);
      return { data: secretTable([[name, '']]) };
    }
    const value = this.#valueOf(variable);
    if (value === undefined && this.#failOnMissing) {
      throw new SecretStoreError('not_found', `environment variable ${variable} is not set`, { operation: 'get', secret: name });
    }
    return { data: secretTable([[name, value ?? '']]) };
  }

  async bulkGet(_request: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    throwIfAborted(signal);
    return { data: secretTable(this.#variables('bulkGet').map(([name, value]) => [name, secretTable([[name, value]])])) };
  }

  async *list(_request: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    throwIfAborted(signal);
    yield this.#variables('list').map(([name]) => name);
  }

  async ping({ signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
  }

  features(): readonly Feature[] {
    return [Feature.list, Feature.ping];
  }

  async close(): Promise<void> {}

  /** The prefix of a store that has been initialised. */
  #opened(operation: string): string {
    if (this.#prefix !== undefined) return this.#prefix;
    throw new SecretStoreError('failed_precondition', 'the store is not initialised', { operation });
  }

  #valueOf(variable: string): string | undefined {
    // Node would look for what it can make of it, which is another name.
    if (!variable.isWellFormed()) return undefined;
    if (Object.hasOwn(this.#environment, variable)) return this.#environment[variable];
    if (!this.#ignoresCase) return undefined;
    const found = Object.keys(this.#environment).find((name) => name.toUpperCase() === variable.toUpperCase());
    return found === undefined ? undefined : this.#environment[found];
  }

  /** Names without the prefix, with their values. */
  #variables(operation: string): [string, string][] {
    const fold = (text: string): string => (this.#ignoresCase ? text.toUpperCase() : text);
    const prefix = fold(this.#opened(operation));
    const variables: [string, string][] = [];
    for (const [variable, value] of Object.entries(this.#environment)) {
      // Windows keeps nameless entries such as `=C:` in the environment block.
      if (value === undefined || isReserved(variable) || variable.startsWith('=')) continue;
      if (variable.length > prefix.length && fold(variable).startsWith(prefix))
        variables.push([variable.slice(prefix.length), value]);
    }
    return variables;
  }
}

/** The sidecar's own variables and the application's token are nobody's secrets. */
function isReserved(variable: string): boolean {
  const upper = variable.toUpperCase();
  return upper === 'APP_API_TOKEN' || upper.startsWith('DAPR_');
}
