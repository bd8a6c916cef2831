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
  type SecretData,
  type SecretStore,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretTable,
  throwIfAborted,
} from '@coffer/core/driver';
import { connect, type HuaweiDependencies } from './connect.ts';
import type { Csms } from './csms.ts';
import { storeError } from './errors.ts';
import type { HuaweiMetadata } from './metadata.ts';
import { ServiceFailure } from './service-failure.ts';

interface Open {
  readonly csms: Csms;
  readonly dialect: DriverDialect['huaweicloudCsms'];
}

/** The service's word for the newest version. */
const LATEST = 'latest';

/** Secrets of one project of Huawei Cloud, asked for on every call. */
export class HuaweiCsmsStore implements SecretStore<HuaweiMetadata> {
  readonly #dependencies: HuaweiDependencies;
  #open: Open | undefined;

  constructor(dependencies: HuaweiDependencies = {}) {
    this.#dependencies = dependencies;
  }

  /** Finds keys and project. Without `projectId`, IAM is asked once. */
  async init({ metadata, dialect }: InitContext<HuaweiMetadata>, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const { huaweicloudCsms } = dialect;
    this.#open = { csms: await connect(metadata, huaweicloudCsms, this.#dependencies, signal), dialect: huaweicloudCsms };
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    const { csms, dialect } = this.#opened();
    const version = metadata.version_id || (dialect.defaultVersion === 'latest' ? LATEST : '');
    try {
      refuseSteps(name, version);
      const { value, id, expiresAt } = await csms.version(name, version, signal);
      return {
        data: secretTable([[name, value]]),
        ...(id === '' ? {} : { version: id }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
    } catch (cause) {
      throw storeError(cause, 'get', name);
    }
  }

  /** The latest version of every enabled secret, ten at a time, begun while the list goes on. Request metadata has no say. */
  async bulkGet({ wanted }: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    const data: SecretTable<SecretValues> = secretTable();
    const read = async (name: string, options: CallOptions): Promise<void> => {
      if (wanted?.(name) === false) return;
      const value = await this.#latest(name, options.signal);
      if (value !== undefined) data[name] = secretTable([[name, value]]);
    };
    await forEachConcurrently((given) => this.#names(given), read, { signal });
    return { data };
  }

  async *list(_request: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    yield* this.#pages('list', signal);
  }

  async ping({ signal }: CallOptions = {}): Promise<void> {
    try {
      await this.#opened().csms.ping(signal);
    } catch (cause) {
      throw storeError(cause, 'ping');
    }
  }

  features(): readonly Feature[] {
    return [Feature.list, Feature.ping];
  }

  async close(): Promise<void> {
    this.#open?.csms.close();
    this.#open = undefined;
  }

  #opened(): Open {
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'the store is not initialised');
    return this.#open;
  }

  async *#names(signal: AbortSignal): AsyncGenerator<string> {
    for await (const page of this.#pages('bulkGet', signal)) yield* page;
  }

  async *#pages(operation: 'bulkGet' | 'list', signal: AbortSignal | undefined): AsyncGenerator<readonly string[]> {
    const { csms, dialect } = this.#opened();
    try {
      for await (const page of csms.secrets(signal)) {
        const readable = page.filter(({ isEnabled }) => isEnabled || dialect.disabledSecrets === 'error');
        if (readable.length > 0) yield readable.map(({ name }) => name);
      }
    } catch (cause) {
      throw storeError(cause, operation);
    }
  }

  /** Undefined for a secret that is gone since it was listed, if such are left out. */
  async #latest(name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { csms, dialect } = this.#opened();
    try {
      refuseSteps(name);
      return (await csms.version(name, LATEST, signal)).value;
    } catch (cause) {
      const isGone = cause instanceof ServiceFailure && cause.code === 'not_found';
      if (isGone && dialect.vanishedSecrets === 'left_out') return undefined;
      throw storeError(cause, 'bulkGet', name, dialect.namesFailedSecret ? `secret ${name}: ` : '');
    }
  }
}

/** Refuses what escaping does not keep in its place: a step of a path that is empty or leads elsewhere. */
function refuseSteps(name: string, version = LATEST): void {
  const isPlain = name !== '' && ![name, version].some((step) => step === '.' || step === '..');
  if (isPlain) return;
  const detail = name === '' ? 'the name of the secret is empty' : 'neither a secret nor a version can be called . or ..';
  throw new SecretStoreError('invalid_argument', detail);
}
