import { strictDialect } from '@coffer/core';
import { answer, reset } from '@coffer/fake-services';
import { FakeVault } from '@coffer/fake-services/vault';
import { describe, expect, it } from 'vitest';
import { openStore, type Setup } from './open-store.ts';

const strict: Setup = { dialect: strictDialect };
const withProperties = (properties: Record<string, string>): Setup => ({ properties });

async function start() {
  const vault = await FakeVault.start();
  const secrets = vault.engine();
  secrets.put('dapr/app', { a: '1', b: 'two' });
  secrets.put('dapr/team/app', { a: 'nested path' });
  secrets.put('outside', { a: 'outside of the prefix' });
  return { vault, secrets, [Symbol.asyncDispose]: () => vault.close() };
}
const seenPaths = ({ requests }: FakeVault) => requests.map(({ method, path, search }) => `${method} ${path}${search}`);

describe('where a secret is', () => {
  it('V6, V7, V8, V23: the defaults, with both headers', async () => {
    await using fake = await start();
    const { get } = await openStore(fake.vault.url);
    expect(await get('app')).toEqual({ a: '1', b: 'two' });
    expect(seenPaths(fake.vault)).toEqual(['GET /v1/secret/data/dapr/app?version=0']);
    expect(fake.vault.requests[0]?.headers).toMatchObject({ 'x-vault-token': 'root', 'x-vault-request': 'true' });
    const defaults = (await import('../src/metadata.ts')).metadata;
    expect(defaults.vaultAddr.default).toBe('https://127.0.0.1:8200');
  });

  it.each([
    [{ vaultKVUsePrefix: 'false', vaultKVPrefix: 'dapr' }, '/v1/secret/data/app?version=0'],
    [{ vaultKVUsePrefix: '' }, '/v1/secret/data/app?version=0'],
    [{ vaultKVPrefix: 'dapr/team' }, '/v1/secret/data/dapr/team/app?version=0'],
    [{ vaultKVPrefix: '/dapr/' }, '/v1/secret/data/dapr/app?version=0'],
    [{ vaultKVPrefix: '' }, '/v1/secret/data/dapr/app?version=0'],
    [{ vaultKVPrefix: 'sp ace?x=%41' }, '/v1/secret/data/sp%20ace%3Fx%3D%2541/app?version=0'],
    [{ enginePath: 'team/kv' }, '/v1/team/kv/data/dapr/app?version=0'],
    [{ enginePath: '/kv/' }, '/v1/kv/data/dapr/app?version=0'],
    [{ enginePath: '' }, '/v1/secret/data/dapr/app?version=0'],
    [{ enginePath: 'kv', engineVersion: '1' }, '/v1/kv/dapr/app'],
  ])('V7, V9, V11, V24: %j reads %s', async (properties, path) => {
    await using vault = await FakeVault.start();
    for (const engine of ['kv', 'team/kv']) vault.engine(engine);
    const { failure } = await openStore(vault.url, withProperties(properties));
    await failure('app');
    expect(`${vault.requests[0]?.path}${vault.requests[0]?.search}`).toBe(path);
  });

  it('V10: a word that is no boolean turns the prefix off, under the strict dialect', async () => {
    await using fake = await start();
    const properties = { vaultKVUsePrefix: 'invalidSetting' };
    expect(await (await openStore(fake.vault.url, { ...strict, properties })).get('outside')).toEqual({
      a: 'outside of the prefix',
    });
    await expect(openStore(fake.vault.url, { properties })).rejects.toThrow('vaultKVUsePrefix is not a boolean');
  });

  it.each([
    ['a?b', '/v1/secret/data/dapr/a%3Fb'],
    ['h#x', '/v1/secret/data/dapr/h%23x'],
    ['pc%41', '/v1/secret/data/dapr/pc%2541'],
    ['%2e%2e/x', '/v1/secret/data/dapr/%252e%252e/x'],
    ['back\\..\\slash', '/v1/secret/data/dapr/back%5C..%5Cslash'],
    ['semi;x=1,y:z@$&+ü', '/v1/secret/data/dapr/semi%3Bx%3D1%2Cy%3Az%40%24%26%2B%C3%BC'],
    ['a..b', '/v1/secret/data/dapr/a..b'],
    ['\udcff\u{1f600}', '/v1/secret/data/dapr/%FF%F0%9F%98%80'],
    ['team/app', '/v1/secret/data/dapr/team/app'],
    ['__proto__', '/v1/secret/data/dapr/__proto__'],
    ['n'.repeat(1024), `/v1/secret/data/dapr/${'n'.repeat(1024)}`],
  ])('V26, V27: %j is sent as %s', async (name, path) => {
    await using vault = await FakeVault.start();
    for (const setup of [{}, strict]) {
      const { failure } = await openStore(vault.url, setup);
      expect(await failure(name)).toMatchObject({ code: 'not_found' });
      expect(vault.requests.find(({ path }) => path.startsWith('/v1/secret/'))?.path).toBe(path);
      vault.requests.length = 0;
    }
  });

  it.each(['..', '../outside', 'team/../../outside', '.', './app', '//app', '/app', 'team//app', '', '../../../sys/health'])(
    '%j leads out of the prefix and is not asked for',
    async (name) => {
      await using fake = await start();
      for (const setup of [{}, strict]) {
        const { failure } = await openStore(fake.vault.url, setup);
        const detail = `getSecret ${name} failed secret key or version not exist`;
        expect(await failure(name)).toMatchObject({ code: 'invalid_argument', detail, secret: name });
      }
      expect(fake.vault.requests).toEqual([]);
    },
  );

  it.each(['\ud83d', 'a\udc7fb'])('half a character is not sent as U+FFFD: %j', async (name) => {
    await using fake = await start();
    for (const setup of [{}, strict]) {
      expect(await (await openStore(fake.vault.url, setup)).failure(name)).toMatchObject({ code: 'invalid_argument' });
    }
    expect(fake.vault.requests).toEqual([]);
  });

  it.each(['a\nb', '\0', 'a\x7fb'])('%j is no name', async (name) => {
    await using fake = await start();
    const { failure } = await openStore(fake.vault.url);
    expect((await failure(name)).detail).toMatch(/^couldn't generate request: /);
    expect(fake.vault.requests).toEqual([]);
  });

  it('sends the namespace with every call, and says when there is none of that name', async () => {
    await using fake = await start();
    fake.vault.namespaces.add('team/shop');
    fake.vault.engine('team/shop/secret').put('dapr/app', { a: 'in the namespace' });
    const { get, store } = await openStore(fake.vault.url, withProperties({ vaultNamespace: '/team/shop/' }));
    expect(await get('app')).toEqual({ a: 'in the namespace' });
    await store.ping();
    expect(fake.vault.requests.map(({ headers }) => headers['x-vault-namespace'])).toEqual(['team/shop', 'team/shop']);
    const other = await openStore(fake.vault.url, withProperties({ vaultNamespace: 'nope' }));
    expect(await other.failure('app')).toMatchObject({ code: 'failed_precondition', hint: 'check vaultNamespace' });
    const none = await openStore(fake.vault.url, { ...strict, properties: { vaultNamespace: 'team/shop' } });
    expect(await none.get('app')).toEqual({ a: '1', b: 'two' });
  });
});

describe('values', () => {
  const text =
    '{"s":"x","n":1.50,"big":12345678901234567890,"t":true,"no":null,"list":[1, "a"],"o":{"z":1,"a":"<&>"},"__proto__":"p"}';

  it('V12, V28, V29: are text, null is empty, and what else there is is its JSON text', async () => {
    await using fake = await start();
    fake.secrets.put('dapr/kinds', text);
    const { store } = await openStore(fake.vault.url);
    const { data } = await store.get({ name: 'kinds', metadata: {} });
    expect(Object.entries(data ?? {})).toEqual([
      ['s', 'x'],
      ['n', '1.50'],
      ['big', '12345678901234567890'],
      ['t', 'true'],
      ['no', ''],
      ['list', '[1, "a"]'],
      ['o', '{"z":1,"a":"<&>"}'],
      ['__proto__', 'p'],
    ]);
    expect(Object.getPrototypeOf(data)).toBeNull();
  });

  it.each([
    ['{"k":1}', 'json: cannot unmarshal number into Go struct field .data.data of type string'],
    ['{"k":false}', 'json: cannot unmarshal bool into Go struct field .data.data of type string'],
    ['{"k":["a"]}', 'json: cannot unmarshal array into Go struct field .data.data of type string'],
    ['{"k":{}}', 'json: cannot unmarshal object into Go struct field .data.data of type string'],
  ])('V29: %s fails the read under the strict dialect', async (data, words) => {
    await using fake = await start();
    fake.secrets.put('dapr/kinds', data);
    const { failure } = await openStore(fake.vault.url, strict);
    expect((await failure('kinds')).detail).toBe(`couldn't decode response body: ${words}`);
  });

  it('V13, V30: as text are the source text of the secret, under its name', async () => {
    await using fake = await start();
    fake.secrets.put('dapr/kinds', text);
    for (const { dialect } of [strict, {} as Setup]) {
      const { get } = await openStore(fake.vault.url, { ...(dialect && { dialect }), properties: { vaultValueType: 'text' } });
      expect(await get('kinds')).toEqual({ kinds: text });
    }
  });

  it('V16: several a secret are announced, but not as text', async () => {
    const { VaultStore } = await import('../src/store.ts');
    expect(new VaultStore().features()).toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
    await using fake = await start();
    for (const [type, announced] of [
      ['map', true],
      ['', true],
      ['text', false],
    ] as const) {
      const { store } = await openStore(fake.vault.url, withProperties({ vaultValueType: type }));
      expect(store.features().includes('MULTIPLE_KEY_VALUES_PER_SECRET')).toBe(announced);
      expect(store.features()).toEqual(expect.arrayContaining(['LIST', 'PING']));
    }
  });

  it('are null when the answer has none', async () => {
    await using vault = await FakeVault.start();
    vault.engine('kv', 1).put('data/dapr/odd', { other: 'x' });
    const { get } = await openStore(vault.url, withProperties({ enginePath: 'kv' }));
    expect(await get('odd')).toBeNull();
  });

  it('of an engine of version 1 are the data itself, of one version', async () => {
    await using vault = await FakeVault.start();
    vault.engine('kv', 1).put('dapr/app', '{"a":"1","n":1.0}');
    const properties = { enginePath: 'kv', engineVersion: '1' };
    const { get, failure, list, store } = await openStore(vault.url, withProperties(properties));
    expect(await get('app')).toEqual({ a: '1', n: '1.0' });
    expect(await get('app', { version_id: '0' })).toEqual({ a: '1', n: '1.0' });
    expect(await failure('app', { version_id: '2' })).toMatchObject({ code: 'invalid_argument' });
    expect(await list()).toEqual(['app']);
    expect(await failure('missing')).toMatchObject({ code: 'not_found' });
    expect((await store.get({ name: 'app', metadata: {} })).version).toBeUndefined();
    const text = await openStore(vault.url, withProperties({ ...properties, vaultValueType: 'text' }));
    expect(await text.get('app')).toEqual({ app: '{"a":"1","n":1.0}' });
  });
});

describe('versions', () => {
  async function withVersions() {
    const fake = await start();
    for (const v of ['one', 'two', 'three']) fake.secrets.put('dapr/v', { v });
    return fake;
  }

  it('V25: are asked for by number, and told with the result', async () => {
    await using fake = await withVersions();
    const { store, get } = await openStore(fake.vault.url);
    expect(await store.get({ name: 'v', metadata: {} })).toMatchObject({ version: '3', data: { v: 'three' } });
    expect(await get('v', { version_id: '2' })).toEqual({ v: 'two' });
    expect(await get('v', { version_id: '01' })).toEqual({ v: 'one' });
    for (const latest of ['0', '']) expect(await get('v', { version_id: latest })).toEqual({ v: 'three' });
    expect(await get('v', { VERSION_ID: '1', namespace: 'x' })).toEqual({ v: 'three' });
  });

  it.each(['abc', '1.0', '+1', '-1', ' 1', '1&x=1', '1#', '%31', '٢', '99999999999999999999'])(
    '%j is no version: nothing is sent, or it is sent escaped',
    async (version) => {
      await using fake = await withVersions();
      const { failure } = await openStore(fake.vault.url);
      expect(await failure('v', { version_id: version })).toMatchObject({ code: 'invalid_argument' });
      expect(fake.vault.requests).toEqual([]);
      const passedOn = await openStore(fake.vault.url, strict);
      await passedOn.store.get({ name: 'v', metadata: { version_id: version } }).catch(() => undefined);
      expect(fake.vault.requests[0]?.query.get('version')).toBe(version);
    },
  );

  it('tells deleted, destroyed and missing ones apart, in the same words', async () => {
    await using fake = await withVersions();
    fake.secrets.destroy('dapr/v', 1);
    fake.secrets.delete('dapr/v', new Date('2026-11-03T10:00:00Z'));
    const { failure, get } = await openStore(fake.vault.url);
    const detail = 'getSecret v failed secret key or version not exist';
    const [deleted, destroyed, missing] = [
      await failure('v'),
      await failure('v', { version_id: '1' }),
      await failure('v', { version_id: '9' }),
    ];
    for (const error of [deleted, destroyed, missing]) expect(error).toMatchObject({ code: 'not_found', detail });
    expect(deleted?.hint).toMatch(/version 3 was deleted at 2026-11-03T10:00:00.000Z; undelete it/);
    expect(destroyed?.hint).toMatch(/version 1 is destroyed/);
    expect(missing?.hint).toBeUndefined();
    expect(await get('v', { version_id: '2' })).toEqual({ v: 'two' });
  });

  it('tells when the server will delete the version', async () => {
    await using fake = await withVersions();
    const at = new Date(Date.now() + 3_600_000);
    fake.secrets.delete('dapr/v', at);
    const { store } = await openStore(fake.vault.url);
    expect((await store.get({ name: 'v', metadata: {} })).expiresAt).toBe(at.getTime());
    expect('expiresAt' in (await store.get({ name: 'app', metadata: {} }))).toBe(false);
  });
});

describe('names', () => {
  async function withTree() {
    const vault = await FakeVault.start();
    for (const name of ['top', 'x', 'x/y', 'd1/d2/d3', '__proto__', 'q?x', 'pc%41', 'ünï'])
      vault.engine().put(`dapr/${name}`, { name });
    return { vault, [Symbol.asyncDispose]: () => vault.close() };
  }
  const ALL = ['__proto__', 'd1/d2/d3', 'pc%41', 'q?x', 'top', 'x', 'x/y', 'ünï'];

  it('V34: those of all folders, and each can be read', async () => {
    await using fake = await withTree();
    const { list, get } = await openStore(fake.vault.url);
    expect(await list()).toEqual(ALL);
    expect(seenPaths(fake.vault)[0]).toBe('LIST /v1/secret/metadata/dapr/');
    expect(seenPaths(fake.vault).sort()).toEqual([
      'LIST /v1/secret/metadata/dapr/',
      'LIST /v1/secret/metadata/dapr/d1/',
      'LIST /v1/secret/metadata/dapr/d1/d2/',
      'LIST /v1/secret/metadata/dapr/x/',
    ]);
    for (const name of ALL) expect(await get(name)).toEqual({ name });
  });

  it('V34: without a prefix', async () => {
    await using fake = await withTree();
    const { list } = await openStore(fake.vault.url, withProperties({ vaultKVUsePrefix: 'false' }));
    expect(await list()).toEqual(ALL.map((name) => `dapr/${name}`));
    expect(seenPaths(fake.vault)[0]).toBe('LIST /v1/secret/metadata/');
  });

  it('V37: where nothing is, there are none; the strict dialect fails', async () => {
    await using vault = await FakeVault.start();
    const { list } = await openStore(vault.url);
    expect(await list()).toEqual([]);
    const { store } = await openStore(vault.url, strict);
    await expect(store.bulkGet?.({ metadata: {} })).rejects.toMatchObject({
      code: 'not_found',
      detail: `list keys couldn't get successful response, status code: 404, status: 404 Not Found, response {"errors":[]}\n`,
    });
  });

  it('fails where no engine is, or one of the other version', async () => {
    await using vault = await FakeVault.start();
    vault.engine('kv', 1).put('dapr/app', { a: '1' });
    const nowhere = await openStore(vault.url, withProperties({ enginePath: 'nope' }));
    const hint = 'no KV engine is mounted for nope/metadata/dapr/: check enginePath and vaultNamespace';
    await expect(nowhere.list()).rejects.toMatchObject({ code: 'failed_precondition', hint });
    expect(await nowhere.failure('app')).toMatchObject({ code: 'failed_precondition' });
    const other = await openStore(vault.url, withProperties({ enginePath: 'kv' }));
    const failure = { code: 'failed_precondition', hint: 'the KV engine is of version 1: set engineVersion to 1' };
    await expect(other.list()).rejects.toMatchObject(failure);
    expect(await other.failure('app')).toMatchObject({
      ...failure,
      detail: 'getSecret app failed secret key or version not exist',
    });
    expect(seenPaths(vault).filter((path) => path.includes('/sys/'))).toHaveLength(1);
  });

  it('a question that is not answered does not hide that nothing is there', async () => {
    await using vault = await FakeVault.start();
    vault.inject(reset(), { when: ({ path }) => path.includes('/sys/') });
    const { failure } = await openStore(vault.url);
    expect(await failure('app')).toMatchObject({ code: 'not_found', hint: undefined });
  });

  it('refuses names from the server that lead elsewhere', async () => {
    await using vault = await FakeVault.start();
    for (const key of ['../x', '..', '../', '/', '', 'a/b', 'a//']) {
      vault.clearFaults();
      vault.inject(answer(200, {}, { data: { keys: [key] } }));
      const { list } = await openStore(vault.url);
      await expect(list(), key).rejects.toMatchObject({ code: 'unavailable' });
    }
  });
});

describe('ping', () => {
  it('needs no more than any access to the engine', async () => {
    await using fake = await start();
    fake.vault.tokens.set('one', { 'secret/data/dapr/app': ['read'] }).set('none', {});
    await (await openStore(fake.vault.url, withProperties({ vaultToken: 'one' }))).store.ping();
    for (const [vaultToken, code] of [
      ['none', 'permission_denied'],
      ['unknown', 'unauthenticated'],
    ] as const) {
      const { store } = await openStore(fake.vault.url, withProperties({ vaultToken }));
      await expect(store.ping()).rejects.toMatchObject({ code, operation: 'ping' });
    }
    fake.vault.isSealed = true;
    const { store } = await openStore(fake.vault.url);
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable', hint: 'the server is sealed: unseal it' });
  });
});
