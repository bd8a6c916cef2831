import { access, constants } from 'node:fs/promises';
import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  Feature,
  type GetRequest,
  type InitContext,
  type ListRequest,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  secretTable,
  throwIfAborted,
} from '@coffer/core/driver';
import { CollidingPaths, flatten, groupByTop } from './flatten.ts';
import type { LocalFileMetadata } from './metadata.ts';
import { readSecretsFile } from './read-file.ts';

interface Content {
  readonly secrets: ReadonlyMap<string, SecretData>;
  readonly all: BulkSecretData;
}

/** Holds the whole file, flattened, from `init` on. Answers are shared between calls and must not be changed. */
export class LocalFileStore implements SecretStore<LocalFileMetadata> {
  #path = '';
  #multiValued = false;
  /** Undefined before `init` and after `close`. */
  #content: Content | undefined;

  async init({ metadata, dialect, logger }: InitContext<LocalFileMetadata>, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const { collidingPaths, multiValuedScalars, reportOpenPermissions } = dialect.localFile;
    const root = await readSecretsFile(metadata.secretsFile, {
      signal,
      reportOpenPermissions: reportOpenPermissions ? logger : undefined,
    });
    const rules = { separator: metadata.nestedSeparator || ':', collidingPaths };
    try {
      const values = metadata.multiValued
        ? groupByTop(root, { ...rules, scalars: multiValuedScalars })
        : new Map([...flatten(root, rules)].map(([name, value]) => [name, secretTable([[name, value]])]));
      this.#content = {
        secrets: new Map([...values].map(([name, data]) => [name, { data }])),
        all: { data: secretTable(values) },
      };
    } catch (cause) {
      if (!(cause instanceof CollidingPaths)) throw cause;
      throw new SecretStoreError('invalid_argument', `${metadata.secretsFile}: ${cause.message}`, {
        operation: 'init',
        hint: `rename one of them, or set nestedSeparator to something other than "${rules.separator}"`,
        cause,
      });
    }
    this.#path = metadata.secretsFile;
    this.#multiValued = metadata.multiValued;
  }

  async get({ name }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    throwIfAborted(signal);
    const secret = this.#open('get').secrets.get(name);
    if (secret === undefined)
      throw new SecretStoreError('not_found', `secret ${name} not found`, { operation: 'get', secret: name });
    return secret;
  }

  async bulkGet(_request: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    throwIfAborted(signal);
    return this.#open('bulkGet').all;
  }

  async *list(_request: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    throwIfAborted(signal);
    yield [...this.#open('list').secrets.keys()];
  }

  /** The file is still there and readable. */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    await access(this.#path, constants.R_OK).catch((cause) => {
      throw new SecretStoreError('unavailable', `${this.#path} can no longer be read`, { operation: 'ping', cause });
    });
  }

  features(): readonly Feature[] {
    return this.#multiValued ? [Feature.multipleKeyValuesPerSecret, Feature.list, Feature.ping] : [Feature.list, Feature.ping];
  }

  async close(): Promise<void> {
    this.#content = undefined;
  }

  /** A store that is closed must not say that a secret does not exist. */
  #open(operation: string): Content {
    if (this.#content) return this.#content;
    throw new SecretStoreError('unavailable', 'the store is closed', { operation });
  }
}
