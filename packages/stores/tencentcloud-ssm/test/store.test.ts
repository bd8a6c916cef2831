import { strictDialect } from '@coffer/core';
import { answer } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { asked, failureOf, open, start } from './open.ts';

const STRICT = { dialect: strictDialect };
const refusal = (Code: string, Message = 'made up') =>
  answer(200, {}, { Response: { Error: { Code, Message }, RequestId: 'r-1' } });
const readsOf = (name: string) => (request: { body: Buffer; headers: object }) =>
  (request.headers as Record<string, string>)['x-tc-action'] === 'GetSecretValue' &&
  request.body.toString().includes(`"${name}"`);

describe('one secret', () => {
  it('T2: an empty name is refused', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    expect(await failureOf(get(''))).toMatchObject({ code: 'invalid_argument', detail: 'secret name is empty' });
    expect(fake.requests).toHaveLength(0);
  });

  it('that is no text is refused, and not read as another', async () => {
    await using fake = await start();
    fake.secrets.put('a\ufffd', 'v');
    for (const setup of [{}, STRICT]) {
      const { get } = await open(fake, setup);
      for (const [name, VersionID] of [
        ['a\udc80', 'v1'],
        ['a', 'v\udc80'],
      ] as const) {
        expect(await failureOf(get(name, { VersionID }))).toMatchObject({
          code: 'invalid_argument',
          detail: 'secret name is not UTF-8',
        });
      }
    }
    expect(fake.requests).toHaveLength(0);
  });

  it('T3, T16: is one key with the value, and tells its version', async () => {
    await using fake = await start();
    const { store, get } = await open(fake);
    expect(await get('alpha', { VersionID: 'v1' })).toEqual({ alpha: 'first of alpha' });
    const secret = await store.get({ name: 'alpha', metadata: { VersionID: 'v1' } });
    expect(secret.version).toBe('v1');
    expect(Object.getPrototypeOf(secret.data)).toBeNull();
    expect(asked(fake)[0]).toBe('GetSecretValue alpha v1');
  });

  it('T4: a failure of the service is passed on', async () => {
    await using fake = await start();
    fake.inject(refusal('FailedOperation.DecryptError', 'no luck'));
    for (const setup of [{}, STRICT]) {
      const { get } = await open(fake, setup);
      const failure = await failureOf(get('alpha', { VersionID: 'v1' }));
      expect(failure.detail).toBe('[TencentCloudSDKError] Code=FailedOperation.DecryptError, Message=no luck, RequestId=r-1');
    }
  });

  it('T5: strictly, there are two keys more', async () => {
    await using fake = await start();
    fake.secrets.emptyBinaryBesideText = false;
    const { get } = await open(fake, STRICT);
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(await get('alpha', { VersionID: 'v1' })).toEqual({ alpha: 'first of alpha', SecretValueType: '10', RequestID: id });
  });

  it('T6: bytes are the base64 that the service gives', async () => {
    await using fake = await start();
    fake.secrets.put('bytes', Buffer.from([0, 1, 255]));
    fake.secrets.put('text-as-bytes', Buffer.from('text'));
    const { get } = await open(fake);
    expect(await get('bytes')).toEqual({ bytes: 'AAH/' });
    expect(await get('text-as-bytes')).toEqual({ 'text-as-bytes': 'dGV4dA==' });
    const strictly = await open(fake, STRICT);
    expect(await strictly.get('bytes', { VersionID: 'v1' })).toMatchObject({ bytes: 'AAH/', SecretValueType: '20' });
  });

  it('T7: text with empty bytes beside it is text; strictly, it is empty bytes', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    expect(await get('beta', { VersionID: 'v1' })).toEqual({ beta: 'value of beta' });
    const strictly = await open(fake, STRICT);
    expect(await strictly.get('beta', { VersionID: 'v1' })).toMatchObject({ beta: '', SecretValueType: '20' });
  });

  it('has an empty value where both are', async () => {
    await using fake = await start();
    fake.secrets.put('empty', '');
    const { get } = await open(fake);
    expect(await get('empty')).toEqual({ empty: '' });
  });

  it.each([
    'RequestID',
    'SecretValueType',
    '__proto__',
    'constructor',
    'a/b c?d#e%41',
    '日本 😀',
    '"\\\n\u2028<&>',
    'n'.repeat(1024),
  ])('may be called %s', async (name) => {
    await using fake = await start();
    fake.secrets.put(name, `value of ${name}`);
    const { store, bulk } = await open(fake);
    const { data } = await store.get({ name, metadata: {} });
    expect(Object.entries(data ?? {})).toEqual([[name, `value of ${name}`]]);
    expect(Object.getOwnPropertyDescriptor(await bulk(), name)?.value).toHaveProperty([name]);
  });

  it('of 64 KiB arrives whole', async () => {
    await using fake = await start();
    const text = '日本\u0000😀'.repeat(6000);
    fake.secrets.put('long', text);
    const { get } = await open(fake);
    expect(await get('long')).toEqual({ long: text });
  });

  it('has the name that was asked for as its key, whatever the service calls it', async () => {
    await using fake = await start();
    fake.inject(answer(200, {}, { Response: { SecretString: 'v', SecretName: 'another' } }));
    const { get } = await open(fake);
    expect(await get('alpha', { VersionID: 'v1' })).toEqual({ alpha: 'v' });
  });
});

describe('the version', () => {
  it('T8: may be named by version_id; strictly, that is ignored', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    expect(await get('alpha', { version_id: 'v1' })).toEqual({ alpha: 'first of alpha' });
    expect(await get('alpha', { version_id: 'v1', VersionID: 'v2' })).toEqual({ alpha: 'value of alpha' });
    expect(await get('alpha', { versionid: 'v1', VERSION_ID: 'v1', namespace: 'n' })).toEqual({ alpha: 'value of alpha' });
    const strictly = await open(fake, STRICT);
    const failure = await failureOf(strictly.get('alpha', { version_id: 'v1' }));
    expect(failure.detail).toContain('Code=InvalidParameterValue, Message=VersionId must not be empty., RequestId=');
    expect(asked(fake).at(-1)).toBe('GetSecretValue alpha ');
  });

  it('T9: is the newest one without a name; strictly, an empty one is sent', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    for (const metadata of [{}, { VersionID: '' }, { VersionID: '', version_id: '' }]) {
      fake.calls.length = 0;
      expect(await get('alpha', metadata)).toEqual({ alpha: 'value of alpha' });
      expect(asked(fake)).toEqual(['ListSecretVersionIds alpha', 'GetSecretValue alpha v2']);
    }
    // A version that was made later goes before one with a greater name.
    fake.secrets.put('alpha', 'third of alpha', { version: 'a' });
    expect(await get('alpha')).toEqual({ alpha: 'third of alpha' });
    const strictly = await open(fake, STRICT);
    expect(await failureOf(strictly.get('alpha'))).toMatchObject({ code: 'invalid_argument' });
  });

  it('is the first in the list of those that were made in one second', async () => {
    await using fake = await start();
    for (const version of ['one', 'two']) fake.secrets.put('twins', version, { version, made: 5 });
    const { get } = await open(fake);
    expect(await get('twins')).toEqual({ twins: 'two' });
  });

  it('is the current one where there is none to choose: a secret of a cloud product', async () => {
    await using fake = await start();
    fake.secrets.put('db', 'made by the service', { isProduct: true });
    const versions = (Versions: unknown) => answer(200, {}, { Response: { SecretName: 'db', Versions } });
    const listing = ({ headers }: { headers: object }) =>
      'x-tc-action' in headers && headers['x-tc-action'] === 'ListSecretVersionIds';
    const { get } = await open(fake);
    for (const list of [
      [],
      null,
      undefined,
      [
        { VersionId: 'old', CreateTime: 9 },
        { VersionId: 'SSM_Current', CreateTime: 1 },
      ],
    ]) {
      fake.clearFaults();
      fake.inject(versions(list), { when: listing });
      expect(await get('db')).toEqual({ db: 'made by the service' });
      expect(asked(fake).at(-1)).toBe('GetSecretValue db SSM_Current');
    }
  });

  it('is the current one where versions may not be seen; a user’s own secret then tells what is not allowed', async () => {
    await using fake = await start();
    fake.secrets.put('db', 'made by the service', { isProduct: true });
    fake.deny((action) => action === 'ListSecretVersionIds');
    const { get } = await open(fake);
    expect(await get('db')).toEqual({ db: 'made by the service' });
    expect(await failureOf(get('alpha'))).toMatchObject({
      code: 'permission_denied',
      hint: expect.stringContaining('ssm:ListSecretVersionIds'),
    });
    expect(await get('alpha', { VersionID: 'v2' })).toEqual({ alpha: 'value of alpha' });
  });

  it.each([[42], [[42]], [[null]], [{}]])('of a list that is none, %j, is not guessed', async (Versions) => {
    await using fake = await start();
    fake.inject(answer(200, {}, { Response: { Versions } }), { times: 1 });
    const { get } = await open(fake);
    expect(await failureOf(get('alpha'))).toMatchObject({
      code: 'unavailable',
      detail: expect.stringMatching(/: (Versions is no list|a member of Versions is no object)$/),
    });
  });
});

describe('all secrets', () => {
  it('T10: strictly, each is as in a single read', async () => {
    await using fake = await start();
    fake.secrets.emptyBinaryBesideText = false;
    fake.secrets.delete('alpha');
    const { bulk } = await open(fake, STRICT);
    expect(await bulk({ VersionID: 'v1' })).toEqual({
      beta: { beta: 'value of beta', SecretValueType: '10', RequestID: expect.any(String) },
    });
  });

  it('are read at their newest version, one key each', async () => {
    await using fake = await start();
    const { bulk, store } = await open(fake);
    expect(await bulk()).toEqual({ alpha: { alpha: 'value of alpha' }, beta: { beta: 'value of beta' } });
    expect(Object.getPrototypeOf((await store.bulkGet({ metadata: {} })).data)).toBeNull();
  });

  it('T11: fail when the list does', async () => {
    await using fake = await start();
    fake.deny((action) => action === 'ListSecrets');
    const { bulk } = await open(fake);
    const failure = await failureOf(bulk());
    expect(failure).toMatchObject({
      code: 'permission_denied',
      operation: 'list',
      hint: expect.stringContaining('ssm:ListSecrets'),
    });
    expect(failure.detail).toMatch(/^\[TencentCloudSDKError\] Code=UnauthorizedOperation, /);
  });

  it('T12: fail when a read does, and name the secret', async () => {
    await using fake = await start();
    fake.deny((action, name) => action === 'GetSecretValue' && name === 'beta');
    for (const [setup, named] of [
      [{}, 'secret beta: '],
      [STRICT, ''],
    ] as const) {
      const { bulk } = await open(fake, setup);
      const failure = await failureOf(bulk({ VersionID: 'v1' }));
      expect(failure).toMatchObject({ code: 'permission_denied', secret: 'beta', operation: 'bulkGet' });
      expect(failure.detail.split('Code=')[0]).toBe(`${named}[TencentCloudSDKError] `);
    }
  });

  it('T13, T14: are listed by the hundred', async () => {
    await using fake = await start();
    for (let index = 2; index < 100; index++) fake.secrets.put(`s${index}`, 'v');
    const { bulk, list } = await open(fake);
    expect(Object.keys(await bulk({ VersionID: 'v1' }))).toHaveLength(100);
    const lists = fake.calls.filter(({ action }) => action === 'ListSecrets').map(({ input }) => input);
    expect(lists).toEqual([
      { Offset: 0, Limit: 100, State: 1 },
      { Offset: 100, Limit: 100, State: 1 },
    ]);
    fake.secrets.put('one-more', 'v');
    expect((await list()).map((page) => page.length)).toEqual([100, 1]);
  });

  it('T15: are read at the version that is asked for, and none is left out that lacks it', async () => {
    await using fake = await start();
    const { bulk } = await open(fake);
    expect(await bulk({ VersionID: 'v1' })).toEqual({ alpha: { alpha: 'first of alpha' }, beta: { beta: 'value of beta' } });
    expect(fake.count('ListSecretVersionIds')).toBe(0);
    expect(await failureOf(bulk({ version_id: 'v2' }))).toMatchObject({ code: 'not_found', secret: 'beta' });
  });

  it('T17: come from a store that declares nothing that Dapr knows', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    expect(definition.features).toEqual(['LIST', 'PING']);
    expect(store.features()).toEqual(definition.features);
  });

  it('leave out what is disabled, or of a cloud product, or not wanted', async () => {
    await using fake = await start();
    fake.secrets.put('off', 'v');
    fake.secrets.enable('off', false);
    fake.secrets.put('db', 'v', { isProduct: true });
    const { store, get } = await open(fake);
    const { data } = await store.bulkGet({ metadata: {}, wanted: (name) => name !== 'beta' });
    expect(Object.keys(data ?? {})).toEqual(['alpha']);
    expect(fake.calls.some(({ input }) => input.SecretName === 'beta')).toBe(false);
    expect(await failureOf(get('off'))).toMatchObject({ code: 'failed_precondition', hint: 'enable the secret' });
  });

  it('leave out a secret that is deleted meanwhile; strictly, that is the end of the read', async () => {
    await using fake = await start();
    fake.inject(refusal('ResourceNotFound'), { when: readsOf('beta') });
    const { bulk } = await open(fake);
    expect(await bulk()).toEqual({ alpha: { alpha: 'value of alpha' } });
    const strictly = await open(fake, STRICT);
    expect(await failureOf(strictly.bulk({ VersionID: 'v1' }))).toMatchObject({ code: 'not_found' });
  });

  it('are read ten at a time, and no more', async () => {
    await using fake = await start({ delay: 5 });
    for (let index = 0; index < 150; index++) fake.secrets.put(`s${index}`, `v${index}`);
    const { bulk } = await open(fake);
    expect(Object.keys(await bulk())).toHaveLength(152);
    expect(fake.mostInFlight).toBe(10);
    expect(fake.requests).toHaveLength(2 + 2 * 152);
  });

  it('are none where there are none', async () => {
    await using fake = await start();
    for (const name of ['alpha', 'beta']) fake.secrets.delete(name);
    const { bulk, list } = await open(fake);
    expect([await bulk(), await list()]).toEqual([{}, []]);
  });

  it('are told once when one is made while the list is read', async () => {
    await using fake = await start();
    for (let index = 0; index < 150; index++) fake.secrets.put(`s${index}`, 'v');
    const { store } = await open(fake);
    const names: string[] = [];
    for await (const page of store.list({ metadata: {} })) {
      if (names.length === 0) fake.secrets.put('new', 'v');
      names.push(...page);
    }
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(152);
  });

  it('end when the service gives the same page for ever', async () => {
    await using fake = await start();
    const SecretMetadatas = Array.from({ length: 100 }, (_, index) => ({ SecretName: `s${index}` }));
    fake.inject(answer(200, {}, { Response: { TotalCount: 1000, SecretMetadatas } }));
    const { list } = await open(fake);
    expect(await failureOf(list())).toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('a page of SecretMetadatas came twice'),
    });
    expect(fake.requests).toHaveLength(2);
  });
});

describe('ping', () => {
  it('asks for a list of one', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    await store.ping();
    expect(fake.calls.map(({ input }) => input)).toEqual([{ Offset: 0, Limit: 1, State: 1 }]);
  });

  it('succeeds where the caller is known and may not list, and fails where it is not known', async () => {
    await using fake = await start();
    fake.deny(() => true);
    const { store } = await open(fake);
    await store.ping();
    const other = await open(fake, { properties: { secretId: 'AKIDnobody', secretKey: 'x', region: 'ap-guangzhou' } });
    expect(await failureOf(other.store.ping())).toMatchObject({ code: 'unauthenticated', operation: 'ping' });
  });
});

describe('a store', () => {
  it('that is closed, or was never opened, says so', async () => {
    await using fake = await start();
    const { store, get } = await open(fake);
    await store.close();
    await store.close();
    expect(await failureOf(get('alpha'))).toMatchObject({ code: 'unavailable' });
    expect(await failureOf(store.bulkGet({ metadata: {} }))).toMatchObject({ code: 'unavailable' });
  });

  it('that is closed while it reads lets the read end', async () => {
    await using fake = await start({ delay: 50 });
    const { store, get } = await open(fake);
    const read = get('alpha', { VersionID: 'v1' });
    while (fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await store.close();
    expect(await read).toEqual({ alpha: 'first of alpha' });
  });
});
