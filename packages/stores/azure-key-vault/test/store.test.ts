import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { cofferDialect, strictDialect } from '@coffer/core';
import type { SecretStoreError } from '@coffer/core/driver';
import { answer, cutOff, hang, malformed } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { AzureKeyVaultStore } from '../src/store.ts';
import { calls, openStore, startVault } from './vault.ts';

const VERSION = 'aaaabbbbccccddddeeeeffff00001111';
const MISSING = /^A secret with \(name\/id\) missing was not found in this key vault\. /;

describe('secretstores.azure.keyvault: get', () => {
  it('A25, A26, A27, A34: the current version, or the one asked for; no value is an empty one', async () => {
    await using started = await startVault();
    started.vault.set('s', 'old', { version: VERSION });
    const current = started.vault.set('s', 'new');
    started.vault.set('nul', undefined);
    const { store, get } = await openStore(started);
    expect(await get('s')).toEqual({ s: 'new' });
    expect(await get('s', { version_id: VERSION })).toEqual({ s: 'old' });
    expect(await get('s', { version_id: '' })).toEqual({ s: 'new' });
    expect(await get('s', { version: '2', VERSION_ID: VERSION })).toEqual({ s: 'new' });
    expect(await get('nul')).toEqual({ nul: '' });
    expect(await store.get({ name: 's', metadata: {} })).toMatchObject({ version: current });
    expect(calls(started).slice(0, 2)).toEqual(['/secrets/s/', `/secrets/s/${VERSION}`]);
  });

  it('is keyed by the name that was asked for: names ignore case there', async () => {
    await using started = await startVault();
    started.vault.set('Shop-DB', 'x');
    const { get } = await openStore(started);
    expect(await get('shop-db')).toEqual({ 'shop-db': 'x' });
  });

  it('tells missing, disabled, denied and refused names apart', async () => {
    await using started = await startVault();
    started.vault.set('off', 'x', { enabled: false });
    started.vault.set('gone', 'x');
    started.vault.delete('gone');
    started.vault.deny((_, name) => name === 'denied');
    const { get } = await openStore(started);
    await expect(get('missing')).rejects.toMatchObject({ code: 'not_found', detail: expect.stringMatching(MISSING) });
    await expect(get('missing', { version_id: 'nope' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(get('gone')).rejects.toMatchObject({ code: 'not_found' });
    await expect(get('off')).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: 'Operation get is not allowed on a disabled secret.',
      hint: 'enable the secret, or ask for a version that is enabled',
    });
    await expect(get('denied')).rejects.toMatchObject({
      code: 'permission_denied',
      hint: expect.stringContaining('Microsoft.KeyVault/vaults/secrets/getSecret/action'),
    });
    for (const name of ['a_b', 'a.b', 'a b', 'a/b', '你', 'a%2Fb', 'a?b', 'a#b', '\udcff', 'n'.repeat(1024), '🦊']) {
      await expect(get(name)).rejects.toMatchObject({
        code: 'invalid_argument',
        detail: expect.stringContaining('invalid name'),
      });
    }
  });

  it('reads no other path than that of a secret, whatever the name and the version are', async () => {
    await using started = await startVault();
    started.vault.set('s', 'x');
    const { get } = await openStore(started);
    for (const name of ['.', '..', '']) await expect(get(name)).rejects.toMatchObject({ code: 'invalid_argument' });
    for (const version_id of ['.', '..', 'versions', 'Versions']) {
      await expect(get('s', { version_id })).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    expect(started.vault.requests).toEqual([]);
    await expect(get('s', { version_id: '../other' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(get('s', { version_id: 'a?api-version=1&x' })).rejects.toMatchObject({ code: 'not_found' });
    expect(calls(started)).toEqual(['/secrets/s/..%2Fother', '/secrets/s/a%3Fapi-version%3D1%26x']);
  });

  it('takes prototype-shaped names', async () => {
    await using started = await startVault();
    started.vault.set('constructor', 'x');
    const { store } = await openStore(started);
    const { data } = await store.get({ name: 'constructor', metadata: {} });
    expect(Object.entries(data ?? {})).toEqual([['constructor', 'x']]);
  });

  it('gives expired secrets and those of the future as Key Vault does, and says so once a version', async () => {
    await using started = await startVault();
    const now = Math.floor(Date.now() / 1000);
    started.vault.set('old', 'x', { exp: now - 60, version: VERSION });
    started.vault.set('early', 'y', { nbf: now + 3600, exp: now + 7200, version: VERSION });
    const { store, get, log } = await openStore(started);
    for (let i = 0; i < 2; i++) expect([await get('old'), await get('early')]).toEqual([{ old: 'x' }, { early: 'y' }]);
    expect((await store.get({ name: 'old', metadata: {} })).expiresAt).toBe((now - 60) * 1000);
    expect(log).toEqual([
      `secret old/${VERSION} expired on ${new Date((now - 60) * 1000).toISOString()}; its value is given all the same`,
      `secret early/${VERSION} is not valid before ${new Date((now + 3600) * 1000).toISOString()}; its value is given all the same`,
    ]);
  });
});

describe('secretstores.azure.keyvault: bulk', () => {
  async function sixty() {
    const started = await startVault();
    for (let i = 0; i < 60; i++) started.vault.set(`n${String(i).padStart(2, '0')}`, `v${i}`);
    return started;
  }

  it('A28, A33: every enabled secret of every page, ten requests at a time', async () => {
    await using started = await sixty();
    started.vault.set('off', 'x', { enabled: false });
    started.vault.delay = 100;
    const { bulk } = await openStore(started);
    const all = await bulk({ version_id: VERSION });
    expect(Object.keys(all)).toHaveLength(60);
    expect(all.n59).toEqual({ n59: 'v59' });
    expect(started.vault.requests).toHaveLength(3 + 60);
    expect(started.vault.mostInFlight).toBeGreaterThan(1);
    expect(started.vault.mostInFlight).toBeLessThanOrEqual(10);
  });

  it('A28: leaves out entries without attributes', async () => {
    await using started = await startVault();
    started.vault.set('s', 'x');
    started.vault.set('bare', 'x', { isBare: true });
    for (const dialect of [cofferDialect, strictDialect]) {
      expect(await (await openStore(started, { dialect })).bulk()).toEqual({ s: { s: 'x' } });
    }
  });

  it('A29, A30, A31, A32: maxresults counts secrets; the strict dialect gives whole pages', async () => {
    await using started = await sixty();
    started.vault.set('n00', 'x', { enabled: false });
    const { bulk } = await openStore(started);
    expect(Object.keys(await bulk({ maxresults: '2' })).toSorted()).toEqual(['n01', 'n02']);
    expect(calls(started).filter((call) => call.startsWith('/secrets?'))[0]).toBe('/secrets?maxresults=2');
    expect(Object.keys(await bulk({ maxresults: '26' }))).toHaveLength(26);
    for (const maxresults of ['0', '-1', '']) expect(Object.keys(await bulk({ maxresults }))).toHaveLength(59);
    expect(Object.keys(await bulk({ maxResults: '2' }))).toHaveLength(59);
    await expect(bulk({ maxresults: 'abc' })).rejects.toMatchObject({
      code: 'invalid_argument',
      detail: 'strconv.Atoi: parsing "abc": invalid syntax',
    });
    await expect(bulk({ maxresults: '9223372036854775808' })).rejects.toMatchObject({
      detail: 'strconv.Atoi: parsing "9223372036854775808": value out of range',
    });
    const strict = await openStore(started, { dialect: strictDialect });
    expect(Object.keys(await strict.bulk({ maxresults: '2' }))).toHaveLength(24);
    expect(Object.keys(await strict.bulk({ maxresults: '24' }))).toHaveLength(24);
    expect(Object.keys(await strict.bulk({ maxresults: '25' }))).toHaveLength(49);
  });

  it('leaves out the secrets of certificates; the strict dialect gives them', async () => {
    await using started = await startVault();
    started.vault.set('cert', 'pfx', { managed: true, contentType: 'application/x-pkcs12' });
    started.vault.set('s', 'x');
    const { bulk, list, get } = await openStore(started);
    expect(await bulk()).toEqual({ s: { s: 'x' } });
    expect(await list()).toEqual([['s']]);
    expect(await get('cert')).toEqual({ cert: 'pfx' });
    const strict = await openStore(started, { dialect: strictDialect });
    expect(Object.keys(await strict.bulk()).toSorted()).toEqual(['cert', 's']);
  });

  it('leaves out a secret that is deleted meanwhile; the strict dialect fails', async () => {
    await using started = await startVault();
    started.vault.set('a', 'x');
    started.vault.set('b', 'x');
    const gone = { error: { code: 'SecretNotFound', message: 'gone' } };
    started.vault.inject(answer(404, {}, gone), { when: ({ path }) => path === '/secrets/a/' });
    expect(await (await openStore(started)).bulk()).toEqual({ b: { b: 'x' } });
    await expect((await openStore(started, { dialect: strictDialect })).bulk()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('names the secret that failed, and cancels the others', async () => {
    await using started = await sixty();
    started.vault.deny((action, name) => action === 'get' && name === 'n03');
    const { bulk } = await openStore(started);
    await expect(bulk()).rejects.toMatchObject({
      code: 'permission_denied',
      secret: 'n03',
      detail: expect.stringMatching(/^secret n03: Caller is not authorized/),
    });
    expect(started.vault.requests.length).toBeLessThan(20);
  });

  it('asks for no value that the caller may not have', async () => {
    await using started = await sixty();
    const { store } = await openStore(started);
    const { data } = await store.bulkGet({ metadata: {}, wanted: (name) => name === 'n30' });
    expect(Object.keys(data ?? {})).toEqual(['n30']);
    expect(calls(started).filter((call) => !call.startsWith('/secrets?') && call !== '/secrets')).toEqual(['/secrets/n30/']);
  });

  it('is empty for an empty vault', async () => {
    await using started = await startVault();
    const { bulk, list } = await openStore(started);
    expect([await bulk(), await list()]).toEqual([{}, []]);
  });
});

describe('secretstores.azure.keyvault: the store', () => {
  it('A35: announces nothing of Dapr, and can list and be pinged', () => {
    expect(new AzureKeyVaultStore().features()).toEqual(['LIST', 'PING']);
    expect(definition.features).toEqual(['LIST', 'PING']);
  });

  it('pings with a list of one; who may only get is let through', async () => {
    await using started = await startVault();
    started.vault.set('s', 'x');
    const { store } = await openStore(started);
    await store.ping();
    expect(calls(started)).toEqual(['/secrets?maxresults=1']);
    started.vault.deny((action) => action === 'list');
    await store.ping();
    await expect((await openStore(started, { audience: 'https://storage.azure.com' })).store.ping()).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('asks for nothing at start, and for one token however many reads come', async () => {
    await using started = await startVault();
    started.vault.set('s', 'x');
    const { get, asked } = await openStore(started);
    expect([asked, started.network.asked]).toEqual([[], []]);
    await Promise.all(Array.from({ length: 20 }, () => get('s')));
    expect(asked).toEqual([{ scope: 'https://vault.azure.net/.default', claims: undefined }]);
    expect(started.vault.requests).toHaveLength(20);
  });

  it.each([
    [{}, 'myvault.vault.azure.net', 'https://vault.azure.net'],
    [{ azureEnvironment: 'AZURECHINACLOUD' }, 'myvault.vault.azure.cn', 'https://vault.azure.cn'],
    [{ azureCloud: 'azureusgovernment' }, 'myvault.vault.usgovcloudapi.net', 'https://vault.usgovcloudapi.net'],
    [{ vaultName: 'https://myvault.vault.azure.cn' }, 'myvault.vault.azure.cn', 'https://vault.azure.cn'],
    [{ vaultUrl: 'https://vault.internal' }, 'vault.internal', 'https://vault.azure.net'],
    [{ vaultUri: 'https://vault.internal', azureEnvironment: 'AzureChina' }, 'vault.internal', 'https://vault.azure.cn'],
  ] as const)('%j asks %s with a token for %s', async (properties, host, audience) => {
    await using started = await startVault({ audience });
    started.vault.set('s', 'x');
    const only = 'vaultUri' in properties ? { properties: { vaultName: '', ...properties } } : { properties };
    const { get, asked } = await openStore(started, { ...only, audience });
    expect(await get('s')).toEqual({ s: 'x' });
    expect(started.network.asked).toEqual([`${host}:443`]);
    expect(asked.map(({ scope }) => scope)).toEqual([`${audience}/.default`]);
  });

  it('leaves out its own settings under the strict dialect', async () => {
    await using started = await startVault();
    started.vault.set('s', 'x');
    const properties = { vaultName: 'myvault', requestTimeout: '1ms' };
    const { get } = await openStore(started, { properties, dialect: strictDialect });
    expect(await get('s')).toEqual({ s: 'x' });
  });

  it('ends with what it has, and refuses what comes then', async () => {
    await using started = await startVault();
    const { store, get } = await openStore(started);
    await Promise.all([store.close(), store.close()]);
    await expect(get('s')).rejects.toMatchObject({ code: 'unavailable', detail: 'the store is closed' });
  });

  it('gives no value and no token away in failures and logs', async () => {
    await using started = await startVault();
    started.vault.set('s', 'SEEDED-VALUE', { exp: 1 });
    const { get, log } = await openStore(started);
    await get('s');
    started.vault.inject(malformed('{"value": "SEEDED-VALUE"'), { times: 1 });
    started.vault.inject(malformed('{"value": {"a": "SEEDED-VALUE"}}'), { times: 1 });
    started.vault.inject(malformed('["SEEDED-VALUE"]'), { times: 1 });
    started.vault.inject(cutOff('{"value": "SEEDED-VALUE'), { times: 1 });
    const said: unknown[] = [...log];
    for (let i = 0; i < 4; i++) {
      const error = await get('s').then(
        () => 'no failure',
        (cause: unknown) => cause as SecretStoreError,
      );
      expect(error).toMatchObject({ code: 'unavailable' });
      for (let at: unknown = error; at instanceof Error; at = at.cause)
        said.push(at.message, at.stack, JSON.stringify(at), inspect(at));
    }
    const text = said.join('\n');
    expect(text).not.toContain('SEEDED');
    const bearer = started.vault.requests[0]?.headers.authorization?.slice('Bearer '.length) ?? '';
    expect(bearer.length).toBeGreaterThan(100);
    expect(text).not.toContain(bearer);
  });

  it('is canceled at the socket', async () => {
    await using started = await startVault();
    started.vault.set('s', 'x');
    const { get, bulk } = await openStore(started);
    await get('s');
    started.vault.inject(hang());
    const stop = new AbortController();
    const reads = [get('s', {}, stop.signal), bulk({}, stop.signal)];
    while (started.vault.requests.length < 3) await sleep(5);
    stop.abort();
    for (const read of reads) await expect(read).rejects.toMatchObject({ code: 'canceled', detail: 'context canceled' });
    await expect(get('s', {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'canceled' });
    expect(started.vault.requests).toHaveLength(3);
  });
});
