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
  type SecretValues,
  secretTable,
  throwIfAborted,
} from '@coffer/core/driver';
import { AccessTokens } from './access-tokens.ts';
import { addressOf, addressProblems } from './address.ts';
import type { CredentialSource } from './credential-source.ts';
import { storeError } from './errors.ts';
import { maxResultsOf } from './max-results.ts';
import type { AzureKeyVaultMetadata } from './metadata.ts';
import { type AzureTransport, createTransport, type TransportOptions } from './transport.ts';
import { PAGE, VaultClient } from './vault-client.ts';
import { VaultFailure } from './vault-failure.ts';
import type { ReadSecret } from './wire.ts';

/** What a store finds around it; a test gives its own. */
export interface AzureKeyVaultDependencies extends Pick<Partial<TransportOptions>, 'environment' | 'ca'> {
  readonly credentialFor?: CredentialSource;
}

interface Open {
  readonly client: VaultClient;
  readonly tokens: AccessTokens;
  readonly transport: AzureTransport;
  readonly dialect: DriverDialect['azureKeyVault'];
  readonly logger: Logger;
}

const DEFAULT_TIMEOUT = 30_000;
/** Reads of a bulk at a time. The next page of the list is the tenth request. */
const MOST_READS = 9;
/** Secrets whose dates have been reported, at most. */
const MOST_REPORTED = 1000;

/** Secrets of a Key Vault, asked for on every call. */
export class AzureKeyVaultStore implements SecretStore<AzureKeyVaultMetadata> {
  readonly #dependencies: AzureKeyVaultDependencies;
  /** Versions that are past their end, or before their beginning, and have been reported. */
  readonly #reported = new Set<string>();
  #open: Open | undefined;

  constructor(dependencies: AzureKeyVaultDependencies = {}) {
    this.#dependencies = dependencies;
  }

  /** Makes the credential; neither the vault nor anybody else is asked. */
  async init(context: InitContext<AzureKeyVaultMetadata>, { signal }: CallOptions = {}): Promise<void> {
    const { logger } = context;
    const dialect = context.dialect.azureKeyVault;
    const metadata = dialect.ownSettings ? context.metadata : withoutOwn(context.metadata);
    const address = addressOf(metadata);
    if (address === undefined) throw refusalOf(metadata);
    const { environment = process.env, ca, credentialFor = await ownCredentials() } = this.#dependencies;
    const timeout = metadata.requestTimeout > 0 ? metadata.requestTimeout : DEFAULT_TIMEOUT;
    const transport = createTransport({ environment, timeout, ca });
    const { url, cloud } = address;
    const create = () => credentialFor({ metadata, cloud, dialect, logger, environment, transport });
    try {
      const credential = await create();
      throwIfAborted(signal);
      const onTrouble = (cause: unknown) => logger.warn(`replacing the access token failed: ${wordsOf(cause, dialect)}`);
      const tokens = new AccessTokens({ scope: cloud.scope, credential, create, onTrouble });
      const client = new VaultClient({ http: transport.vault, url, tokens, timeout });
      this.#open = { client, tokens, transport, dialect, logger };
    } catch (cause) {
      transport.close();
      throw storeError(cause, 'init', dialect);
    }
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    const { client, dialect } = this.#opened();
    const version = metadata.version_id ?? '';
    refuseDetour(name, version);
    try {
      const secret = await client.get(name, version, signal);
      this.#reportDates(name, secret);
      const data = secretTable<string>();
      data[name] = secret.value ?? '';
      const { version: read, expires } = secret;
      return { data, ...(read ? { version: read } : {}), ...(expires === undefined ? {} : { expiresAt: expires }) };
    } catch (cause) {
      throw storeError(cause, 'get', dialect);
    }
  }

  /** The list and a read for each: the service has no call for several. */
  async bulkGet({ metadata, wanted = () => true }: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    const { dialect } = this.#opened();
    const data = secretTable<SecretValues | null>();
    const list = (stop: AbortSignal) => this.list({ metadata }, { signal: stop });
    async function* names(stop: AbortSignal): AsyncGenerator<string> {
      for await (const page of ahead(list(stop))) yield* page.filter(wanted);
    }
    const read = async (name: string, options: CallOptions) => {
      try {
        data[name] = (await this.get({ name, metadata: {} }, options)).data;
      } catch (cause) {
        const error = storeError(cause, 'get', dialect);
        if (error.code !== 'not_found' || dialect.vanishedSecrets === 'error') throw bulkError(name, error, dialect);
      }
    };
    await forEachConcurrently(names, read, { limit: MOST_READS, signal });
    return { data };
  }

  /** The names of all that can be read: enabled secrets. */
  async *list({ metadata }: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    const { client, dialect } = this.#opened();
    const most = maxResultsOf(metadata.maxresults) ?? Number.POSITIVE_INFINITY;
    const isExact = dialect.maxResults === 'exact';
    let count = 0;
    try {
      for await (const page of client.pages(isExact ? most : PAGE, signal)) {
        const readable = page.filter(
          ({ enabled, isManaged }) => enabled === true && !(isManaged && dialect.managedSecrets === 'left_out'),
        );
        const names = readable.slice(0, isExact ? most - count : undefined).map(({ name }) => name);
        count += names.length;
        if (names.length > 0) yield names;
        if (count >= most) return;
      }
    } catch (cause) {
      throw storeError(cause, 'list', dialect);
    }
  }

  /** A list of one. A vault that knows the caller and does not let it list has answered too. */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    const { client, dialect } = this.#opened();
    try {
      for await (const _ of client.pages(1, signal)) return;
    } catch (cause) {
      if (cause instanceof VaultFailure && isRefusedAction(cause)) return;
      throw storeError(cause, 'ping', dialect);
    }
  }

  features(): readonly Feature[] {
    return [Feature.list, Feature.ping];
  }

  async close(): Promise<void> {
    this.#open?.tokens.close();
    this.#open?.transport.close();
    this.#open = undefined;
  }

  #opened(): Open {
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'the store is closed');
    return this.#open;
  }

  /** Key Vault gives the values all the same: the dates are for the reader. */
  #reportDates(name: string, { version = '', notBefore, expires }: ReadSecret): void {
    const now = Date.now();
    const isOver = expires !== undefined && expires <= now;
    if (!isOver && (notBefore === undefined || notBefore <= now)) return;
    const which = `${name}/${version}`;
    if (this.#reported.has(which) || this.#reported.size >= MOST_REPORTED) return;
    this.#reported.add(which);
    const what = isOver ? `expired on ${dateOf(expires)}` : `is not valid before ${dateOf(notBefore as number)}`;
    this.#opened().logger.warn(`secret ${which} ${what}; its value is given all the same`);
  }
}

async function ownCredentials(): Promise<CredentialSource> {
  return (await import('./credentials/index.ts')).credentialFor;
}

function withoutOwn(metadata: AzureKeyVaultMetadata): AzureKeyVaultMetadata {
  return { ...metadata, vaultUrl: undefined, azureAuthorityHost: undefined, requestTimeout: DEFAULT_TIMEOUT };
}

function refusalOf(metadata: AzureKeyVaultMetadata): SecretStoreError {
  const [problem] = addressProblems(metadata);
  const { message = 'the settings give no address', hint } = problem ?? {};
  return new SecretStoreError('invalid_argument', message, { operation: 'init', hint });
}

function wordsOf(cause: unknown, dialect: DriverDialect['azureKeyVault']): string {
  return storeError(cause, 'get', dialect).detail;
}

/** The same items, each asked for when the one before is given away. */
async function* ahead<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (let { done, value } = await next; !done; { done, value } = await next) {
      next = iterator.next();
      // Whoever asks for the next one is told when it failed.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

function bulkError(name: string, error: SecretStoreError, dialect: DriverDialect['azureKeyVault']): SecretStoreError {
  const { code, detail, retryable, hint } = error;
  const said = dialect.namesFailedSecret ? `secret ${name}: ${detail}` : detail;
  return new SecretStoreError(code, said, { operation: 'bulkGet', secret: name, retryable, hint, cause: error });
}

/** Names and versions that would be the path of something else, in the words of the vault for those that it refuses. */
function refuseDetour(name: string, version: string): void {
  if (name === '' || name === '.' || name === '..') {
    throw new SecretStoreError('invalid_argument', `The request URI contains an invalid name: ${name}`, { operation: 'get' });
  }
  if (version === '.' || version === '..' || version.toLowerCase() === 'versions') {
    throw new SecretStoreError('invalid_argument', `The request URI contains an invalid version: ${version}`, {
      operation: 'get',
    });
  }
}

function isRefusedAction({ status, innerCode }: VaultFailure): boolean {
  return status === 403 && /^(AccessDenied|ForbiddenByPolicy|ForbiddenByRbac)$/.test(innerCode);
}

function dateOf(time: number): string {
  return new Date(time).toISOString();
}
