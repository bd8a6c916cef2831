import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Coffer, cofferDialect } from '@coffer/core';
import { checkSettings, type Logger } from '@coffer/core/driver';
import { answer, type FakeService } from '@coffer/fake-services';
import { type FakeDirectory, startFakeAppService, startFakeEntra, startFakeImds } from '@coffer/fake-services/azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../../src/definition.ts';
import { AzureKeyVaultStore } from '../../src/store.ts';
import { authority, type Started, startVault } from '../vault.ts';
import { CLIENT, directoryOf, SECRET, SYSTEM, TENANT, USER } from './setup.ts';

const HEADER = 'made-up-identity-header';
const tls = authority.issue('localhost', ['localhost', '127.0.0.1']);

/** Where an application runs: who gives it tokens, and the variables that say so. */
interface Place extends AsyncDisposable {
  readonly service: FakeService;
  readonly environment: Readonly<Record<string, string>>;
  /** Names of a user-assigned identity in the query. */
  readonly names: Readonly<Record<'clientId' | 'objectId' | 'resourceId', string>>;
  tokenRequests(): readonly string[];
}

const PLACES: Readonly<Record<string, (directory: FakeDirectory) => Promise<Place>>> = {
  async 'the metadata service'(directory) {
    const service = await startFakeImds(directory);
    return {
      service,
      environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: service.url },
      names: { clientId: 'client_id', objectId: 'object_id', resourceId: 'msi_res_id' },
      tokenRequests: () => service.requests.filter(({ search }) => search !== '').map(({ search }) => decodeURIComponent(search)),
      [Symbol.asyncDispose]: () => service.close(),
    };
  },
  async 'App Service'(directory) {
    const service = await startFakeAppService(directory, HEADER);
    return {
      service,
      environment: { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: HEADER },
      names: { clientId: 'client_id', objectId: 'principal_id', resourceId: 'mi_res_id' },
      tokenRequests: () => service.requests.map(({ search }) => decodeURIComponent(search)),
      [Symbol.asyncDispose]: () => service.close(),
    };
  },
};

interface Given {
  readonly properties?: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** The driver as a component of a file has it; whatever it logs. */
async function open(started: Started, { properties = {}, environment }: Given) {
  const log: string[] = [];
  const note = (message: string) => void log.push(message);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  // Everything but the identity endpoint is behind a proxy; HTTP_PROXY would see a request that goes astray.
  const { environment: network } = started.network;
  const all = { ...network, HTTP_PROXY: network.HTTPS_PROXY, PATH: '/nowhere', ...environment };
  const store = new AzureKeyVaultStore({ environment: all, ca: authority.cert });
  const { metadata } = checkSettings(definition, { vaultName: 'myvault', ...properties }, 'tolerated');
  await store.init({ component: 's', metadata, dialect: cofferDialect, logger });
  const get = async (name: string, signal?: AbortSignal) => ({ ...(await store.get({ name, metadata: {} }, { signal })).data });
  return { store, log, get };
}
const bearerOf = ({ vault }: Started) => vault.requests.at(-1)?.headers.authorization;

describe.each(Object.entries(PLACES))('a managed identity from %s, down to the secret', (_, start) => {
  it.each([
    ['of the machine itself', 'system', {}, SYSTEM],
    ['by client id', 'clientId', { azureClientId: USER.clientId }, USER],
    ['by object id', 'objectId', { azureManagedIdentityObjectId: USER.objectId }, USER],
    ['by resource id', 'resourceId', { azureManagedIdentityResourceId: USER.resourceId }, USER],
  ] as const)('%s', async (_, by, properties, identity) => {
    const directory = directoryOf();
    await using started = await startVault({ tokens: directory.issuer });
    started.vault.set('alpha', 'value of alpha');
    started.vault.set('beta', 'value of beta');
    await using place = await start(directory);
    const { store, get, log } = await open(started, { properties, environment: place.environment });
    try {
      expect([place.service.requests, started.vault.requests]).toEqual([[], []]);
      expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
      const [token] = directory.issued;
      expect(bearerOf(started)).toBe(`Bearer ${token}`);
      expect(directory.issuer.read(token ?? '')?.oid).toBe(identity.objectId);
      const [asked] = place.tokenRequests();
      expect(asked).toContain('resource=https://vault.azure.net');
      if (by !== 'system') expect(asked).toContain(`${place.names[by]}=${identity[by]}`);
      expect(await get('beta')).toEqual({ beta: 'value of beta' });
      expect(place.tokenRequests()).toHaveLength(1);
      expect(started.network.asked.filter((host) => !host.startsWith('myvault.'))).toEqual([]);
      expect(log).toEqual([]);
    } finally {
      await store.close();
    }
  });

  it('asks for a new token before the old one ends, and when the vault no longer takes it', async () => {
    const directory = directoryOf();
    await using started = await startVault({ tokens: directory.issuer });
    started.vault.set('alpha', 'value of alpha');
    await using place = await start(directory);
    const { store, get } = await open(started, { environment: place.environment });
    try {
      // Good for less than what a token must have left: every read needs another.
      directory.lifetime = 5;
      for (const _ of [1, 2, 3]) expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
      expect([
        place.tokenRequests().length,
        new Set(started.vault.requests.map(({ headers }) => headers.authorization)).size,
      ]).toEqual([3, 3]);
      directory.lifetime = 3600;
      await get('alpha');
      await get('alpha');
      expect(place.tokenRequests()).toHaveLength(4);
      started.vault.inject(
        answer(401, { 'www-authenticate': 'Bearer error="invalid_token"' }, { error: { code: 'Unauthorized' } }),
        {
          times: 1,
        },
      );
      expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
      expect(place.tokenRequests()).toHaveLength(5);
    } finally {
      await store.close();
    }
  });

  it('one token for many reads at once', async () => {
    const directory = directoryOf();
    await using started = await startVault({ tokens: directory.issuer });
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    for (const name of names) started.vault.set(name, `value of ${name}`);
    await using place = await start(directory);
    const { store, get } = await open(started, { environment: place.environment });
    try {
      await Promise.all(names.map((name) => get(name)));
      expect(place.tokenRequests()).toHaveLength(1);
    } finally {
      await store.close();
    }
  });

  it('whatever fails holds no token, header or secret', async () => {
    const directory = directoryOf();
    directory.system = undefined;
    await using started = await startVault({ tokens: directory.issuer });
    await using place = await start(directory);
    const { store, get, log } = await open(started, { environment: place.environment });
    try {
      const failure: unknown = await get('alpha').catch((cause) => cause);
      expect(failure).toMatchObject({ code: 'unauthenticated', hint: expect.any(String) });
      const shown = `${inspect(failure, { depth: 20, showHidden: true })}${JSON.stringify(failure)}${log.join()}`;
      for (const secret of [HEADER, ...directory.issued]) expect(shown).not.toContain(secret);
      expect(started.vault.requests).toEqual([]);
    } finally {
      await store.close();
    }
  });
});

describe('the client secret of a component file, down to the secret', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'azure-component-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('through a proxy, by the authority that the settings name', async () => {
    const directory = directoryOf();
    await using started = await startVault({ tokens: directory.issuer });
    started.vault.set('alpha', 'value of alpha');
    await using entra = await startFakeEntra(directory, { tls });
    const properties = {
      ...{ azureTenantId: TENANT, azureClientId: CLIENT, azureClientSecret: SECRET },
      azureAuthorityHost: `https://localhost:${entra.port}`,
    };
    const { store, get } = await open(started, { properties, environment: {} });
    try {
      expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
      expect(directory.issuer.read(directory.issued[0] ?? '')?.appid).toBe(CLIENT);
    } finally {
      await store.close();
    }
  });

  it('a component fails alone: the others serve', async () => {
    const component = (name: string, settings: Readonly<Record<string, string>>) =>
      [
        ...['apiVersion: dapr.io/v1alpha1', 'kind: Component', 'metadata:', `  name: ${name}`, 'spec:'],
        ...['  type: secretstores.azure.keyvault', '  version: v1', '  ignoreErrors: true', '  metadata:'],
        ...Object.entries({ vaultName: 'myvault', ...settings }).map(([key, value]) => `  - {name: ${key}, value: "${value}"}`),
      ].join('\n');
    const files = {
      broken: { azureTenantId: TENANT, azureClientId: CLIENT, azureCertificateFile: '/nowhere/shop.pem' },
      doubtful: { azureClientSecret: SECRET },
      good: { azureTenantId: TENANT, azureClientId: CLIENT, azureClientSecret: SECRET },
    };
    for (const [name, settings] of Object.entries(files)) writeFileSync(join(folder, `${name}.yaml`), component(name, settings));
    const lines: string[] = [];
    const note = (message: string) => void lines.push(message);
    const coffer = await Coffer.start({
      appId: 'shop',
      resourcesPaths: [folder],
      definitions: [definition],
      loggerFor: () => ({ debug: note, info: note, warn: note, error: note }),
    });
    try {
      expect([...coffer.components().map(({ name }) => name)]).toEqual(['good']);
      expect(lines.join('\n')).toContain('failed to read the certificate file (/nowhere/shop.pem)');
      expect(lines.join('\n')).toContain('setting azureClientSecret needs azureTenantId and azureClientId');
      expect(lines.join('\n')).not.toContain(SECRET);
    } finally {
      await coffer.close();
    }
  });
});
