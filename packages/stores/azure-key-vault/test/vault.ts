import type { TokenCredential } from '@azure/core-auth';
import { cofferDialect, type Dialect } from '@coffer/core';
import { checkSettings, type Logger, type RequestMetadata } from '@coffer/core/driver';
import { type Authority, createAuthority } from '@coffer/fake-services';
import { FakeKeyVault, type FakeKeyVaultOptions, TokenIssuer } from '@coffer/fake-services/azure';
import { definition } from '../src/definition.ts';
import { type AzureKeyVaultDependencies, AzureKeyVaultStore } from '../src/store.ts';
import { type Network, startNetwork } from './network.ts';

export const TENANT = '11111111-2222-3333-4444-555555555555';
export const RESOURCE = 'https://vault.azure.net';

export const authority: Authority = createAuthority();
const HOSTS = ['vault.azure.net', 'vault.azure.cn', 'vault.usgovcloudapi.net'].map((suffix) => `myvault.${suffix}`);
const tls = authority.issue('vault', [...HOSTS, 'vault.internal', 'localhost', '127.0.0.1']);

export interface Started extends AsyncDisposable {
  readonly vault: FakeKeyVault;
  readonly tokens: TokenIssuer;
  readonly network: Network;
}

/** A vault over TLS, who makes its tokens, and the network in which it is `myvault` of every cloud. */
export async function startVault(options: Partial<FakeKeyVaultOptions> = {}): Promise<Started> {
  const tokens = options.tokens ?? new TokenIssuer();
  const vault = await new FakeKeyVault({ tls, ...options, tokens }).listen();
  const network = await startNetwork(new Map([...HOSTS, 'vault.internal'].map((host) => [host, vault.port])));
  return {
    vault,
    tokens,
    network,
    async [Symbol.asyncDispose]() {
      await network[Symbol.asyncDispose]();
      await vault.close();
    },
  };
}
export interface Claims {
  /** Seconds until the token ends. */
  readonly seconds?: number;
  readonly audience?: string;
  readonly tenant?: string;
}

export interface Asked {
  readonly scope: string;
  readonly claims: string | undefined;
}

/** A credential whose tokens are as it says, and what it was asked for. */
export function credentialOf(
  { tokens }: Pick<Started, 'tokens'>,
  claims: Claims = {},
): TokenCredential & { readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    async getToken(scopes: string | string[], options: { readonly claims?: string } = {}) {
      const { seconds = 3600, audience = RESOURCE, tenant = TENANT } = claims;
      asked.push({ scope: [scopes].flat().join(' '), claims: options.claims });
      const exp = Math.floor(Date.now() / 1000) + seconds;
      const token = tokens.issue({ aud: audience, iss: `https://sts.windows.net/${tenant}/`, exp, oid: String(asked.length) });
      return { token, expiresOnTimestamp: exp * 1000 };
    },
  };
}

export interface Setup extends Claims {
  readonly properties?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
  readonly dependencies?: AzureKeyVaultDependencies;
}

export interface OpenStore {
  readonly store: AzureKeyVaultStore;
  /** Lines of every level. */
  readonly log: readonly string[];
  /** Tokens that the store wanted. */
  readonly asked: readonly Asked[];
  get(name: string, metadata?: RequestMetadata, signal?: AbortSignal): Promise<unknown>;
  bulk(metadata?: RequestMetadata, signal?: AbortSignal): Promise<Record<string, unknown>>;
  list(metadata?: RequestMetadata): Promise<readonly (readonly string[])[]>;
}

export async function openStore(started: Started, setup: Setup = {}): Promise<OpenStore> {
  const { properties = {}, dialect = cofferDialect, dependencies = {}, ...claims } = setup;
  const log: string[] = [];
  const note = (message: string) => log.push(message);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const credential = credentialOf(started, claims);
  const store = new AzureKeyVaultStore({
    environment: started.network.environment,
    ca: authority.cert,
    credentialFor: async () => credential,
    ...dependencies,
  });
  const settings = 'vaultUrl' in properties ? properties : { vaultName: 'myvault', ...properties };
  const { metadata, problems } = checkSettings(definition, settings, dialect.loader.doubtfulSettings);
  const wrong = problems.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw new Error(wrong.message);
  await store.init({ component: 's', metadata, dialect, logger });
  const plain = (value: object | null) => JSON.parse(JSON.stringify(value));
  return {
    store,
    log,
    asked: credential.asked,
    get: async (name, metadata = {}, signal) => plain((await store.get({ name, metadata }, { signal })).data),
    bulk: async (metadata = {}, signal) => plain((await store.bulkGet({ metadata }, { signal })).data),
    list: async (metadata = {}) => {
      const pages: (readonly string[])[] = [];
      for await (const page of store.list({ metadata })) pages.push(page);
      return pages;
    },
  };
}

/** What was asked of the vault: method, path and query but for the API version. */
export function calls({ vault }: Started): readonly string[] {
  return vault.requests.map(({ path, query }) => {
    const rest = [...query].filter(([name]) => name !== 'api-version').map((pair) => pair.join('='));
    return rest.length === 0 ? path : `${path}?${rest.join('&')}`;
  });
}
