import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  type DriverDialect,
  Feature,
  forEachConcurrently,
  type GetRequest,
  type InitContext,
  type ListRequest,
  type RequestMetadata,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  type SecretValues,
  secretTable,
  throwIfAborted,
} from '@coffer/core/driver';
import type { SsmClient } from './client.ts';
import { connect, type TencentSsmDependencies } from './connect.ts';
import { storeError } from './errors.ts';
import type { TencentSsmMetadata } from './metadata.ts';
import { listOne, readNewest, readVersion, type SecretVersion, secretNames } from './secrets.ts';

export type { TencentSsmDependencies } from './connect.ts';

type Dialect = DriverDialect['tencentcloudSsm'];

interface Open {
  readonly client: SsmClient;
  readonly dialect: Dialect;
}

/** Secrets of one region, asked for on every call. */
export class TencentSsmStore implements SecretStore<TencentSsmMetadata> {
  readonly #dependencies: TencentSsmDependencies;
  #open: Open | undefined;

  constructor(dependencies: TencentSsmDependencies = {}) {
    this.#dependencies = dependencies;
  }

  async init(
    { metadata, dialect: { tencentcloudSsm: dialect } }: InitContext<TencentSsmMetadata>,
    options: CallOptions = {},
  ): Promise<void> {
    throwIfAborted(options.signal);
    try {
      const client = await connect(metadata, dialect, this.#dependencies, options.signal);
      this.#open?.client.close();
      this.#open = { client, dialect };
    } catch (cause) {
      throw storeError(cause, 'init');
    }
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    const { client, dialect } = this.#opened();
    const version = versionOf(metadata, dialect);
    refuseNoName(name, version);
    const isResolved = version === '' && dialect.missingVersion === 'newest';
    try {
      const read = isResolved ? await readNewest(client, name, signal) : await readVersion(client, name, version, signal);
      const data =
        dialect.bookkeeping === 'included' ? referenceData(read, dialect) : secretTable([[name, valueIn(read, dialect)]]);
      return { data, ...(read.version ? { version: read.version } : {}) };
    } catch (cause) {
      throw storeError(cause, 'get', name);
    }
  }

  /** The list and a read or two for each: the service has no call for several. */
  async bulkGet({ metadata, wanted = () => true }: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    const { dialect } = this.#opened();
    const data = secretTable<SecretValues | null>();
    // A secret without the version that was asked for is not one that has vanished.
    const mayVanish = dialect.vanishedSecrets === 'left_out' && versionOf(metadata, dialect) === '';
    const list = (stop: AbortSignal) => this.list({ metadata }, { signal: stop });
    async function* names(stop: AbortSignal): AsyncGenerator<string> {
      for await (const page of list(stop)) yield* page.filter(wanted);
    }
    const read = async (name: string, options: CallOptions) => {
      try {
        data[name] = (await this.get({ name, metadata }, options)).data;
      } catch (cause) {
        const error = storeError(cause, 'get', name);
        if (error.code !== 'not_found' || !mayVanish) throw bulkError(name, error, dialect);
      }
    };
    await forEachConcurrently(names, read, { signal });
    return { data };
  }

  /** The names of enabled secrets that users define. */
  async *list(_request: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    const { client } = this.#opened();
    try {
      yield* secretNames(client, signal);
    } catch (cause) {
      throw storeError(cause, 'list');
    }
  }

  /** A list of one. A service that knows the caller and does not let it list has answered too. */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    const { client } = this.#opened();
    try {
      await listOne(client, signal);
    } catch (cause) {
      const error = storeError(cause, 'ping');
      if (error.code !== 'permission_denied') throw error;
    }
  }

  features(): readonly Feature[] {
    return [Feature.list, Feature.ping];
  }

  async close(): Promise<void> {
    this.#open?.client.close();
    this.#open = undefined;
  }

  #opened(): Open {
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'the store is closed');
    return this.#open;
  }
}

/** What is no text would arrive as another name. */
function refuseNoName(name: string, version: string): void {
  const wrong =
    name === '' ? 'secret name is empty' : [name, version].every((text) => text.isWellFormed()) ? '' : 'secret name is not UTF-8';
  if (wrong !== '') throw new SecretStoreError('invalid_argument', wrong, { operation: 'get' });
}

/** Empty when the caller names none. */
function versionOf({ VersionID, version_id }: RequestMetadata, { versionKeys }: Dialect): string {
  return (versionKeys === 'both' ? VersionID || version_id : VersionID) ?? '';
}

/** Text as it is, bytes as the base64 that the service gives. A secret of text may come with an empty binary value beside it. */
function valueIn({ text, binary }: SecretVersion, { chosenValue }: Dialect): string {
  return (chosenValue === 'non_empty' ? binary || text : (binary ?? text)) ?? '';
}

/** With the two keys beside the value that the reference puts there, in the order in which they replace each other. */
function referenceData(read: SecretVersion, dialect: Dialect): SecretValues {
  const { name, text, binary, requestId } = read;
  const data = secretTable<string>();
  if (binary !== undefined) data.SecretValueType = '20';
  else if (text !== undefined) data.SecretValueType = '10';
  if (name !== undefined) data[name] = valueIn(read, dialect);
  if (requestId !== undefined) data.RequestID = requestId;
  return data;
}

function bulkError(name: string, error: SecretStoreError, { namesFailedSecret }: Dialect): SecretStoreError {
  const { code, detail, retryable, hint } = error;
  const said = namesFailedSecret ? `secret ${name}: ${detail}` : detail;
  return new SecretStoreError(code, said, { operation: 'bulkGet', secret: name, retryable, hint, cause: error });
}
