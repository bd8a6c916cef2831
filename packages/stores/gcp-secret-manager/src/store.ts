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
  type Logger,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretTable,
  throwIfAborted,
} from '@coffer/core/driver';
import type { TlsSettings } from '@coffer/http-client';
import type { Payload, SecretManagerClient } from './client.ts';
import { connect } from './connect.ts';
import { ACCESS, hasNoAccessibleVersion, LIST, setupError, storeError } from './errors.ts';
import type { GcpMetadata } from './metadata.ts';
import { lastOf, parentOf, versionName } from './names.ts';
import { textOfPayload } from './values.ts';

/** What a store finds around it; a test gives its own. */
export interface GcpDependencies {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly tls?: TlsSettings;
  /** Stands in for the service's own address, under every dialect. */
  readonly address?: URL;
  /** Where the firmware tells whose machine this is. */
  readonly productFile?: string;
  /** Host of the metadata server of Google's machines. */
  readonly metadataHost?: string;
}

interface Open {
  readonly client: SecretManagerClient;
  readonly dialect: DriverDialect['gcpSecretManager'];
  readonly logger: Logger;
  /** `projects/p`, or `projects/p/locations/l`. */
  readonly parent: string;
  readonly filter: string;
}

/** Secrets of one project, global ones or those of a region, asked for on every call. */
export class GcpSecretManagerStore implements SecretStore<GcpMetadata> {
  readonly #dependencies: GcpDependencies;
  /** Secrets whose binary payload has been reported. */
  readonly #reported = new Set<string>();
  #open: Open | undefined;

  constructor(dependencies: GcpDependencies = {}) {
    this.#dependencies = dependencies;
  }

  /** Finds the credentials. Nothing is asked of Google but whether this machine is one of theirs, and that only if need be. */
  async init({ metadata, dialect, logger }: InitContext<GcpMetadata>, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const { gcpSecretManager } = dialect;
    try {
      const client = await connect(metadata, gcpSecretManager, this.#dependencies, logger, signal);
      const { location = '', filter = '' } = gcpSecretManager.ownSettings ? metadata : {};
      const parent = parentOf(metadata.projectID, location);
      this.#open = { client, dialect: gcpSecretManager, logger, parent, filter };
    } catch (cause) {
      throw setupError(cause);
    }
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    const { client, dialect, parent } = this.#opened();
    if (name === '') throw new SecretStoreError('invalid_argument', 'missing secret name in request', { operation: 'get' });
    try {
      const { version_id: given = 'latest' } = metadata;
      const version = given === '' && dialect.emptyVersions === 'left_out' ? 'latest' : given;
      const payload = await client.access(versionName(parent, name, version), { signal });
      return { data: secretTable([[name, this.#textOf(name, payload)]]), version: lastOf(payload.name) };
    } catch (cause) {
      throw storeError(cause, ACCESS, 'get', name);
    }
  }

  /** The latest version of every secret, ten at a time, begun while the list goes on. */
  async bulkGet({ wanted }: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    const { dialect } = this.#opened();
    const data: SecretTable<SecretValues> = secretTable();
    const read = async (resource: string, options: CallOptions): Promise<void> => {
      const id = lastOf(resource);
      const name = dialect.bulkNames === 'full' ? resource : id;
      if (dialect.bulkNames === 'short' && wanted?.(name) === false) return;
      const text = await this.#latest(resource, id, options);
      if (text !== undefined) data[name] = secretTable([[name, text]]);
    };
    await forEachConcurrently((given) => this.#resources(given), read, { signal });
    return { data };
  }

  async *list(_request: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    const { client, parent, filter } = this.#opened();
    try {
      for await (const page of client.list(parent, filter, { signal })) yield page.map(lastOf);
    } catch (cause) {
      throw storeError(cause, LIST, 'list');
    }
  }

  async ping({ signal }: CallOptions = {}): Promise<void> {
    const { client, parent } = this.#opened();
    try {
      await client.ping(parent, { signal });
    } catch (cause) {
      throw storeError(cause, 'failed to reach secretmanager: ', 'ping');
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
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'client is not initialized');
    return this.#open;
  }

  async *#resources(signal: AbortSignal): AsyncGenerator<string> {
    const { client, parent, filter } = this.#opened();
    try {
      for await (const page of client.list(parent, filter, { signal })) yield* page;
    } catch (cause) {
      throw storeError(cause, LIST, 'bulkGet');
    }
  }

  /** Undefined for a secret that has no version to read, if such are left out. */
  async #latest(resource: string, id: string, { signal }: CallOptions): Promise<string | undefined> {
    const { client, dialect, parent } = this.#opened();
    const isFull = dialect.bulkNames === 'full';
    try {
      const version = isFull ? `${resource}/versions/latest` : versionName(parent, id, 'latest');
      return this.#textOf(id, await client.access(version, { signal }));
    } catch (cause) {
      if (dialect.withoutAccessibleVersion === 'skipped' && hasNoAccessibleVersion(cause)) return undefined;
      throw storeError(cause, isFull ? ACCESS : `secret ${id}: ${ACCESS}`, 'bulkGet', id);
    }
  }

  #textOf(name: string, { bytes }: Payload): string {
    const { dialect, logger } = this.#opened();
    return textOfPayload(bytes, dialect.binaryValues, () => {
      if (this.#reported.has(name)) return;
      this.#reported.add(name);
      logger.warn(`secret ${name} is not UTF-8 text: such values are given as base64`);
    });
  }
}
