import { randomBytes } from 'node:crypto';
import { strictDialect } from '@coffer/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Setup } from './open-store.ts';

const { COFFER_TEST_VAULT_ADDR: url = '', COFFER_TEST_VAULT_TOKEN: rootToken = '' } = process.env;
/** Mounts of this run, so that it can share a server. */
const run = `coffer-${randomBytes(4).toString('hex')}`;
const [v2, v1, namespace] = [`${run}/two`, `${run}/one`, `${run}-space`];

interface AdminOptions {
  readonly method?: string;
  readonly body?: object | string;
  readonly namespace?: string;
}
async function admin(path: string, { method = 'POST', body = {}, namespace }: AdminOptions = {}): Promise<unknown> {
  const headers = { 'x-vault-token': rootToken, ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }) };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}/v1/${path}`, { method, headers, body: text });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : await response.json();
}
const write = (name: string, data: object | string, mount = v2) => {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return admin(`${mount}${mount === v2 ? '/data' : ''}/dapr/${name.split('/').map(encodeURIComponent).join('/')}`, {
    body: mount === v2 ? `{"data":${text}}` : text,
  });
};
const open = (properties: Setup['properties'] = {}, setup: Setup = {}) =>
  openStore(url, { ...setup, properties: { vaultToken: rootToken, enginePath: v2, ...properties } });
/** A token with this policy. */
async function tokenWith(policy: string, rules: string): Promise<string> {
  await admin(`sys/policies/acl/${policy}`, { body: { policy: rules } });
  const { auth } = (await admin('auth/token/create', { body: { policies: [policy], ttl: '10m' } })) as {
    auth: { client_token: string };
  };
  return auth.client_token;
}

const NAMES = ['app', 'dot.name', 'h#x', 'pc%41', 'q?x', 'semi;x=1', 'sp ace', 'team/app', 'team/deep/er', 'ünï', '__proto__'];

beforeAll(async () => {
  await admin(`sys/mounts/${v2}`, { body: { type: 'kv', options: { version: '2' } } });
  await admin(`sys/mounts/${v1}`, { body: { type: 'kv', options: { version: '1' } } });
  // A new engine of version 2 is not ready at once.
  for (let attempt = 0; ; attempt++) {
    try {
      await write('ready', {});
      break;
    } catch (cause) {
      if (attempt === 50) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  for (const name of NAMES) await write(name, { name });
  for (const v of ['one', 'two', 'three']) await write('versions', { v });
  for (const v of ['one', 'two', 'three']) await write('gone', { v });
  await admin(`${v2}/destroy/dapr/gone`, { body: { versions: [1] } });
  await admin(`${v2}/delete/dapr/gone`, { body: { versions: [3] } });
  await write('app', { name: 'app of version 1' }, v1);
});

afterAll(async () => {
  const made = [`sys/mounts/${v2}`, `sys/mounts/${v1}`, `sys/namespaces/${namespace}`];
  const policies = [run, `${run}-wrapped`].map((name) => `sys/policies/acl/${name}`);
  for (const path of [...made, ...policies]) await admin(path, { method: 'DELETE' });
});

describe('OpenBao', () => {
  it('V23, V26, V27: gives secrets of every name, and lists them', async () => {
    const { get, list } = await open();
    for (const name of NAMES) expect(await get(name)).toEqual({ name });
    expect(await list()).toEqual(expect.arrayContaining([...NAMES, 'gone', 'versions']));
  });

  it('V29: keeps what is no text as the server sends it: engines of version 2 keep numbers as doubles', async () => {
    const numbers = '{"n":12345678901234567890,"f":1.50,"t":true,"no":null,"s":"x"}';
    await write('kinds', numbers);
    await write('kinds', numbers, v1);
    const kinds = { t: 'true', no: '', s: 'x' };
    expect(await (await open()).get('kinds')).toEqual({ ...kinds, n: '12345678901234567000', f: '1.5' });
    const first = { enginePath: v1, engineVersion: '1' };
    expect(await (await open(first)).get('kinds')).toEqual({ ...kinds, n: '12345678901234567890', f: '1.50' });
    const text = await (await open({ ...first, vaultValueType: 'text' })).get('kinds');
    expect(text).toEqual({ kinds: '{"f":1.50,"n":12345678901234567890,"no":null,"s":"x","t":true}' });
  });

  it('V25: tells versions, and what became of them', async () => {
    const { store, get, failure } = await open();
    expect(await store.get({ name: 'versions', metadata: {} })).toMatchObject({ version: '3' });
    expect(await get('versions', { version_id: '1' })).toEqual({ v: 'one' });
    expect(await get('gone', { version_id: '2' })).toEqual({ v: 'two' });
    expect(await failure('gone')).toMatchObject({
      code: 'not_found',
      hint: expect.stringMatching(/^version 3 was deleted at 2/),
    });
    expect(await failure('gone', { version_id: '1' })).toMatchObject({
      code: 'not_found',
      hint: expect.stringMatching(/^version 1 is destroyed/),
    });
    expect((await failure('versions', { version_id: '9' })).hint).toBeUndefined();
    await admin(`${v2}/metadata/dapr/expiring`, { body: { delete_version_after: '1h' } });
    await write('expiring', { v: 'x' });
    const { expiresAt = 0 } = await store.get({ name: 'expiring', metadata: {} });
    expect(Math.abs(expiresAt - Date.now() - 3_600_000)).toBeLessThan(120_000);
  });

  it('V31, V37: tells missing secrets, engines and folders apart', async () => {
    const detail = 'getSecret missing failed secret key or version not exist';
    expect(await (await open()).failure('missing')).toMatchObject({ code: 'not_found', detail });
    const wrong = { code: 'failed_precondition', detail };
    expect(await (await open({ enginePath: `${run}/nope` })).failure('missing')).toMatchObject(wrong);
    const other = await open({ enginePath: v1 });
    expect(await other.failure('missing')).toMatchObject({
      ...wrong,
      hint: 'the KV engine is of version 1: set engineVersion to 1',
    });
    await expect(other.list()).rejects.toMatchObject({ code: 'failed_precondition' });
    expect(await (await open({ vaultKVPrefix: 'nothing' })).list()).toEqual([]);
  });

  it('an engine of version 1', async () => {
    const { get, list, failure, store } = await open({ enginePath: v1, engineVersion: '1' });
    expect(await get('app')).toEqual({ name: 'app of version 1' });
    expect(await list()).toContain('app');
    expect(await failure('missing')).toMatchObject({ code: 'not_found' });
    await store.ping();
  });

  it('V32: tells a policy that refuses from a token that is unknown; a ping needs any access', async () => {
    const token = await tokenWith(run, `path "${v2}/data/dapr/app" { capabilities = ["read"] }`);
    const { get, failure, list, store } = await open({ vaultToken: token });
    expect(await get('app')).toEqual({ name: 'app' });
    await store.ping();
    expect(await failure('versions')).toMatchObject({
      code: 'permission_denied',
      hint: `allow it in a policy of the token: path "${v2}/data/dapr/versions" { capabilities = ["read"] }`,
    });
    await expect(list()).rejects.toMatchObject({ code: 'permission_denied' });
    const unknown = await open({ vaultToken: 'unknown' });
    expect(await unknown.failure('app')).toMatchObject({ code: 'unauthenticated' });
    await expect(unknown.store.ping()).rejects.toMatchObject({ code: 'unauthenticated' });
    const elsewhere = await open({ vaultToken: token, enginePath: v1 });
    await expect(elsewhere.store.ping()).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('names that lead elsewhere are the server’s too', async () => {
    const { failure } = await open();
    expect(await failure('%2e%2e/app')).toMatchObject({ code: 'not_found' });
    expect(await failure('app/')).toMatchObject({ code: 'not_found', hint: 'a name has no slash at its end' });
    expect((await (await open({}, { dialect: strictDialect })).failure('app/')).detail).toContain('could not find version data');
  });

  it('wrapped answers', async () => {
    const rules = `path "${v2}/data/dapr/app" { capabilities = ["read"]\n min_wrapping_ttl = "10s"\n max_wrapping_ttl = "60s" }`;
    const vaultToken = await tokenWith(`${run}-wrapped`, rules);
    // A policy demands that the client asks for it.
    expect(await (await open({ vaultToken })).failure('app')).toMatchObject({ code: 'permission_denied' });
    expect(await (await open({ vaultToken, vaultWrapTTL: '30s' })).get('app')).toEqual({ name: 'app' });
    const everything = await open({ vaultWrapTTL: '30s' });
    expect(await everything.list()).toContain('team/app');
    await everything.store.ping();
  });

  it('a namespace', async () => {
    await admin(`sys/namespaces/${namespace}`);
    await admin('sys/mounts/kv', { body: { type: 'kv', options: { version: '1' } }, namespace });
    await admin('kv/dapr/app', { body: { a: 'in the namespace' }, namespace });
    const { get, store } = await open({ vaultNamespace: namespace, enginePath: 'kv', engineVersion: '1' });
    expect(await get('app')).toEqual({ a: 'in the namespace' });
    await store.ping();
    const none = await open({ vaultNamespace: `${run}-nope` });
    expect(await none.failure('app')).toMatchObject({ code: 'failed_precondition' });
  });

  it('V38: many secrets', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `many/${index % 6}/s${index}`);
    await Promise.all(names.map((name) => write(name, { name })));
    const { list, get } = await open({ vaultKVPrefix: 'dapr/many' });
    const listed = await list();
    expect(listed).toHaveLength(60);
    for (const name of await Promise.all(listed.map(async (name) => await get(name)))) expect(name).toBeTruthy();
  });
});
