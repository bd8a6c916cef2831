import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  type DriverDialect,
  type ErrorCode,
  Feature,
  forEachConcurrently,
  type GetManyData,
  type GetManyRequest,
  type GetRequest,
  type InitContext,
  isSecretStoreError,
  type ListRequest,
  type RequestMetadata,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretTable,
  throwIfAborted,
} from '@coffer/core/driver';
import { isJsonObject, type TlsSettings } from '@coffer/http-client';
import type { OosClient } from './client.ts';
import { connect } from './connect.ts';
import { BULK, GET, storeError } from './errors.ts';
import type { AlicloudMetadata } from './metadata.ts';
import { byPath } from './pages.ts';
import { dataOf, type Parameter, parameterOf, parametersOf, withoutValue } from './parameter.ts';
import { parameterVersion } from './version.ts';

/** What a store finds around it; a test gives its own. */
export interface AlicloudDependencies {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly tls?: TlsSettings;
  /** Where the service is reached, under every dialect; its own name is still sent and signed. */
  readonly address?: URL;
  /** Where STS is reached. */
  readonly stsAddress?: URL;
  /** Where the metadata service of an ECS instance is. */
  readonly metadataAddress?: URL;
}

interface Open {
  readonly client: OosClient;
  readonly dialect: DriverDialect['alicloudParameterStore'];
  /** Of bulk reads and lists that name none. */
  readonly path: string;
}

/** Names that one GetSecretParameters takes. */
const BATCH = 10;
/** Answers to a call for many that a call for one may better: no right to it, or a name that spoils it. */
const NARROWER: ReadonlySet<ErrorCode> = new Set(['permission_denied', 'invalid_argument']);
/** Answers of a service that takes the credentials. */
const ANSWERS: ReadonlySet<ErrorCode> = new Set(['not_found', 'permission_denied']);

/** Encrypted parameters of one region, asked for on every call. */
export class AlicloudParameterStore implements SecretStore<AlicloudMetadata> {
  readonly #dependencies: AlicloudDependencies;
  #open: Open | undefined;

  constructor(dependencies: AlicloudDependencies = {}) {
    this.#dependencies = dependencies;
  }

  /** Finds the credentials, and gets them where they are given out. The service itself is not asked. */
  async init(context: InitContext<AlicloudMetadata>, options: CallOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    const { alicloudParameterStore: dialect } = context.dialect;
    try {
      const client = await connect(context, this.#dependencies, options);
      this.#open = { client, dialect, path: dialect.ownSettings ? context.metadata.path : '/' };
    } catch (cause) {
      throw storeError(cause, '', 'init');
    }
  }

  async get({ name, metadata }: GetRequest, options: CallOptions = {}): Promise<SecretData> {
    const version = parameterVersion(metadata.version_id);
    return await this.#read(name, version, 'get', options);
  }

  /** Ten names a call; one name a call when a version is asked for. */
  async getMany({ names, metadata }: GetManyRequest, options: CallOptions = {}): Promise<GetManyData> {
    const version = parameterVersion(metadata.version_id);
    const found: SecretTable<SecretData> = secretTable();
    const failed: SecretTable<SecretStoreError> = secretTable();
    const readOne = async (name: string, given: CallOptions) => {
      try {
        found[name] = await this.#read(name, version, 'getMany', given);
      } catch (cause) {
        if (!isSecretStoreError(cause) || !isAboutSecret(cause.code)) throw cause;
        failed[name] = cause;
      }
    };
    const readBatch = async (batch: readonly string[], given: CallOptions) => {
      const parameters = await this.#readBatch(batch, given);
      for (const name of batch) {
        const parameter = parameters?.get(name);
        if (parameters === undefined) await readOne(name, given);
        else if (parameter === undefined) failed[name] = missing(name);
        else if (parameter.value === undefined) failed[name] = storeError(withoutValue(name), GET, 'getMany', name);
        else found[name] = dataOf(name, parameter);
      }
    };
    const unique = [...new Set(names)].filter((name) => name.isWellFormed());
    for (const name of names) if (!name.isWellFormed()) failed[name] = notText(name, 'getMany');
    if (version === undefined) await forEachConcurrently(batchesOf(unique), readBatch, options);
    else await forEachConcurrently(unique, readOne, options);
    return { found, failed };
  }

  /** Values come with the pages, ten to a page, each asked for with the token of the one before. */
  async bulkGet({ metadata, wanted }: BulkGetRequest, options: CallOptions = {}): Promise<BulkSecretData> {
    const data: SecretTable<SecretValues> = secretTable();
    const { client } = this.#opened();
    try {
      for await (const page of byPath(client, this.#path(metadata), true, options)) {
        for (const { name, value } of page) {
          if (name === undefined || wanted?.(name) === false) continue;
          if (value === undefined) throw withoutValue(name);
          data[name] = secretTable([[name, value]]);
        }
      }
    } catch (cause) {
      throw storeError(cause, BULK, 'bulkGet', isSecretStoreError(cause) ? cause.secret : undefined);
    }
    return { data };
  }

  /** Names alone: nothing is decrypted. */
  async *list({ metadata }: ListRequest, options: CallOptions = {}): AsyncIterable<readonly string[]> {
    const { client } = this.#opened();
    try {
      for await (const page of byPath(client, this.#path(metadata), false, options)) {
        yield page.flatMap(({ name }) => (name === undefined ? [] : [name]));
      }
    } catch (cause) {
      throw storeError(cause, BULK, 'list');
    }
  }

  /** Asks for a parameter that need not be there, nor be allowed to be read: any answer of the service will do. */
  async ping(options: CallOptions = {}): Promise<void> {
    const { client } = this.#opened();
    try {
      await client.call('GetSecretParameter', { Name: 'coffer-ping', WithDecryption: 'false' }, options);
    } catch (cause) {
      const failure = storeError(cause, '', 'ping');
      if (!ANSWERS.has(failure.code)) throw failure;
    }
  }

  features(): readonly Feature[] {
    return [Feature.list, Feature.getMany, Feature.ping];
  }

  async close(): Promise<void> {
    this.#open?.client.close();
    this.#open = undefined;
  }

  #opened(): Open {
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'the store is closed');
    return this.#open;
  }

  #path({ path }: RequestMetadata): string {
    return path ?? this.#opened().path;
  }

  /** No data when the service answers without a parameter. */
  async #read(name: string, version: string | undefined, operation: string, options: CallOptions): Promise<SecretData> {
    const { client, dialect } = this.#opened();
    if (!name.isWellFormed()) throw notText(name, operation);
    const asked = { Name: name, ...(version === undefined ? {} : { ParameterVersion: version }), WithDecryption: 'true' };
    try {
      const { Parameter: fields } = await client.call('GetSecretParameter', asked, options);
      if (!isJsonObject(fields)) return { data: secretTable() };
      const parameter = parameterOf(fields);
      return dataOf(dialect.valueKey === 'requested' ? name : (parameter.name ?? name), parameter);
    } catch (cause) {
      throw storeError(cause, GET, operation, name);
    }
  }

  /** By name; undefined when they are to be asked for one by one. */
  async #readBatch(names: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, Parameter> | undefined> {
    const { client } = this.#opened();
    try {
      const answer = await client.call('GetSecretParameters', { Names: JSON.stringify(names), WithDecryption: 'true' }, options);
      return new Map(parametersOf(answer).map((parameter) => [parameter.name ?? '', parameter]));
    } catch (cause) {
      const failure = storeError(cause, GET, 'getMany');
      if (NARROWER.has(failure.code)) return undefined;
      throw failure;
    }
  }
}

function isAboutSecret(code: ErrorCode): boolean {
  return code === 'not_found' || code === 'failed_precondition' || NARROWER.has(code);
}

function* batchesOf(names: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < names.length; at += BATCH) yield names.slice(at, at + BATCH);
}

/** The service would take replacement characters for what is no text, and they may be the name of another parameter. */
function notText(name: string, operation: string): SecretStoreError {
  const detail = `${GET}the name of a parameter is UTF-8 text`;
  return new SecretStoreError('invalid_argument', detail, { operation, secret: name });
}

function missing(name: string): SecretStoreError {
  const detail = `${GET}EntityNotExists.Parameter: parameter ${name} is not among those that the service gave`;
  return new SecretStoreError('not_found', detail, { operation: 'getMany', secret: name, hint: 'check name and regionId' });
}
