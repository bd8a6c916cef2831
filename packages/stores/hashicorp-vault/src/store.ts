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
  type SecretValues,
  secretStoreErrorFrom,
  secretTable,
  throwIfAborted,
} from '@coffer/core/driver';
import { FollowedTls, HttpClient } from '@coffer/http-client';
import { keysOf, secretOf, valuesOf } from './answer.ts';
import { type CallContext, failureError, listError, pingError, readError, saysMissing } from './errors.ts';
import { pagesOfNames } from './folders.ts';
import { HttpVaultApi } from './http-vault-api.ts';
import { KvPaths, versionQuery } from './kv.ts';
import type { VaultMetadata } from './metadata.ts';
import { VaultSession } from './session.ts';
import { type Settings, settingsOf } from './settings.ts';
import { announceTls, hasTlsFiles, readTls } from './tls.ts';
import { givenToken } from './tokens.ts';
import type { VaultAnswer } from './vault-api.ts';

/** What a store finds around it; a test gives its own. */
export interface VaultDependencies {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds, from any moment on. */
  readonly now?: () => number;
}

interface Open {
  readonly session: VaultSession;
  readonly settings: Settings;
  readonly paths: KvPaths;
  readonly dialect: DriverDialect['hashicorpVault'];
}

/** How often a call is tried when the server asks to come again. */
const TRIES = 4;
/** Bytes. Servers hold secrets of one MiB unless told otherwise; the rest is for folders of a hundred thousand names and more. */
const LARGEST_ANSWER = 16 * 2 ** 20;
const VERSION_1 = 'the KV engine is of version 1: set engineVersion to 1';

/** Secrets of a KV engine, asked for on every call. */
export class VaultStore implements SecretStore<VaultMetadata> {
  /** Only where a bulk read is to ask for every secret; else core reads those that the caller may have. */
  bulkGet?: (request: BulkGetRequest, options?: CallOptions) => Promise<BulkSecretData>;
  readonly #dependencies: VaultDependencies;
  #open: Open | undefined;
  /** Version of the engine as the server has it, once that was asked; empty when it did not tell. */
  #engineVersion: string | undefined;

  constructor(dependencies: VaultDependencies = {}) {
    this.#dependencies = dependencies;
  }

  /** Reads token and certificate files; the server is not asked, also not for a login. */
  async init(context: InitContext<VaultMetadata>, { signal }: CallOptions = {}): Promise<void> {
    const { metadata, logger } = context;
    const dialect = context.dialect.hashicorpVault;
    const { environment = process.env, now = () => performance.now() } = this.#dependencies;
    throwIfAborted(signal);
    const given = await givenToken(metadata, dialect, logger);
    const read = () => readTls(metadata, dialect);
    const tls = await read();
    announceTls(metadata, dialect, logger);
    const settings = settingsOf(metadata, dialect);
    const proxy = dialect.proxy === 'heeded' ? 'environment' : 'none';
    const http = new HttpClient({ tls, environment, proxy, maxResponse: LARGEST_ANSWER });
    const followed = new FollowedTls({ http, read, logger, now });
    const prepare = dialect.files === 'followed' && hasTlsFiles(metadata) ? { prepare: () => followed.follow() } : {};
    const api = new HttpVaultApi({ ...settings, ...prepare, http, tries: dialect.retries === 'some' ? TRIES : 1 });
    const tokens = given ?? (await import('./login/login.ts')).createLogin(metadata, { api, logger });
    const session = new VaultSession({ api, tokens, unwraps: dialect.wrappedAnswers === 'unwrapped', wrapTtl: settings.wrapTtl });
    this.#open = { session, settings, paths: new KvPaths(settings.engine), dialect };
    if (dialect.bulk === 'all') this.bulkGet = this.#bulkGetAll;
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    const { session, settings, paths, dialect } = this.#opened();
    const { version: engineVersion } = settings.engine;
    const version = versionQuery(metadata, engineVersion, dialect.versionId);
    const path = paths.secret(name);
    try {
      const query = version === undefined ? {} : { version };
      const answer = await session.ask({ method: 'GET', path, query }, { signal });
      if (answer.status !== 200) throw await this.#readError(answer, this.#contextOf('get', name, path), signal);
      const secret = secretOf(answer.text, engineVersion);
      return {
        data: this.#values(name, secret.data),
        ...(secret.version === undefined ? {} : { version: secret.version }),
        ...(secret.expiresAt === undefined ? {} : { expiresAt: secret.expiresAt }),
      };
    } catch (cause) {
      throw failureError(cause, { operation: 'get', name });
    }
  }

  /** Names below the prefix, those in folders with the path of their folder. */
  async *list(_: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    const pages = await pagesOfNames((folder, options) => this.#keysOf(folder, options), signal).catch((cause) => {
      throw failureError(cause, { operation: 'list', name: '' });
    });
    yield* pages;
  }

  /** Asks what kind of engine is mounted: every token that may read something there may ask that. */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    try {
      const answer = await this.#askForMount(signal);
      if (answer.status !== 200) throw pingError(answer, this.#contextOf('ping', '', this.#opened().settings.engine.mount));
    } catch (cause) {
      throw failureError(cause, { operation: 'ping', name: '' });
    }
  }

  features(): readonly Feature[] {
    const own = [Feature.list, Feature.ping];
    return this.#open?.settings.valueType === 'text' ? own : [Feature.multipleKeyValuesPerSecret, ...own];
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.session.close();
  }

  #opened(): Open {
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'the store is closed');
    return this.#open;
  }

  /** Every secret of the store. What is gone before it is read, or has no such version, is left out. */
  async #bulkGetAll({ metadata }: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    const found = new Map<string, SecretValues | null>();
    const names: string[] = [];
    for await (const page of this.list({ metadata }, { signal })) names.push(...page);
    const read = async (name: string, options: CallOptions): Promise<void> => {
      try {
        found.set(name, (await this.get({ name, metadata }, options)).data);
      } catch (cause) {
        if (secretStoreErrorFrom(cause).code !== 'not_found') throw cause;
      }
    };
    await forEachConcurrently(names, read, { signal });
    return { data: secretTable(names.flatMap((name) => (found.has(name) ? [[name, found.get(name) ?? null]] : []))) };
  }

  async #keysOf(folder: string, { signal }: CallOptions): Promise<readonly string[]> {
    const { session, paths, dialect } = this.#opened();
    const path = paths.folder(folder);
    const answer = await session.ask({ method: 'LIST', path }, { signal });
    if (answer.status === 200) return keysOf(answer.text);
    const error = listError(answer, this.#contextOf('list', folder, path));
    if (!saysMissing(answer) || dialect.emptyFolder === 'error') throw error;
    if (await this.#isVersion1(signal)) throw explained(error);
    return [];
  }

  #values(name: string, data: string | undefined): SecretValues | null {
    const { settings, dialect } = this.#opened();
    return settings.valueType === 'text' ? secretTable([[name, data ?? '']]) : valuesOf(data, dialect.nonStringValues);
  }

  async #readError(answer: VaultAnswer, context: CallContext, signal: AbortSignal | undefined): Promise<SecretStoreError> {
    const error = readError(answer, context);
    if (!saysMissing(answer) || error.hint !== undefined) return error;
    try {
      return (await this.#isVersion1(signal)) ? explained(error) : error;
    } catch {
      // The answer stands; the question was to explain it.
      throwIfAborted(signal);
      return error;
    }
  }

  /** Whether nothing is found because the engine is of the other version. It is asked once. */
  async #isVersion1(signal: AbortSignal | undefined): Promise<boolean> {
    const { settings, dialect } = this.#opened();
    if (settings.engine.version === '1' || !dialect.ownSettings) return false;
    if (this.#engineVersion === undefined) {
      const { status, json } = await this.#askForMount(signal);
      this.#engineVersion = status === 200 ? engineVersionIn(json) : '';
    }
    return this.#engineVersion === '1';
  }

  #askForMount(signal: AbortSignal | undefined): Promise<VaultAnswer> {
    const { session, settings } = this.#opened();
    const path = ['sys', 'internal', 'ui', 'mounts', ...settings.engine.mount];
    return session.ask({ method: 'GET', path }, { signal });
  }

  #contextOf(operation: string, name: string, path: readonly string[]): CallContext {
    return { operation, name, path: path.join('/'), bodies: this.#opened().dialect.failureBodies };
  }
}

function explained({ detail, operation, secret }: SecretStoreError): SecretStoreError {
  return new SecretStoreError('failed_precondition', detail, { operation, secret, hint: VERSION_1 });
}

/** `options` is null for engines that were mounted without a version, which is 1. */
function engineVersionIn(json: unknown): string {
  const { data } = (json ?? {}) as {
    readonly data?: { readonly type?: unknown; readonly options?: { readonly version?: unknown } | null };
  };
  if (data?.type !== 'kv' && data?.type !== 'generic') return '';
  return String(data.options?.version ?? '1');
}
