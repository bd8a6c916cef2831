import { answer, startFakeService } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { HttpStore } from '../src/store.ts';
import { EXPIRES, JsonVault, TOKEN } from './json-vault.ts';
import { failureOf, open } from './open.ts';

describe('a single value', () => {
  it('is read with version, expiry and credentials, and the service is not asked before', async () => {
    await using vault = await JsonVault.start();
    vault.put('db', { password: 'one' });
    vault.put('db', { password: 'two' });
    await using opened = await open(vault.settings());
    expect(vault.service.requests).toEqual([]);
    expect(await opened.read('db')).toEqual({ data: { db: 'two' }, version: '2', expiresAt: Date.parse(EXPIRES) });
    expect(await opened.read('db', { version_id: '1', other: 'x' })).toMatchObject({ data: { db: 'one' }, version: '1' });
    const [first, second] = vault.service.requests;
    expect([first?.path, first?.search, second?.search]).toEqual(['/v1/secrets/db', '', '?version=1']);
    expect(first?.headers).toMatchObject({ accept: 'application/json', authorization: `Bearer ${TOKEN}` });
    expect(Object.getPrototypeOf((await opened.read('db')).data)).toBe(null);
  });

  it.each([
    ['text', '"ü😀\\u0000\\""', 'ü😀\u0000"'],
    ['an empty text', '""', ''],
    ['a lone surrogate', '"\\udc80x"', '\ufffdx'],
    ['a decimal', '1.50', '1.50'],
    ['more digits than a double has', '12345678901234567890', '12345678901234567890'],
    ['an exponent', '1E400', '1E400'],
    ['false', 'false', 'false'],
    ['an object', '{"b": 1.0, "a": [ null, "x" ], "__proto__": {}}', '{"b":1.0,"a":[null,"x"],"__proto__":{}}'],
    ['an empty list', '[]', '[]'],
  ])('that is %s is the text that the service wrote', async (_, source, text) => {
    await using service = await startFakeService(() => ({
      status: 200,
      headers: { 'content-type': 'application/vnd.vault+json; charset=utf-8' },
      body: `\ufeff{"value": ${source}}`,
    }));
    await using opened = await open({ url: `${service.url}/{name}`, valuePath: '$.value' });
    expect(await opened.get('a')).toEqual({ a: text });
  });

  it.each([
    ['plain', 'c2VjcmV0', 'secret'],
    ['with line ends', 'c2Vj\r\ncmV0\n', 'secret'],
    ['for addresses, without padding', '_____w', '/////w=='],
    ['of no UTF-8', '/////w==', '/////w=='],
    ['empty', '', ''],
  ])('that is base64 is decoded: %s', async (_, given, text) => {
    await using vault = await JsonVault.start();
    vault.put('a', { a: given });
    await using opened = await open({ ...vault.settings(), valueEncoding: 'base64' });
    expect(await opened.get('a')).toEqual({ a: text });
  });

  it('that should be base64 and is not fails, and is not quoted', async () => {
    await using vault = await JsonVault.start();
    vault.put('a', { a: 'canary!' });
    await using opened = await open({ ...vault.settings(), valueEncoding: 'base64' });
    const failure = await failureOf(opened.get('a'));
    expect(failure).toMatchObject({ code: 'failed_precondition', hint: 'check valueEncoding' });
    expect(failure.detail).toBe("couldn't read secret a: a value is not base64");
  });

  it.each(['null', '{}', '[]', '{"data": null}', '{"data": {"value": null}}'])(
    'that is missing (%s) is an error, or not found if the component says so',
    async (body) => {
      await using service = await startFakeService(() => ({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body,
      }));
      const settings = { url: `${service.url}/{name}`, valuePath: '$.data.value' };
      await using strict = await open(settings);
      const failure = await failureOf(strict.get('a'));
      expect(failure).toMatchObject({ code: 'failed_precondition', detail: "couldn't read secret a: the answer has no value" });
      expect(failure.hint).toMatch(/^check valuePath; .*withoutValue: not_found/);
      await using lenient = await open({ ...settings, withoutValue: 'not_found' });
      expect(await failureOf(lenient.get('a'))).toMatchObject({ code: 'not_found', secret: 'a' });
    },
  );

  it('is none in an empty answer', async () => {
    await using service = await startFakeService(() => ({ status: 204 }));
    await using opened = await open({ url: `${service.url}/{name}`, valuePath: '$', withoutValue: 'not_found' });
    expect(await failureOf(opened.get('a'))).toMatchObject({ code: 'not_found' });
  });

  it('that the path finds twice is refused, and never guessed', async () => {
    await using service = await startFakeService(() => ({ status: 200, body: [{ v: 'canary' }, { v: 'canary' }] }));
    await using opened = await open({ url: `${service.url}/{name}`, valuePath: '$[*].v' });
    expect(await failureOf(opened.get('a'))).toMatchObject({
      code: 'failed_precondition',
      retryable: false,
      detail: "couldn't read secret a: valuePath finds 2 values",
      hint: 'check valuePath',
    });
  });

  it('is found by a filter', async () => {
    const body = { items: [{ kind: 'note' }, { kind: 'password', value: 'p' }] };
    await using service = await startFakeService(() => ({ status: 200, body }));
    await using opened = await open({ url: `${service.url}/{name}`, valuePath: "$.items[?@.kind == 'password'].value" });
    expect(await opened.get('a')).toEqual({ a: 'p' });
  });
});

it('a name may hold a byte that is no UTF-8', async () => {
  await using vault = await JsonVault.start();
  vault.put('a\udcff', { a: 'bytes' });
  vault.put('a\ufffd', { a: 'text' });
  await using opened = await open(vault.settings());
  expect([await opened.get('a\udcff'), await opened.get('a\ufffd')]).toEqual([{ 'a\udcff': 'bytes' }, { 'a\ufffd': 'text' }]);
  expect(vault.service.requests.map(({ path }) => path)).toEqual(['/v1/secrets/a%FF', '/v1/secrets/a%EF%BF%BD']);
});

describe('several values', () => {
  it('are the members of an object, without those that are null', async () => {
    await using vault = await JsonVault.start();
    vault.put('db', JSON.parse('{"user": "u", "port": 5432, "gone": null, "__proto__": "p", "": "e"}'));
    await using opened = await open(vault.multiSettings());
    const { data } = await opened.read('db');
    expect(Object.entries(data ?? {})).toEqual([
      ['user', 'u'],
      ['port', '5432'],
      ['__proto__', 'p'],
      ['', 'e'],
    ]);
    expect(opened.store.features()).toEqual(['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'PING']);
  });

  it('are parts with a key and a value each', async () => {
    await using vault = await JsonVault.start();
    vault.put('db', { user: 'u', password: 'p', gone: null });
    const settings = { ...vault.multiSettings(), valuesPath: '$.data.fields[*]', keyPath: '$.label', valuePath: '$.value' };
    await using opened = await open(settings);
    expect(await opened.get('db')).toEqual({ user: 'u', password: 'p' });
    const fields = [{ label: 'canary', value: 1 }];
    vault.service.inject(answer(200, {}, { data: { fields: [...fields, ...fields] } }));
    expect(await failureOf(opened.get('db'))).toMatchObject({
      code: 'failed_precondition',
      detail: "couldn't read secret db: keyPath finds one key twice",
    });
    vault.service.clearFaults();
    vault.service.inject(answer(200, {}, { data: { fields: [] } }));
    expect(await failureOf(opened.get('db'))).toMatchObject({
      code: 'failed_precondition',
      hint: expect.stringMatching(/^check valuesPath/),
    });
  });

  it('may be none', async () => {
    await using vault = await JsonVault.start();
    vault.put('db', {});
    await using opened = await open(vault.multiSettings());
    expect(await opened.get('db')).toEqual({});
  });

  it.each(['text', 5, true, ['a']])('are not what is no object: %j', async (values) => {
    await using service = await startFakeService(() => ({ status: 200, body: { values } }));
    await using opened = await open({ url: `${service.url}/{name}`, valuesPath: '$.values' });
    expect(await failureOf(opened.get('a'))).toMatchObject({
      code: 'failed_precondition',
      detail: "couldn't read secret a: valuesPath finds what is no object",
    });
  });
});

describe('expiry and version', () => {
  it.each([
    ['"2030-01-02T03:04:05Z"', Date.parse(EXPIRES)],
    ['"2030-01-02T04:04:05.000+01:00"', Date.parse(EXPIRES)],
    ['1893553445', Date.parse(EXPIRES)],
    ['"1893553445"', Date.parse(EXPIRES)],
    ['1893553445000', Date.parse(EXPIRES)],
    ['0', undefined],
    ['"0001-01-01T00:00:00Z"', undefined],
    ['"soon"', undefined],
    ['"3"', 3000],
    ['null', undefined],
    ['{}', undefined],
  ])('%s', async (source, expiresAt) => {
    const headers = { 'content-type': 'application/json' };
    await using service = await startFakeService(() => ({ status: 200, headers, body: `{"v": "x", "at": ${source}}` }));
    const settings = { url: `${service.url}/{name}`, valuePath: '$.v', expiryPath: '$.at', versionPath: '$.version' };
    await using opened = await open(settings);
    expect(await opened.read('a')).toEqual({ data: { a: 'x' }, ...(expiresAt === undefined ? {} : { expiresAt }) });
  });
});

describe('a request', () => {
  it('has the header and query settings, in UTF-8, and no parameter twice', async () => {
    await using service = await startFakeService(() => ({ status: 200, body: { v: 'x', names: [], next: '/more?key=1' } }));
    await using opened = await open({
      url: `${service.url}/{name}?fixed`,
      valuePath: '$.v',
      listUrl: `${service.url}/list`,
      listPath: '$.names[*]',
      nextPath: '$.next',
      'header.X-Api-Key': ' schlüssel\n',
      'header.accept': 'application/vnd.acme+json',
      'query.key': 'a&b=ü',
    });
    await opened.get('a');
    await failureOf(opened.list());
    const [first, second, third] = service.requests;
    expect(Buffer.from(String(first?.headers['x-api-key']), 'latin1').toString()).toBe('schlüssel');
    expect(first?.headers.accept).toBe('application/vnd.acme+json');
    expect([first?.search, second?.search, third?.search]).toEqual([
      '?fixed&key=a%26b%3D%C3%BC',
      '?key=a%26b%3D%C3%BC',
      '?key=1',
    ]);
  });

  it.each([
    [{ username: 'me', password: 'pä:ss' }, `Basic ${Buffer.from('me:pä:ss').toString('base64')}`],
    [{ token: 't\n', tokenScheme: 'Token' }, 'Token t'],
    [{ token: 't', tokenScheme: '' }, 't'],
    [{ 'header.Authorization': 'GenieKey k' }, 'GenieKey k'],
  ])('logs in by %o', async (login, authorization) => {
    await using service = await startFakeService(() => ({ status: 200, body: { v: 'x' } }));
    await using opened = await open({ url: `${service.url}/{name}`, valuePath: '$.v', ...(login as Record<string, string>) });
    await opened.get('a');
    expect(service.requests[0]?.headers.authorization).toBe(authorization);
  });

  it('may be a POST of JSON, in which names are texts whatever they hold', async () => {
    await using vault = await JsonVault.start();
    const name = '"}, {"\\ %2B ü {version_id}';
    vault.put(name, { a: 'one' });
    vault.put(name, { a: 'two' });
    const body = '{"secret": "{name}", "version": "{version_id}", "query": "{ secret {name} }", "list": ["{version_id}", 1]}';
    const settings = { ...vault.settings(), url: `${vault.service.url}/v1/read`, method: 'POST', body };
    await using opened = await open(settings);
    expect(await opened.get(name)).toEqual({ [name]: 'two' });
    expect(await opened.get(name, { version_id: '1' })).toEqual({ [name]: 'one' });
    const [first, second] = vault.service.requests;
    expect(JSON.parse(String(first?.body))).toEqual({ secret: name, query: '{ secret {name} }', list: [1] });
    expect(JSON.parse(String(second?.body))).toMatchObject({ version: '1', list: ['1', 1] });
    expect(first?.headers['content-type']).toBe('application/json');
    expect(await failureOf(opened.get('a\udcff'))).toMatchObject({ code: 'invalid_argument' });
    expect(await failureOf(opened.get(''))).toMatchObject({ code: 'invalid_argument' });
  });

  it('takes request metadata, or what stands for it', async () => {
    await using service = await startFakeService(({ path }) => ({ status: 200, body: { v: path } }));
    const url = `${service.url}/{stage}/{name}`;
    await using without = await open({ url, valuePath: '$.v' });
    const failure = await failureOf(without.get('a'));
    expect(failure).toMatchObject({ code: 'invalid_argument', hint: 'give it with the request, or set default.stage' });
    expect(failure.detail).toBe('the request has no metadata stage, which the address needs');
    expect(await failureOf(without.get('a', { stage: '..' }))).toMatchObject({ code: 'invalid_argument' });
    expect(await without.get('a', { stage: 'x/y' })).toEqual({ a: '/x%2Fy/a' });
    await using withDefault = await open({ url, valuePath: '$.v', 'default.stage': 'prod' });
    expect(await withDefault.get('a')).toEqual({ a: '/prod/a' });
    expect(await withDefault.get('a', { stage: 'test' })).toEqual({ a: '/test/a' });
    // Not what every object has.
    await using inherited = await open({ url: `${service.url}/{constructor}/{name}`, valuePath: '$.v' });
    expect(await failureOf(inherited.get('a'))).toMatchObject({ code: 'invalid_argument' });
  });
});

describe('a list', () => {
  const names = Array.from({ length: 25 }, (_, index) => `s${index}`);

  it.each([
    ['by addresses', {}],
    ['by a parameter', { nextPath: '$.cursor', nextParameter: 'after' }],
    ['by the header Link', { nextPath: '', followLinks: 'true' }],
  ])('is followed page by page, %s', async (_, paging) => {
    await using vault = await JsonVault.start();
    for (const name of names) vault.put(name, { a: 'x' });
    await using opened = await open({ ...vault.settings(), ...paging });
    const pages = await opened.list();
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toEqual(names);
    expect(vault.service.requests).toHaveLength(3);
    expect(vault.service.requests.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
  });

  it('is one page where nothing says how to go on', async () => {
    await using vault = await JsonVault.start();
    for (const name of names) vault.put(name, { a: 'x' });
    await using opened = await open({ ...vault.settings(), nextPath: '' });
    expect((await opened.list()).flat()).toHaveLength(10);
  });

  it('takes request metadata', async () => {
    await using service = await startFakeService(({ path }) => ({ status: 200, body: [path, 7] }));
    const settings = {
      url: `${service.url}/{stage}/{name}`,
      valuePath: '$',
      listUrl: `${service.url}/{stage}`,
      listPath: '$[*]',
    };
    await using opened = await open(settings);
    expect(await opened.list({ stage: 'a' })).toEqual([['/a', '7']]);
    expect(await failureOf(opened.list())).toMatchObject({ code: 'invalid_argument' });
  });

  it('that is empty is told of, once', async () => {
    await using vault = await JsonVault.start();
    await using opened = await open({ ...vault.settings(), listPath: '$.secrets[*].name' });
    vault.put('a', { a: 'x' });
    expect([(await opened.list()).flat(), (await opened.list()).flat()]).toEqual([[], []]);
    const told = 'warn the list of secrets is empty: unless there are none, check listUrl and listPath';
    expect(opened.lines.filter((line) => line.startsWith('warn'))).toEqual([told]);
  });

  it.each([[[{ name: { canary: 1 } }]], [[{ name: null }]], [[{ name: true }]]])(
    'of what is no name fails: %j',
    async (items) => {
      await using vault = await JsonVault.start();
      vault.service.inject(answer(200, {}, { items }));
      await using opened = await open(vault.settings());
      expect(await failureOf(opened.list())).toMatchObject({
        code: 'failed_precondition',
        operation: 'list',
        detail: "couldn't list secrets: listPath finds what is no name",
      });
    },
  );
});

describe('a store', () => {
  it('pings by an address that says whether all is well', async () => {
    await using vault = await JsonVault.start();
    await using opened = await open(vault.settings());
    await opened.store.ping();
    expect(vault.service.requests.map(({ path }) => path)).toEqual(['/v1/whoami']);
    await using wrong = await open({ ...vault.settings(), token: 'other' });
    expect(await failureOf(wrong.store.ping())).toMatchObject({ code: 'unauthenticated', operation: 'ping' });
  });

  it('can do what its settings say, and tells which are missing', async () => {
    const settings = { url: 'https://127.0.0.1:1/{name}', valuePath: '$' };
    await using opened = await open(settings);
    expect(opened.store.features()).toEqual([]);
    expect(await failureOf(opened.list())).toMatchObject({ code: 'unimplemented', hint: 'set listUrl and listPath' });
    expect(await failureOf(opened.store.ping())).toMatchObject({ code: 'unimplemented', hint: 'set pingUrl' });
    expect(new HttpStore().features().every((feature) => definition.features.includes(feature))).toBe(true);
  });

  it('answers nothing once it is closed, and may be closed twice and while it reads', async () => {
    await using vault = await JsonVault.start({ delay: 20 });
    vault.put('a', { a: 'x' });
    const opened = await open(vault.settings());
    const running = opened.get('a');
    await opened.store.close();
    await opened.store.close();
    expect(await running).toEqual({ a: 'x' });
    expect(await failureOf(opened.get('a'))).toMatchObject({ code: 'unavailable' });
  });

  it('reads many at once over kept connections', async () => {
    await using vault = await JsonVault.start();
    vault.put('a', { a: 'x' });
    await using opened = await open(vault.settings());
    const all = await Promise.all(Array.from({ length: 500 }, () => opened.get('a')));
    expect(all.every((data) => JSON.stringify(data) === '{"a":"x"}')).toBe(true);
    expect(vault.service.connections).toBeLessThanOrEqual(64);
  });
});
