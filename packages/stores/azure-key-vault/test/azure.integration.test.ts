import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cofferDialect, type Dialect, strictDialect } from '@coffer/core';
import { checkSettings, forEachConcurrently, isSecretStoreError, type Logger } from '@coffer/core/driver';
import { HttpClient } from '@coffer/http-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { AzureKeyVaultStore } from '../src/store.ts';

// Against a vault, or an emulator of one, at COFFER_TEST_AZURE_VAULT_URL. Tokens come from COFFER_TEST_AZURE_AUTHORITY_HOST for the
// application of the other variables; COFFER_TEST_AZURE_CA is a file with the certificates to trust. The application may set, get,
// list and delete secrets. Managed identity is tested where COFFER_TEST_AZURE_IDENTITY_ENDPOINT and _HEADER are given.
const {
  COFFER_TEST_AZURE_VAULT_URL: vaultUrl = '',
  COFFER_TEST_AZURE_AUTHORITY_HOST: azureAuthorityHost = 'https://login.microsoftonline.com',
  COFFER_TEST_AZURE_TENANT_ID: azureTenantId = '',
  COFFER_TEST_AZURE_CLIENT_ID: azureClientId = '',
  COFFER_TEST_AZURE_CLIENT_SECRET: azureClientSecret = '',
  COFFER_TEST_AZURE_CA: caFile,
  COFFER_TEST_AZURE_IDENTITY_ENDPOINT: identityEndpoint = '',
  COFFER_TEST_AZURE_IDENTITY_HEADER: identityHeader = '',
} = process.env;
const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
const settings = { vaultUrl, azureAuthorityHost, azureTenantId, azureClientId, azureClientSecret };

const run = `coffer-${randomUUID().slice(0, 8)}`;
const MANY = 60;
const http = new HttpClient(ca === undefined ? {} : { tls: { ca } });
let token = '';
const versions: string[] = [];

/** Plain requests, which know nothing of the driver. */
async function call(method: string, path: string, body?: object): Promise<{ readonly id?: string }> {
  const url = new URL(`${path}?api-version=7.5`, vaultUrl);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await http.request({ method, url, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
  return JSON.parse(answer.body.toString());
}

async function set(name: string, value: string, attributes: object = {}): Promise<string> {
  const { id = '' } = await call('PUT', `/secrets/${run}-${name}`, { value, attributes });
  return id.split('/').at(-1) ?? '';
}

beforeAll(async () => {
  if (vaultUrl === '') throw new Error('COFFER_TEST_AZURE_VAULT_URL names no vault: npm run test:backends says how');
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: azureClientId,
    client_secret: azureClientSecret,
    scope: 'https://vault.azure.net/.default',
  });
  const url = new URL(`/${azureTenantId}/oauth2/v2.0/token`, azureAuthorityHost);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  token = JSON.parse((await http.request({ method: 'POST', url, headers, body: form.toString() })).body.toString()).access_token;
  const now = Math.floor(Date.now() / 1000);
  versions.push(await set('s', 'old'), await set('s', 'grüß Gott 🔑'));
  await set('off', 'x', { enabled: false });
  await set('soon', 'x', { exp: now + 3600 });
  await set('gone', 'x');
  await call('DELETE', `/secrets/${run}-gone`);
  const numbers = Array.from({ length: MANY }, (_, number) => `n${String(number).padStart(2, '0')}`);
  await forEachConcurrently(numbers, async (name) => void (await set(name, `value of ${name}`)));
});

afterAll(async () => {
  const names = ['s', 'off', 'soon', ...Array.from({ length: MANY }, (_, number) => `n${String(number).padStart(2, '0')}`)];
  await forEachConcurrently(names, async (name) => void (await call('DELETE', `/secrets/${run}-${name}`)));
  http.close();
});

interface Setup {
  readonly properties?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
}

async function open({ properties = settings, environment = {}, dialect = cofferDialect }: Setup = {}) {
  const log: string[] = [];
  const note = (message: string) => void log.push(message);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const store = new AzureKeyVaultStore({ environment, ca });
  const { metadata } = checkSettings(definition, properties, 'refused');
  await store.init({ component: 's', metadata, dialect, logger });
  const get = async (name: string, metadata = {}) =>
    (await store.get({ name: `${run}-${name}`, metadata })).data?.[`${run}-${name}`];
  const own = (name: string) => name.startsWith(`${run}-`);
  return { store, get, own, log };
}

describe('secretstores.azure.keyvault against a vault', () => {
  it('reads the current version, and the one asked for', async () => {
    const { store, get } = await open();
    expect(await get('s')).toBe('grüß Gott 🔑');
    expect(await get('s', { version_id: versions[0] })).toBe('old');
    expect((await store.get({ name: `${run}-s`, metadata: {} })).version).toBe(versions[1]);
    const { expiresAt = 0 } = await store.get({ name: `${run}-soon`, metadata: {} });
    expect(expiresAt - Date.now()).toBeGreaterThan(3_000_000);
  });

  it('tells missing, deleted and disabled secrets apart', async () => {
    const { get } = await open();
    for (const name of ['missing', 'gone']) await expect(get(name)).rejects.toMatchObject({ code: 'not_found' });
    await expect(get('s', { version_id: '0123456789abcdef0123456789abcdef' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(get('off')).rejects.toMatchObject({ code: 'failed_precondition' });
  });

  it('gives every enabled secret of every page', async () => {
    const { store, own } = await open();
    const { data } = await store.bulkGet({ metadata: {}, wanted: own });
    const names = Object.keys(data ?? {});
    expect(names).toHaveLength(MANY + 2);
    expect(names).not.toContain(`${run}-off`);
    expect(data?.[`${run}-n59`]).toEqual({ [`${run}-n59`]: 'value of n59' });
  });

  it('counts to maxresults', async () => {
    const { store } = await open();
    for (const maxresults of ['3', '26']) {
      const { data } = await store.bulkGet({ metadata: { maxresults } });
      expect(Object.keys(data ?? {})).toHaveLength(Number(maxresults));
    }
  });

  it('pings', async () => {
    await (await open()).store.ping();
  });

  it('refuses a wrong client secret, and a wrong tenant', async () => {
    for (const wrong of [{ azureClientSecret: 'wrong' }, { azureTenantId: randomUUID() }]) {
      const { get } = await open({ properties: { ...settings, ...wrong } });
      const error = await get('s').catch((cause: unknown) => cause);
      expect(isSecretStoreError(error) && error.code).toBe('unauthenticated');
    }
  });

  it('lays a failure out as the reference does, under the strict dialect', async () => {
    const azureKeyVault = { ...strictDialect.azureKeyVault, ownSettings: true };
    const { get } = await open({ dialect: { ...strictDialect, azureKeyVault } });
    const { origin } = new URL(vaultUrl);
    const start = `GET ${origin}/secrets/${run}-missing/\n${'-'.repeat(80)}\nRESPONSE 404: 404 Not Found\nERROR CODE: SecretNotFound\n`;
    await expect(get('missing')).rejects.toMatchObject({ detail: expect.stringContaining(start) });
  });

  it('reads by managed identity', async (context) => {
    if (identityEndpoint === '') return context.skip('COFFER_TEST_AZURE_IDENTITY_ENDPOINT is not given');
    const environment = { IDENTITY_ENDPOINT: identityEndpoint, IDENTITY_HEADER: identityHeader };
    const { get } = await open({ properties: { vaultUrl, azureAuthMethods: 'managedidentity' }, environment });
    expect(await get('s')).toBe('grüß Gott 🔑');
    const refused = await open({
      properties: { vaultUrl, azureAuthMethods: 'managedidentity' },
      environment: { ...environment, IDENTITY_HEADER: 'wrong' },
    });
    await expect(refused.get('s')).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
