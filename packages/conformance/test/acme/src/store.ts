import { isUtf8 } from 'node:buffer';
import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  type GetManyData,
  type GetManyRequest,
  type GetRequest,
  type InitContext,
  type ListRequest,
  type SecretChange,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretTable,
  throwIfAborted,
  type WatchRequest,
} from '@coffer/core/driver';
import { AcmeClient } from './client.ts';
import { FEATURES } from './features.ts';
import type { AcmeMetadata } from './metadata.ts';

const BATCH = 20;

/** Everything as the contract has it. */
export class AcmeStore implements SecretStore<AcmeMetadata> {
  client: AcmeClient | undefined;
  readonly closing: AbortController = new AbortController();

  async init({ metadata }: InitContext<AcmeMetadata>, { signal }: CallOptions = {}): Promise<void> {
    if (this.client !== undefined) throw new SecretStoreError('failed_precondition', 'the store is initialised already');
    throwIfAborted(signal);
    this.client = new AcmeClient(metadata.url, metadata.token, metadata.requestTimeout);
    await this.call('/health', 'init', signal);
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    throwIfAborted(signal);
    const query = queryOf({ version: metadata.version_id, environment: metadata.environment });
    return secretOf(await this.call(`/secrets/${segmentOf(name)}${query}`, 'get', signal));
  }

  async bulkGet({ metadata, wanted = () => true }: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    const data: SecretTable<SecretValues | null> = secretTable([]);
    for await (const page of this.list({ metadata }, { signal })) {
      const { found, failed } = await this.getMany({ names: page.filter(wanted), metadata }, { signal });
      for (const [name, failure] of Object.entries(failed)) {
        // Removed since it was listed.
        if (failure.code !== 'not_found')
          throw new SecretStoreError(failure.code, failure.detail, { secret: name, cause: failure });
      }
      for (const [name, secret] of Object.entries(found)) data[name] = secret.data;
    }
    return { data };
  }

  async *list({ metadata }: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    const { environment, prefix } = metadata;
    const seen = new Set<string>();
    for (let page = ''; ; ) {
      const answer = await this.call(`/secrets${queryOf({ page, environment, prefix })}`, 'list', signal);
      yield answer.names as string[];
      page = typeof answer.next === 'string' ? answer.next : '';
      if (page === '') return;
      if (seen.has(page)) throw new SecretStoreError('unavailable', 'acme gave the same page twice', { operation: 'list' });
      seen.add(page);
    }
  }

  async getMany({ names, metadata }: GetManyRequest, { signal }: CallOptions = {}): Promise<GetManyData> {
    throwIfAborted(signal);
    const path = `/batch${queryOf({ environment: metadata.environment })}`;
    const found: SecretTable<SecretData> = secretTable([]);
    const failed: SecretTable<SecretStoreError> = secretTable([]);
    for (let from = 0; from < names.length; from += BATCH) {
      const asked = names.slice(from, from + BATCH);
      const answer = await this.call(path, 'getMany', signal, { names: asked });
      for (const secret of answer.found as Record<string, unknown>[]) found[String(secret.name)] = secretOf(secret);
      for (const name of asked) {
        if (name in found) continue;
        failed[name] = (answer.denied as string[]).includes(name)
          ? new SecretStoreError('permission_denied', `secret ${name} may not be read`, { secret: name })
          : new SecretStoreError('not_found', `secret ${name} not found`, { secret: name });
      }
    }
    return { found, failed };
  }

  async ping({ signal }: CallOptions = {}): Promise<void> {
    await this.call('/health', 'ping', signal);
  }

  async *watch({ names }: WatchRequest, { signal }: CallOptions = {}): AsyncIterable<SecretChange> {
    let { next } = await this.call('/changes', 'watch', signal);
    for (;;) {
      const answer = await this.call(`/changes?since=${next}`, 'watch', signal);
      next = answer.next;
      for (const change of answer.changes as SecretChange[]) if (names?.includes(change.name) ?? true) yield change;
    }
  }

  features(): readonly string[] {
    return FEATURES;
  }

  async close(): Promise<void> {
    this.closing.abort(new SecretStoreError('canceled', 'the store is closed'));
    this.client?.http.close();
  }

  async call(path: string, operation: string, signal?: AbortSignal, body?: object): Promise<Record<string, unknown>> {
    const { client } = this;
    if (client === undefined) throw new SecretStoreError('failed_precondition', 'the store is not initialised', { operation });
    if (this.closing.signal.aborted) throw new SecretStoreError('canceled', 'the store is closed', { operation });
    const both = signal === undefined ? this.closing.signal : AbortSignal.any([signal, this.closing.signal]);
    return await client.call({ path, ...(body === undefined ? {} : { method: 'POST', body }) }, operation, both);
  }
}

/** The name as one segment of a path. Whatever is done to `.` and `..`, an address takes them for steps. */
export function segmentOf(name: string): string {
  if (!name.isWellFormed() || name === '.' || name === '..') {
    throw new SecretStoreError('invalid_argument', 'acme has no secrets of such names', { operation: 'get' });
  }
  return encodeURIComponent(name);
}

/** What is given and not empty, with its question mark. */
function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) => (value ? [`${name}=${encodeURIComponent(value)}`] : []));
  return given.length === 0 ? '' : `?${given.join('&')}`;
}

export function secretOf(answer: Record<string, unknown>): SecretData {
  const { name, version, values, bytes, expires } = answer;
  const data =
    typeof bytes === 'string'
      ? secretTable([[String(name), textOf(bytes)]])
      : secretTable(Object.entries(values as Record<string, string>));
  return { data, version: String(version), expiresAt: Date.parse(String(expires)) };
}

/** Bytes are text when they are UTF-8, else their base64. */
function textOf(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  return isUtf8(bytes) ? bytes.toString() : base64;
}
