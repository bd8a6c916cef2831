import { strictDialect } from '@coffer/core';
import { answer } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { AlicloudParameterStore } from '../src/store.ts';
import { failureOf, keyOf, open, start } from './open.ts';

describe('a single read', () => {
  it('L1: starts with region and keys, and asks nothing', async () => {
    await using fake = await start();
    await open(fake);
    await open(fake, { dialect: strictDialect });
    expect(fake.service.requests).toEqual([]);
  });

  it('L3: gives the value under the name, decrypted', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    const [request] = fake.service.requests;
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ Name: 'alpha', WithDecryption: 'true' });
    expect(request?.headers.host).toBe('oos.cn-hangzhou.aliyuncs.com');
  });

  it('L3: under the name that the service returns, under the strict dialect', async () => {
    await using fake = await start();
    fake.service.inject(answer(200, {}, { Parameter: { Name: 'Alpha', Value: 'v' } }));
    expect(await (await open(fake)).get('alpha')).toEqual({ alpha: 'v' });
    expect(await (await open(fake, { dialect: strictDialect })).get('alpha')).toEqual({ Alpha: 'v' });
  });

  it('L4: gives the version that is asked for', async () => {
    await using fake = await start();
    const { get, store } = await open(fake);
    expect(await get('alpha', { version_id: '1' })).toEqual({ alpha: 'first of alpha' });
    expect(fake.service.requests[0]?.query.get('ParameterVersion')).toBe('1');
    expect((await store.get({ name: 'alpha', metadata: {} })).version).toBe('2');
    await expect(get('alpha', { version_id: '3' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['L5', 'not-number', 'invalid syntax'],
    ['L5', '1.0', 'invalid syntax'],
    ['L5', ' 1', 'invalid syntax'],
    ['L6', '99999999999', 'value out of range'],
    ['L6', '2147483648', 'value out of range'],
  ])('%s: version_id %j is refused before anything is sent', async (_, version, reason) => {
    await using fake = await start();
    const { get, store } = await open(fake);
    const refused = { code: 'invalid_argument', detail: `strconv.ParseInt: parsing "${version}": ${reason}` };
    await expect(get('alpha', { version_id: version })).rejects.toMatchObject(refused);
    await expect(store.getMany({ names: ['alpha'], metadata: { version_id: version } })).rejects.toMatchObject(refused);
    expect(fake.service.requests).toEqual([]);
  });

  it('L7: sends no version when version_id is empty', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    expect(await get('alpha', { version_id: '' })).toEqual({ alpha: 'value of alpha' });
    expect(fake.service.requests[0]?.query.has('ParameterVersion')).toBe(false);
  });

  it('L8: fails with what the service says, in one line and with a hint', async () => {
    await using fake = await start();
    const failure = await failureOf((await open(fake)).get('missing'));
    expect(failure).toMatchObject({ code: 'not_found', operation: 'get', secret: 'missing', retryable: false });
    expect(failure.detail).toMatch(
      /^couldn't get secret: EntityNotExists\.Parameter: The specified parameter does not exist\. \(status 404, request id: [\w-]+\)$/,
    );
    expect(failure.hint).toMatch(/regionId/);
  });

  it('L9: gives no data when the answer has no parameter', async () => {
    await using fake = await start();
    fake.service.inject(answer(200, {}, { RequestId: 'x' }));
    expect(await (await open(fake)).get('alpha')).toEqual({});
  });

  it.each(['a b+c*~é日&=', '/', '..', '%2F', "it's (all) *here*!", '__proto__', '🔑', 'x'.repeat(1024), 'ParameterVersion=1&a'])(
    'reaches the secret %j and no other',
    async (name) => {
      await using fake = await start();
      fake.parameters.put(name, 'its value');
      const { store } = await open(fake);
      const { data } = await store.get({ name, metadata: {} });
      expect(Object.entries(data ?? {})).toEqual([[name, 'its value']]);
      expect(Object.getPrototypeOf(data)).toBeNull();
    },
  );

  it('refuses a name that is no UTF-8: the service may take it for another', async () => {
    await using fake = await start();
    fake.parameters.put('a\ufffd', 'of another');
    const { get, store } = await open(fake);
    await expect(get('a\udcff')).rejects.toMatchObject({ code: 'invalid_argument', secret: 'a\udcff' });
    const { found, failed } = await store.getMany({ names: ['a\udcff', 'beta'], metadata: {} });
    expect([Object.keys(found), failed['a\udcff']?.code]).toEqual([['beta'], 'invalid_argument']);
    expect(fake.actions).toEqual(['GetSecretParameters']);
  });

  it('gives empty and large values, and numbers as their text', async () => {
    await using fake = await start();
    fake.parameters.put('empty', '');
    fake.parameters.put('large', '€'.repeat(100_000));
    const { get } = await open(fake);
    expect(await get('empty')).toEqual({ empty: '' });
    expect(await get('large')).toEqual({ large: '€'.repeat(100_000) });
    fake.service.inject(answer(200, {}, { Parameter: { Name: 'n', Value: 42 } }));
    expect(await get('n')).toEqual({ n: '42' });
  });

  it('fails when the value was not decrypted', async () => {
    await using fake = await start();
    fake.service.inject(answer(200, {}, { Parameter: { Name: 'alpha', Value: null } }));
    const failure = await failureOf((await open(fake)).get('alpha'));
    expect(failure).toMatchObject({
      code: 'failed_precondition',
      detail: "couldn't get secret: parameter alpha came without a value",
    });
    expect(failure.hint).toMatch(/kms:GetSecretValue/);
  });
});

describe('a bulk read', () => {
  it('L10: is of everything below / when no path is named', async () => {
    await using fake = await start();
    const { bulk } = await open(fake);
    expect(await bulk()).toEqual({
      '/shop/gamma': { '/shop/gamma': 'value of /shop/gamma' },
      alpha: { alpha: 'value of alpha' },
      beta: { beta: 'value of beta' },
    });
    const query = Object.fromEntries(fake.service.requests[0]?.query ?? []);
    expect(query).toEqual({ Path: '/', Recursive: 'true', WithDecryption: 'true' });
  });

  it('L11: is of the path of the request, else of the setting, else of /', async () => {
    await using fake = await start();
    fake.parameters.put('/other/delta', 'd');
    const properties = { ...keyOf(fake), path: '/shop/' };
    const { bulk, list } = await open(fake, { properties });
    expect(Object.keys(await bulk())).toEqual(['/shop/gamma']);
    expect(await list()).toEqual(['/shop/gamma']);
    expect(Object.keys(await bulk({ path: '/other' }))).toEqual(['/other/delta']);
    await expect(bulk({ path: '' })).rejects.toMatchObject({ code: 'invalid_argument' });
    const strict = await open(fake, { properties, dialect: strictDialect });
    expect(Object.keys(await strict.bulk())).toHaveLength(4);
  });

  it('L12: fails with what the service says', async () => {
    await using fake = await start();
    fake.denied.add('GetSecretParametersByPath');
    const failure = await failureOf((await open(fake)).bulk());
    expect(failure).toMatchObject({ code: 'permission_denied', operation: 'bulkGet' });
    expect(failure.detail).toMatch(/^couldn't get secrets: Forbidden\.RAM: User not authorized/);
    expect(failure.hint).toMatch(/oos:GetSecretParametersByPath/);
  });

  it('L13: follows the token of each page, and reads nothing one by one', async () => {
    await using fake = await start();
    for (let index = 0; index < 95; index++) fake.parameters.put(`s${index}`, `v${index}`);
    const { bulk, list } = await open(fake);
    expect(Object.keys(await bulk())).toHaveLength(98);
    expect(fake.actions).toEqual(Array.from({ length: 10 }, () => 'GetSecretParametersByPath'));
    expect(await list()).toHaveLength(98);
    expect(fake.service.requests.slice(10).map(({ query }) => query.get('WithDecryption'))).toEqual(
      Array.from({ length: 10 }, () => 'false'),
    );
  });

  it.each([[''], [null], [undefined]])('L14: ends when the token is %j', async (token) => {
    await using fake = await start();
    fake.service.inject(answer(200, {}, { Parameters: [{ Name: 'a', Value: '1' }], NextToken: token }));
    expect(await (await open(fake)).bulk()).toEqual({ a: { a: '1' } });
    expect(fake.service.requests).toHaveLength(1);
  });

  it('fails when a token comes twice', async () => {
    await using fake = await start();
    fake.service.inject(answer(200, {}, { Parameters: [{ Name: 'a', Value: '1' }], NextToken: 'again' }));
    await expect((await open(fake)).bulk()).rejects.toThrow("couldn't get secrets: the same page token came twice");
    expect(fake.service.requests).toHaveLength(2);
  });

  it('keeps only what the caller may have', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    const { data } = await store.bulkGet({ metadata: {}, wanted: (name) => name === 'beta' });
    expect(Object.keys(data ?? {})).toEqual(['beta']);
  });

  it('names the secret that came without a value', async () => {
    await using fake = await start();
    const Parameters = [{ Name: 'a', Value: '1' }, { Name: 'b' }];
    fake.service.inject(answer(200, {}, { Parameters }));
    const { bulk, store } = await open(fake);
    expect(await failureOf(bulk())).toMatchObject({
      code: 'failed_precondition',
      secret: 'b',
      detail: "couldn't get secrets: parameter b came without a value",
    });
    const { data } = await store.bulkGet({ metadata: {}, wanted: (name) => name === 'a' });
    expect(Object.keys(data ?? {})).toEqual(['a']);
  });

  it('is empty where there is nothing', async () => {
    await using fake = await start();
    const { bulk, list } = await open(fake);
    expect([await bulk({ path: '/nothing' }), await list({ path: '/nothing' })]).toEqual([{}, []]);
    fake.service.inject(answer(200, {}, { Parameters: null }));
    expect(await bulk()).toEqual({});
  });
});

describe('a read of several', () => {
  it('asks for ten names a call, and tells which are missing', async () => {
    await using fake = await start();
    for (let index = 0; index < 24; index++) fake.parameters.put(`s${index}`, `v${index}`);
    const { store } = await open(fake);
    const names = Array.from({ length: 25 }, (_, index) => `s${index}`);
    const { found, failed } = await store.getMany({ names: [...names, 's0'], metadata: {} });
    expect(fake.actions).toEqual(Array.from({ length: 3 }, () => 'GetSecretParameters'));
    expect(Object.keys(found)).toHaveLength(24);
    expect(found.s7).toEqual({ data: { s7: 'v7' }, version: '1' });
    expect(Object.keys(failed)).toEqual(['s24']);
    expect(failed.s24).toMatchObject({ code: 'not_found', secret: 's24', operation: 'getMany' });
  });

  it('asks one by one for versions, and where a batch is denied or spoiled by a name', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    const first = await store.getMany({ names: ['alpha', 'beta'], metadata: { version_id: '1' } });
    expect(first.found.alpha?.data).toEqual({ alpha: 'first of alpha' });
    fake.denied.add('GetSecretParameters');
    fake.actions.length = 0;
    const { found, failed } = await store.getMany({ names: ['alpha', 'missing'], metadata: {} });
    expect([Object.keys(found), failed.missing?.code]).toEqual([['alpha'], 'not_found']);
    expect(fake.actions).toEqual(['GetSecretParameters', 'GetSecretParameter', 'GetSecretParameter']);
    fake.denied.add('GetSecretParameter');
    const { failed: denied } = await store.getMany({ names: ['alpha'], metadata: {} });
    expect(denied.alpha?.code).toBe('permission_denied');
  });

  it('asks nothing for no names, and fails as a whole where the failure is about no secret', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    await store.getMany({ names: [], metadata: {} });
    expect(fake.service.requests).toEqual([]);
    fake.service.inject(answer(401, {}, { Code: 'InvalidAccessKeyId.NotFound', Message: 'x' }));
    await expect(store.getMany({ names: ['alpha'], metadata: {} })).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('a store', () => {
  it('L15: ends every call at the socket when its caller gives up', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    let ended = 0;
    fake.service.inject((response) => void response.once('close', () => ended++));
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [
      store.get({ name: 'alpha', metadata: {} }, { signal }),
      store.bulkGet({ metadata: {} }, { signal }),
      store.getMany({ names: ['alpha'], metadata: {} }, { signal }),
      store.list({ metadata: {} }, { signal })[Symbol.asyncIterator]().next(),
      store.ping({ signal }),
    ];
    while (fake.service.requests.length < calls.length) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'canceled' });
    while (ended < calls.length) await new Promise((resolve) => setTimeout(resolve, 2));
    await expect(store.get({ name: 'alpha', metadata: {} }, { signal })).rejects.toMatchObject({ code: 'canceled' });
    expect(fake.service.requests).toHaveLength(calls.length);
  });

  it('L16: has the same features whatever became of it, and none of Dapr', async () => {
    const store = new AlicloudParameterStore({ environment: {} });
    expect(store.features()).toEqual(['LIST', 'GET_MANY', 'PING']);
    await store.close();
    await store.close();
    expect(store.features()).not.toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
    await expect(store.get({ name: 'a', metadata: {} })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('answers a ping when the service takes the credentials, whatever they may read', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    await store.ping();
    fake.denied.add('GetSecretParameter');
    await store.ping();
    expect(fake.service.requests.map(({ query }) => query.get('WithDecryption'))).toEqual(['false', 'false']);
    const wrong = await open(fake, { properties: { ...keyOf(fake), accessKeySecret: 'wrong' } });
    await expect(wrong.store.ping()).rejects.toMatchObject({ code: 'unauthenticated', operation: 'ping' });
    const unknown = await open(fake, { properties: { ...keyOf(fake), accessKeyId: 'LTAI-nobody' } });
    // Its status is 404, and it is no secret that is not found.
    await expect(unknown.store.ping()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('serves many at once', async () => {
    await using fake = await start();
    const { get, store } = await open(fake);
    const answers = await Promise.all(Array.from({ length: 300 }, () => get('alpha')));
    expect(new Set(answers.map((data) => JSON.stringify(data)))).toEqual(new Set(['{"alpha":"value of alpha"}']));
    await store.close();
  });
});
