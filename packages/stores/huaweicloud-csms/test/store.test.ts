import { strictDialect } from '@coffer/core';
import { answer } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { HuaweiCsmsStore } from '../src/store.ts';
import { failureOf, open, SETTINGS, settled, start } from './open.ts';

const NOT_OPEN = { code: 'unavailable', detail: 'the store is not initialised' };
const said = (status: number, code: string, text: string) =>
  `{"status_code":${status},"request_id":"hw-request-id-1","error_code":"${code}","error_message":"${text}","encoded_authorization_message":""}`;

describe('secretstores.huaweicloud.csms: before init and after close', () => {
  it('H14: announces no several keys a secret, and closes without a connection', async () => {
    const store = new HuaweiCsmsStore();
    expect(store.features()).toEqual(['LIST', 'PING']);
    await store.close();
    await expect(store.get({ name: 'x', metadata: {} })).rejects.toMatchObject(NOT_OPEN);
    await expect(store.bulkGet({ metadata: {} })).rejects.toMatchObject(NOT_OPEN);
  });

  it('closes twice, and reads nothing more', async () => {
    await using fake = await start();
    const { store, get } = await open(fake);
    expect(await get('beta')).toEqual({ beta: 'value of beta' });
    await store.close();
    await store.close();
    await expect(get('beta')).rejects.toMatchObject(NOT_OPEN);
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('secretstores.huaweicloud.csms: init', () => {
  it('asks nothing when the project is given, and IAM once when it is not', async () => {
    await using fake = await start();
    await open(fake);
    expect(fake.calls).toEqual([]);
    const { get } = await open(fake, { properties: SETTINGS });
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(fake.calls).toEqual(['GET /v3/projects?name=cn-north-4', `GET /v1/${fake.project}/secrets/alpha/versions/latest`]);
    const [iam, csms] = fake.service.requests;
    expect([iam?.headers.host, csms?.headers.host]).toEqual(['iam.myhuaweicloud.com', 'kms.cn-north-4.myhuaweicloud.com']);
  });

  it('H11: a region that nobody has heard of is told by IAM, or is refused under the strict dialect before anything is asked', async () => {
    await using fake = await start();
    const properties = { ...SETTINGS, region: 'cn-nort-4' };
    await expect(open(fake, { properties })).rejects.toMatchObject({
      code: 'failed_precondition',
      detail:
        'failed to get project id, No project id found, please specify project_id manually when initializing the credentials',
      hint: 'did you mean cn-north-4?',
    });
    expect(fake.calls).toHaveLength(1);
    await expect(open(fake, { properties, dialect: strictDialect })).rejects.toMatchObject({
      code: 'invalid_argument',
      detail: 'unexpected regionId: cn-nort-4',
      hint: 'did you mean cn-north-4?',
    });
    for (const region of ['CN-North-4', 'evil.test/', 'a b', '-']) {
      const bad = open(fake, { properties: { ...SETTINGS, region } });
      await expect(bad).rejects.toMatchObject({ code: 'invalid_argument', detail: `unexpected regionId: ${region}` });
    }
    expect(fake.calls).toHaveLength(1);
  });

  it('H13: a project that can not be looked up fails the init', async () => {
    await using fake = await start();
    const failure = async () => failureOf(open(fake, { properties: SETTINGS }));
    fake.denials.push({ action: 'iam:projects:listProjects' });
    expect(await failure()).toMatchObject({
      code: 'permission_denied',
      operation: 'init',
      detail: `failed to get project id, ${said(403, 'CSM.0403', 'The user does not have permission.')}`,
      hint: 'grant iam:projects:listProjects, or set projectId',
    });
    fake.denials.length = 0;
    fake.projects.set('another', 'cn-north-4');
    expect(await failure()).toMatchObject({
      code: 'failed_precondition',
      detail:
        'failed to get project id, multiple project ids have been returned, please specify one when initializing the credentials',
      hint: 'set projectId to one of them',
    });
    fake.service.inject(answer(200, {}, '<html>'));
    expect(await failure()).toMatchObject({
      code: 'unavailable',
      detail: expect.stringMatching(/^failed to get project id, \{"status_code":200,/),
    });
  });

  it('sends what is set: endpoint, IAM endpoint and token, or those of the environment, in both dialects', async () => {
    await using fake = await start();
    fake.keys.set('TEMPORARY', { secretKey: 'sk', securityToken: 'token/+=' });
    const own = { iamEndpoint: 'https://iam.example.test', endpoint: 'csms.example.test:8443', securityToken: 'token/+=' };
    const properties = { region: 'mars-1', accessKey: 'TEMPORARY', secretAccessKey: 'sk' };
    fake.projects.set(fake.project, 'mars-1');
    const hosts = () => fake.service.requests.splice(0).map(({ headers }) => headers.host);
    const configured = await open(fake, { properties: { ...properties, ...own } });
    expect(await configured.get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(hosts()).toEqual(['iam.example.test', 'csms.example.test:8443']);
    const environment = {
      HUAWEICLOUD_SDK_IAM_ENDPOINT: 'https://iam.cn-north-4.myhuaweicloud.com',
      HUAWEICLOUD_SDK_REGION_CSMS_MARS_1: 'https://csms.mars-1.test,https://spare.mars-1.test',
    };
    const lasting = { ...SETTINGS, region: 'mars-1' };
    for (const dialect of [undefined, strictDialect]) {
      const { get } = await open(fake, { properties: lasting, dependencies: { environment }, ...(dialect && { dialect }) });
      expect(await get('alpha', { version_id: 'latest' })).toEqual({ alpha: 'value of alpha' });
      expect(hosts()).toEqual(['iam.cn-north-4.myhuaweicloud.com', 'csms.mars-1.test']);
    }
    const broken = { HUAWEICLOUD_SDK_IAM_ENDPOINT: 'http://iam.example.test' };
    await expect(open(fake, { dependencies: { environment: broken } })).rejects.toMatchObject({
      detail: 'HUAWEICLOUD_SDK_IAM_ENDPOINT is not an address',
    });
  });

  it('knows none of its own settings under the strict dialect', async () => {
    await using fake = await start();
    const properties = { ...settled(fake), endpoint: 'https://elsewhere.test', securityToken: 'x', projectId: 'ignored' };
    const { get } = await open(fake, { properties, dialect: strictDialect });
    expect(await get('alpha', { version_id: 'v2' })).toEqual({ alpha: 'value of alpha' });
    expect(fake.calls[1]).toBe(`GET /v1/${fake.project}/secrets/alpha/versions/v2`);
  });
});

describe('secretstores.huaweicloud.csms: get', () => {
  it('H1: reads the version that is asked for, and tells which it was and when it expires', async () => {
    await using fake = await start();
    fake.secrets.put('alpha', 'third', 1_999_999_999_000);
    const { store } = await open(fake);
    const first = await store.get({ name: 'alpha', metadata: { version_id: 'v1', namespace: 'ignored' } });
    expect(first).toEqual({ data: { alpha: 'first of alpha' }, version: 'v1' });
    const latest = await store.get({ name: 'alpha', metadata: {} });
    expect(latest).toEqual({ data: { alpha: 'third' }, version: 'v3', expiresAt: 1_999_999_999_000 });
    expect(Object.getPrototypeOf(latest.data)).toBeNull();
  });

  it('H3: reads the latest version when none is asked for; the strict dialect asks for one without a name', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(await get('alpha', { version_id: '' })).toEqual({ alpha: 'value of alpha' });
    const strict = await open(fake, { properties: SETTINGS, dialect: strictDialect });
    await expect(strict.get('alpha')).rejects.toMatchObject({
      code: 'unimplemented',
      detail: expect.stringContaining('APIG.0101'),
    });
    expect(fake.calls.at(-1)).toMatch(/\/alpha\/versions\/$/);
  });

  it('H4: gives a binary secret as base64, also when it is text', async () => {
    await using fake = await start();
    fake.secrets.put('key', Buffer.from([0, 1, 2, 0xff]));
    fake.secrets.put('text', Buffer.from('text'));
    for (const dialect of [undefined, strictDialect]) {
      const { get } = await open(fake, { properties: SETTINGS, ...(dialect && { dialect }) });
      expect(await get('key', { version_id: 'latest' })).toEqual({ key: 'AAEC/w==' });
      expect(await get('text', { version_id: 'v1' })).toEqual({ text: 'dGV4dA==' });
    }
  });

  it.each([
    [{ secret_string: '', secret_binary: null }, ''],
    [{ secret_string: '', secret_binary: 'AAEC' }, 'AAEC'],
    [{ secret_string: 'text', secret_binary: '' }, 'text'],
    [{ secret_binary: '' }, ''],
  ])('gives whichever of the two values of %j has something in it', async (version, value) => {
    await using fake = await start();
    fake.service.inject(answer(200, {}, { version }));
    const { store } = await open(fake);
    expect(await store.get({ name: 'x', metadata: {} })).toEqual({ data: { x: value } });
  });

  it.each([
    ['not_found', 'missing', {}, said(404, 'CSM.0404', 'Secret not found.'), /check name/],
    ['not_found', 'alpha', { version_id: 'v9' }, said(404, 'CSM.0506', 'The secret version does not exist.'), /version_id/],
    ['failed_precondition', 'beta', {}, said(400, 'CSM.0402', 'The secret is not enabled.'), /enable it/],
    ['permission_denied', 'gamma', {}, said(403, 'CSM.0403', 'The user does not have permission.'), /csms:secret:getVersion/],
  ])('H2: %s for %s %j', async (code, name, metadata, detail, hint) => {
    await using fake = await start();
    fake.secrets.setState('beta', 'DISABLED');
    fake.denials.push({ action: 'csms:secret:getVersion', secret: 'gamma' });
    for (const dialect of [undefined, strictDialect]) {
      const { get } = await open(fake, { properties: SETTINGS, ...(dialect && { dialect }) });
      const failure = await failureOf(get(name, { version_id: 'latest', ...metadata }));
      expect(failure).toMatchObject({ code, detail, secret: name, operation: 'get', hint: expect.stringMatching(hint) });
    }
  });

  it('is refused once with a wrong key, and says that keys get locked', async () => {
    await using fake = await start();
    const { get } = await open(fake, { properties: { ...settled(fake), secretAccessKey: 'canary' } });
    const failure = await failureOf(get('alpha'));
    expect(failure).toMatchObject({ code: 'unauthenticated', hint: expect.stringMatching(/locked/) });
    expect(fake.calls).toHaveLength(1);
  });

  it.each([
    ['a/b', 'a%2Fb'],
    ['a b+c日', 'a%20b%2Bc%E6%97%A5'],
    ["!'()*~", '%21%27%28%29%2A~'],
    ['?limit=1#x', '%3Flimit%3D1%23x'],
    ['%2e%2e', '%252e%252e'],
    ['\u{1f511}', '%F0%9F%94%91'],
    ['a\udcff', 'a%FF'],
    ['__proto__', '__proto__'],
    ['x'.repeat(1024), 'x'.repeat(1024)],
  ])('%s reaches its own secret only, signed', async (name, escaped) => {
    await using fake = await start();
    for (const dialect of [undefined, strictDialect]) {
      const { get } = await open(fake, { properties: SETTINGS, ...(dialect && { dialect }) });
      await expect(get(name, { version_id: name })).rejects.toMatchObject({ code: 'not_found' });
      expect(fake.calls.at(-1)).toBe(`GET /v1/${fake.project}/secrets/${escaped}/versions/${escaped}`);
    }
  });

  it.each([
    ['', {}],
    ['.', {}],
    ['..', {}],
    ['alpha', { version_id: '..' }],
  ])('refuses %j %j without a request', async (name, metadata) => {
    await using fake = await start();
    const { get } = await open(fake);
    await expect(get(name, metadata)).rejects.toMatchObject({ code: 'invalid_argument', secret: name });
    expect(fake.calls).toEqual([]);
  });

  it('takes prototype-shaped and longest names, and largest values', async () => {
    await using fake = await start();
    for (const name of ['__proto__', 'constructor', 'x'.repeat(64)]) fake.secrets.put(name, 'ä'.repeat(16 * 1024));
    const { store } = await open(fake);
    const { data } = await store.bulkGet({ metadata: {} });
    for (const name of ['__proto__', 'constructor', 'x'.repeat(64)]) {
      expect(Object.entries((await store.get({ name, metadata: {} })).data ?? {})).toEqual([[name, 'ä'.repeat(16 * 1024)]]);
      expect(Object.entries(data?.[name] ?? {})).toEqual([[name, 'ä'.repeat(16 * 1024)]]);
    }
  });
});

describe('secretstores.huaweicloud.csms: bulk and list', () => {
  it('H5: reads the latest version of one secret, whatever version is asked for', async () => {
    await using fake = await start();
    fake.secrets.remove('beta');
    fake.secrets.remove('gamma');
    const { store } = await open(fake);
    expect(await store.bulkGet({ metadata: { version_id: 'v1' } })).toEqual({ data: { alpha: { alpha: 'value of alpha' } } });
    expect(fake.calls).toEqual([
      `GET /v1/${fake.project}/secrets?limit=100`,
      `GET /v1/${fake.project}/secrets/alpha/versions/latest`,
    ]);
  });

  it('H6: fails when the list does', async () => {
    await using fake = await start();
    fake.denials.push({ action: 'csms:secret:list' });
    const { bulk, list } = await open(fake);
    const detail = said(403, 'CSM.0403', 'The user does not have permission.');
    expect(await failureOf(bulk())).toMatchObject({
      code: 'permission_denied',
      detail,
      hint: expect.stringMatching(/csms:secret:list/),
    });
    expect(await failureOf(list())).toMatchObject({ code: 'permission_denied', detail, hint: 'grant csms:secret:list' });
  });

  it('H7: fails when a read does, and says for which secret', async () => {
    await using fake = await start();
    fake.denials.push({ action: 'csms:secret:getVersion', secret: 'beta' });
    const detail = said(403, 'CSM.0403', 'The user does not have permission.');
    expect(await failureOf((await open(fake)).bulk())).toMatchObject({
      code: 'permission_denied',
      secret: 'beta',
      operation: 'bulkGet',
      detail: `secret beta: ${detail}`,
    });
    const strict = await open(fake, { properties: SETTINGS, dialect: strictDialect });
    expect(await failureOf(strict.bulk())).toMatchObject({ secret: 'beta', detail });
  });

  it('H8: follows the marker, a hundred secrets at a time, and reads ten of them at a time', async () => {
    await using fake = await start();
    const names = Array.from({ length: 250 }, (_, index) => `s${String(index).padStart(3, '0')}`);
    for (const name of names) fake.secrets.put(name, `value of ${name}`);
    fake.service.delay = 2;
    const { bulk, list } = await open(fake);
    const all = ['alpha', 'beta', 'gamma', ...names];
    expect(await list()).toEqual([all.slice(0, 100), all.slice(100, 200), all.slice(200)]);
    expect(fake.calls.map((call) => call.split('/secrets')[1])).toEqual([
      '?limit=100',
      '?limit=100&marker=s096',
      '?limit=100&marker=s196',
    ]);
    fake.service.mostInFlight = 0;
    expect(await bulk()).toEqual(Object.fromEntries(all.map((name) => [name, { [name]: `value of ${name}` }])));
    expect(fake.service.requests).toHaveLength(3 + 3 + 253);
    expect(fake.service.mostInFlight).toBeGreaterThan(5);
    expect(fake.service.mostInFlight).toBeLessThanOrEqual(11);
  });

  it('H9: an empty marker is the end, a repeated one a failure; a name that comes twice is one secret', async () => {
    await using fake = await start();
    const page = (names: readonly string[], next: unknown) =>
      answer(200, {}, { secrets: names.map((name) => ({ name, state: 'ENABLED' })), page_info: { next_marker: next } });
    fake.service.inject(page(['alpha', 'beta'], 'beta'), { times: 1 });
    fake.service.inject(page(['beta', 'gamma'], ''), { times: 1 });
    const { list } = await open(fake);
    expect(await list()).toEqual([['alpha', 'beta'], ['gamma']]);
    fake.service.inject(page(['alpha'], 'again'));
    await expect(list()).rejects.toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('the same page marker came twice'),
    });
  });

  it('H10: leaves out what is disabled, frozen or about to be deleted; the strict dialect fails on it', async () => {
    await using fake = await start();
    for (const [name, state] of [
      ['a', 'DISABLED'],
      ['b', 'PENDING_DELETE'],
      ['c', 'FROZEN'],
    ] as const) {
      fake.secrets.put(name, 'x');
      fake.secrets.setState(name, state);
    }
    const { bulk, list } = await open(fake);
    expect(Object.keys(await bulk())).toEqual(['alpha', 'beta', 'gamma']);
    expect(await list()).toEqual([['alpha', 'beta', 'gamma']]);
    const strict = await open(fake, { properties: SETTINGS, dialect: strictDialect });
    await expect(strict.bulk()).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: said(400, 'CSM.0402', 'The secret is not enabled.'),
    });
  });

  it('leaves out what is deleted while it reads; the strict dialect fails on it', async () => {
    await using fake = await start();
    const gone = answer(404, {}, { error_code: 'CSM.0404', error_msg: 'Secret not found.' });
    fake.service.inject(gone, { when: ({ path }) => path.includes('/beta/') });
    expect(Object.keys(await (await open(fake)).bulk())).toEqual(['alpha', 'gamma']);
    const strict = await open(fake, { properties: SETTINGS, dialect: strictDialect });
    await expect(strict.bulk()).rejects.toMatchObject({ code: 'not_found', secret: 'beta' });
  });

  it('asks only for what the caller may have', async () => {
    await using fake = await start();
    fake.denials.push({ action: 'csms:secret:getVersion', secret: 'beta' });
    const { store } = await open(fake);
    const { data } = await store.bulkGet({ metadata: {}, wanted: (name) => name !== 'beta' });
    expect(Object.keys(data ?? {})).toEqual(['alpha', 'gamma']);
  });

  it('finds nothing in an empty project', async () => {
    await using fake = await start();
    for (const name of ['alpha', 'beta', 'gamma']) fake.secrets.remove(name);
    const { bulk, list } = await open(fake);
    expect(await bulk()).toEqual({});
    expect(await list()).toEqual([]);
  });
});

describe('secretstores.huaweicloud.csms: ping', () => {
  it('is one small call, which needs no permission', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    await store.ping();
    fake.denials.push({ action: 'csms:secret:list' });
    await store.ping();
    const call = `GET /v1/${fake.project}/secrets?limit=1`;
    expect(fake.calls).toEqual([call, call]);
  });

  it('fails with a key that is not taken, and without a service', async () => {
    const fake = await start();
    const { store } = await open(fake, { properties: { ...settled(fake), secretAccessKey: 'wrong' } });
    await expect(store.ping()).rejects.toMatchObject({ code: 'unauthenticated', operation: 'ping' });
    await fake.close();
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable', hint: expect.stringMatching(/endpoint/) });
  });
});
