import type { SecretValueEntry } from '@aws-sdk/client-secrets-manager';
import { connectAws } from '@coffer/aws-client';
import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  type DriverDialect,
  Feature,
  type GetManyData,
  type GetManyRequest,
  type GetRequest,
  type InitContext,
  isSecretStoreError,
  type ListRequest,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  secretTable,
} from '@coffer/core/driver';
import { BulkReader } from './bulk.ts';
import { explained, withoutValue } from './errors.ts';
import { ManyReader } from './many.ts';
import { type SecretsManagerMetadata, trimmed } from './metadata.ts';
import { listNames, type Selection } from './names.ts';
import { type PurposeOptions, Service } from './service.ts';
import { type SecretContent, valuesOf } from './values.ts';
import { type Version, versionOf } from './version.ts';

/** What a store finds around it; a test gives its own. */
export interface SecretsManagerDependencies {
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

interface Open {
  readonly service: Service;
  readonly dialect: Pick<DriverDialect, 'aws' | 'awsSecretsManager'>;
  readonly multiple: boolean;
  readonly selection: Selection;
  readonly many: ManyReader;
  readonly bulk: BulkReader;
}

/** Secrets of one region of one account, asked for on every call. */
export class SecretsManagerStore implements SecretStore<SecretsManagerMetadata> {
  readonly #dependencies: SecretsManagerDependencies;
  #open: Open | undefined;

  constructor(dependencies: SecretsManagerDependencies = {}) {
    this.#dependencies = dependencies;
  }

  /** Finds region and credentials; the service is not asked. */
  async init(context: InitContext<SecretsManagerMetadata>, { signal }: CallOptions = {}): Promise<void> {
    const { dialect, logger, propertyNames } = context;
    const isAliased = dialect.awsSecretsManager.awsRegion === 'used';
    const metadata = isAliased ? context.metadata : { ...context.metadata, awsRegion: undefined };
    const about = { metadata, dialect, logger, ...(propertyNames && { propertyNames }), ...this.#dependencies };
    const service = await Service.over(await connectAws(about, { signal }));
    const own: Partial<SecretsManagerMetadata> = dialect.aws.ownSettings ? metadata : {};
    const selection = { names: trimmed(own.secretNames), prefixes: trimmed(own.namePrefixes) };
    const multiple = metadata.multipleKeyValuesPerSecret;
    const dataOf = (entry: SecretValueEntry, name: string, purpose: PurposeOptions) => this.#dataOf(entry, name, purpose);
    const readOne = (name: string, version: Version, purpose: PurposeOptions) => this.#read(name, version, purpose);
    const many = new ManyReader({ service, logger, readOne, dataOf });
    const unreadable = own.unreadableSecrets ?? 'fail';
    const bulk = new BulkReader({ service, many, selection, unreadable, dialect, logger, dataOf });
    this.#open = { service, dialect, multiple, selection, many, bulk };
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    const { dialect } = this.#opened();
    const version = versionOf(metadata, dialect.awsSecretsManager.emptyVersions);
    return await this.#read(name, version, { as: 'get', secret: name, signal });
  }

  /** Versions of several secrets are read one by one: a batch knows none. */
  async getMany({ names, metadata }: GetManyRequest, { signal }: CallOptions = {}): Promise<GetManyData> {
    const { dialect, many } = this.#opened();
    const data: GetManyData = { found: secretTable(), failed: secretTable() };
    const version = versionOf(metadata, dialect.awsSecretsManager.emptyVersions);
    const tell = (name: string, outcome: SecretData | SecretStoreError) => {
      if (isSecretStoreError(outcome)) data.failed[name] = outcome;
      else data.found[name] = outcome;
    };
    await many.read([[...new Set(names)]], tell, { as: 'getMany', version, signal });
    return data;
  }

  /** Versions that the request names are ignored, as by the reference: they are of one secret. */
  async bulkGet({ wanted }: BulkGetRequest, options: CallOptions = {}): Promise<BulkSecretData> {
    return { data: await this.#opened().bulk.read({ ...(wanted && { wanted }) }, options) };
  }

  async *list(_: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    const { service, selection } = this.#opened();
    yield* listNames(service, selection, { as: 'list', signal });
  }

  /** Who may not list has been recognised all the same. */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    try {
      await this.#opened().service.list({ MaxResults: 1 }, { as: 'ping', signal });
    } catch (cause) {
      if (!isSecretStoreError(cause) || cause.code !== 'permission_denied') throw cause;
    }
  }

  features(): readonly Feature[] {
    const own = [Feature.list, Feature.getMany, Feature.ping];
    return this.#open?.multiple ? [Feature.multipleKeyValuesPerSecret, ...own] : own;
  }

  async close(): Promise<void> {
    this.#open?.service.close();
    this.#open = undefined;
  }

  #opened(): Open {
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'the store is closed');
    return this.#open;
  }

  async #read(name: string, version: Version, purpose: PurposeOptions): Promise<SecretData> {
    try {
      const content = await this.#opened().service.get({ SecretId: name.toWellFormed(), ...version }, purpose);
      return this.#dataOf(content, name, purpose);
    } catch (cause) {
      throw isSecretStoreError(cause) ? explained(cause) : cause;
    }
  }

  #dataOf(
    content: SecretContent & Pick<SecretValueEntry, 'Name' | 'VersionId'>,
    name: string,
    purpose: PurposeOptions,
  ): SecretData {
    const { multiple, dialect } = this.#opened();
    const key = dialect.aws.valueKey === 'returned' ? (content.Name ?? name) : name;
    const data = valuesOf(content, { key, multiple, dialect: dialect.awsSecretsManager });
    if (data === undefined) throw withoutValue(purpose);
    return { data, ...(content.VersionId === undefined ? {} : { version: content.VersionId }) };
  }
}
