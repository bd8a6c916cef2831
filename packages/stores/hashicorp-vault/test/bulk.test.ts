import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Coffer, cofferDialect, type Dialect, strictDialect } from '@coffer/core';
import { FakeVault } from '@coffer/fake-services/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { plain } from './open-store.ts';

const body = '{"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-vault-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Setup {
  readonly properties?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
  readonly allowed?: readonly string[];
}

/** A whole Coffer with one component: the bulk read is core's, from names and single reads. */
async function start(url: string, { properties = {}, dialect = cofferDialect, allowed }: Setup = {}) {
  const directory = mkdtempSync(join(folder, 'x-'));
  const metadata = Object.entries({ vaultAddr: url, vaultToken: 'root', ...properties }).map(([name, value]) => ({
    name,
    value,
  }));
  const component = { apiVersion: 'dapr.io/v1alpha1', kind: 'Component', metadata: { name: 'vault' } };
  const spec = { type: definition.type, version: 'v1', metadata };
  writeFileSync(join(directory, 'vault.yaml'), JSON.stringify({ ...component, spec }));
  const scopes = [{ storeName: 'vault', defaultAccess: 'deny', allowedSecrets: allowed }];
  const configuration = {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'c' },
    spec: { secrets: { scopes } },
  };
  const path = join(directory, 'configuration');
  if (allowed !== undefined) writeFileSync(path, JSON.stringify(configuration));
  const configured = allowed === undefined ? {} : { configurationFiles: [path] };
  return await Coffer.start({
    appId: 'shop',
    resourcesPaths: [directory],
    definitions: [definition],
    dialect,
    hotReload: false,
    ...configured,
  });
}

async function withMany(count: number): Promise<FakeVault> {
  const vault = await FakeVault.start();
  for (let index = 0; index < count; index++) vault.engine().put(`dapr/${index % 2 ? 'odd/' : ''}s${index}`, { v: `${index}` });
  return vault;
}

describe('bulk', () => {
  it.each([cofferDialect, strictDialect])('V38: 200 leaves, each listed and read once, ten at a time', async (dialect) => {
    await using vault = await withMany(200);
    vault.delay = 5;
    await using coffer = await start(vault.url, { dialect });
    expect(Object.keys(await coffer.getBulkSecret('vault'))).toHaveLength(200);
    expect(vault.requests).toHaveLength(202);
    expect(vault.mostInFlight).toBeGreaterThan(1);
    expect(vault.mostInFlight).toBeLessThanOrEqual(10);
    expect(vault.connections).toBeLessThanOrEqual(10);
  });

  it.each([cofferDialect, strictDialect])('V35: leaves out what lacks the version, and what is deleted', async (dialect) => {
    await using vault = await withMany(4);
    vault.engine().put('dapr/s0', { v: 'second' });
    vault.engine().delete('dapr/s2');
    await using coffer = await start(vault.url, { dialect });
    expect(plain(await coffer.getBulkSecret('vault', { metadata: { version_id: '2' } }))).toEqual({ s0: { v: 'second' } });
    const latest = { 'odd/s1': { v: '1' }, 'odd/s3': { v: '3' }, s0: { v: 'second' } };
    expect(plain(await coffer.getBulkSecret('vault'))).toEqual(latest);
  });

  it('V36: fails as a whole, and names the secret', async () => {
    await using vault = await withMany(40);
    vault.tokens.set('some', { 'secret/metadata/*': ['list'], 'secret/data/dapr/odd/*': ['read'] });
    const properties = { vaultToken: 'some' };
    await using coffer = await start(vault.url, { properties });
    await expect(coffer.getBulkSecret('vault')).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringMatching(/secret s\d+: couldn't get successful response, status code 403, body /),
      hint: expect.stringMatching(
        /^allow it in a policy of the token: path "secret\/data\/dapr\/s\d+" \{ capabilities = \["read"\] \}$/,
      ),
    });
    await using strict = await start(vault.url, { properties, dialect: strictDialect });
    await expect(strict.getBulkSecret('vault')).rejects.toMatchObject({
      message: `failed getting secrets from secret store vault: couldn't get successful response, status code 403, body ${body}\n`,
    });
  });

  it('V37: where nothing is, there are none; the strict dialect fails', async () => {
    await using vault = await FakeVault.start();
    await using coffer = await start(vault.url);
    expect(await coffer.getBulkSecret('vault')).toEqual({});
    await using strict = await start(vault.url, { dialect: strictDialect });
    await expect(strict.getBulkSecret('vault')).rejects.toThrow(
      'status code: 404, status: 404 Not Found, response {"errors":[]}\n',
    );
  });

  it('asks only for what the caller may read', async () => {
    await using vault = await withMany(6);
    await using coffer = await start(vault.url, { allowed: ['s2', 'odd/s1'] });
    expect(plain(await coffer.getBulkSecret('vault'))).toEqual({ s2: { v: '2' }, 'odd/s1': { v: '1' } });
    expect(vault.requests.filter(({ method }) => method === 'GET')).toHaveLength(2);
  });

  it('ends at the socket when the caller gives up', async () => {
    await using vault = await withMany(100);
    vault.delay = 20_000;
    await using coffer = await start(vault.url);
    const controller = new AbortController();
    const reading = coffer.getBulkSecret('vault', { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(reading).rejects.toMatchObject({ code: 'canceled' });
  });
});
