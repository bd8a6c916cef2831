import { inspect } from 'node:util';
import { strictDialect } from '@coffer/core';
import type { SecretStoreError } from '@coffer/core/driver';
import {
  answer,
  createAuthority,
  cutOff,
  type Fault,
  hang,
  huge,
  malformed,
  redirect,
  reset,
  slowBytes,
  startFakeService,
} from '@coffer/fake-services';
import { SECRET_KEY, throttled } from '@coffer/fake-services/huaweicloud';
import { describe, expect, it } from 'vitest';
import { failureOf, open, SETTINGS, settled, start } from './open.ts';

const reads = ({ path }: { path: string }) => path.includes('/versions/');
const lists = ({ path }: { path: string }) => path.endsWith('/secrets');

describe('a service that is too busy', () => {
  it('is asked again after a burst of refusals, and the bulk read succeeds', async () => {
    await using fake = await start();
    for (let index = 0; index < 60; index++) fake.secrets.put(`s${index}`, `v${index}`);
    const refused = new Set<string>();
    const isFirst = ({ path }: { path: string }) => reads({ path }) && refused.size < refused.add(path).size;
    fake.service.inject(throttled(0), { when: isFirst });
    const { bulk } = await open(fake);
    expect(Object.keys(await bulk())).toHaveLength(63);
    expect(fake.service.requests).toHaveLength(1 + 63 + 63);
  });

  it('is asked four times at most, and once under the strict dialect', async () => {
    await using fake = await start();
    fake.service.inject(throttled(0), { when: reads });
    for (const [dialect, times] of [
      [undefined, 4],
      [strictDialect, 1],
    ] as const) {
      const { get } = await open(fake, { properties: SETTINGS, ...(dialect && { dialect }) });
      const before = fake.service.requests.length;
      const failure = await failureOf(get('alpha'));
      expect(failure).toMatchObject({
        code: 'resource_exhausted',
        retryable: true,
        detail: expect.stringContaining('APIGW.0308'),
      });
      expect(failure.hint).toMatch(/cache reads/);
      expect(fake.service.requests).toHaveLength(before + times);
    }
  });

  it('is not waited for longer than there is time', async () => {
    await using fake = await start();
    fake.service.inject(throttled(3600));
    const { get } = await open(fake);
    await expect(get('alpha')).rejects.toMatchObject({ code: 'resource_exhausted' });
    expect(fake.service.requests).toHaveLength(1);
  });

  it('is not waited for when the caller gives up', async () => {
    await using fake = await start();
    fake.service.inject(throttled(20));
    const { store } = await open(fake);
    const controller = new AbortController();
    const read = store.get({ name: 'alpha', metadata: {} }, { signal: controller.signal });
    while (fake.service.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: 'canceled' });
  });

  it.each([
    ['an internal error', answer(500, { 'retry-after': '0' }, { error_code: 'CSM.0001', error_msg: 'Internal error.' })],
    ['a gateway', answer(502, { 'retry-after': '0' }, '<html>')],
    ['a pause of our own', throttled()],
  ])('%s passes', async (_, fault) => {
    await using fake = await start();
    fake.service.inject(fault, { times: 1 });
    const { get } = await open(fake);
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
  });

  it('is asked once when the answer is definite', async () => {
    await using fake = await start();
    fake.denials.push({ action: 'csms:secret:getVersion', secret: 'beta' });
    const { get } = await open(fake);
    await failureOf(get('missing'));
    await failureOf(get('beta'));
    expect(fake.service.requests).toHaveLength(2);
  });
});

describe('an answer that is none', () => {
  const foreign = /^\{"status_code":200,"request_id":"","error_code":"","error_message":"the answer is not that of the service",/;
  it.each<[name: string, fault: Fault, code: string, text: RegExp]>([
    ['cut off', cutOff(), 'unavailable', /^Get "http/],
    ['reset', reset(), 'unavailable', /^Get "http/],
    ['no JSON', malformed('{"version": "canary'), 'unavailable', foreign],
    ['a list', malformed('["canary"]'), 'unavailable', foreign],
    ['nothing known', answer(200, {}, { canary: true }), 'unavailable', foreign],
    ['no status of success', answer(204), 'unavailable', /^\{"status_code":204,/],
    ['too large', huge(10 * 2 ** 20), 'resource_exhausted', /the answer has more than 8388608 bytes$/],
    ['a page', answer(404, {}, '<html>canary</html>'), 'unimplemented', /^\{"status_code":404,/],
    ['a proxy’s refusal', answer(403, {}, 'canary'), 'permission_denied', /^\{"status_code":403,/],
    ['of another shape', answer(400, {}, { error: 'canary' }), 'invalid_argument', /^\{"status_code":400,/],
    ['an unknown status', answer(418, {}, 'canary'), 'unknown', /^\{"status_code":418,/],
  ])('%s', async (_, fault, code, text) => {
    await using fake = await start();
    fake.service.inject(fault);
    const { get } = await open(fake);
    const failure = await failureOf(get('alpha'));
    expect(failure).toMatchObject({ code, detail: expect.stringMatching(text) });
    expect(`${failure.detail}${failure.hint}`).not.toContain('canary');
  });

  it('is a redirect, which is not followed', async () => {
    await using fake = await start();
    await using thief = await startFakeService(() => ({ status: 200, body: {} }));
    for (const status of [301, 302, 307, 308]) {
      fake.service.inject(redirect(`${thief.url}/v1/`, status), { times: 1 });
      const failure = await failureOf((await open(fake)).get('alpha'));
      expect(failure).toMatchObject({ code: 'unavailable', detail: expect.stringContaining(`"status_code":${status}`) });
      expect(failure.hint).toContain('not that of the service');
    }
    expect(thief.requests).toEqual([]);
  });

  it('is one of another authority’s certificate', async () => {
    const authority = createAuthority();
    const tls = authority.issue('fake', ['kms.cn-north-4.myhuaweicloud.com']);
    const handler = () => ({ status: 200, body: { version: { secret_string: 'x' } } });
    await using secure = await startFakeService(handler, { tls });
    await using fake = await start();
    const properties = settled(fake);
    const address = new URL(secure.url);
    const trusting = await open(fake, { properties, dependencies: { address, tls: { ca: authority.cert } } });
    expect(await trusting.get('a')).toEqual({ a: 'x' });
    await expect((await open(fake, { properties, dependencies: { address } })).get('a')).rejects.toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('failed to verify certificate'),
    });
  });
});

describe('time', () => {
  it.each([
    ['hangs', hang()],
    ['sends byte by byte', slowBytes(5)],
  ])('ends a call that %s', async (_, fault) => {
    await using fake = await start();
    const { get, bulk, store } = await open(fake, { properties: { ...settled(fake), requestTimeout: '300ms' } });
    await get('beta');
    fake.service.inject(fault);
    const failure = { code: 'deadline_exceeded', detail: expect.stringMatching(/^Get "http.*: context deadline exceeded$/) };
    await expect(get('alpha')).rejects.toMatchObject(failure);
    await expect(bulk()).rejects.toMatchObject(failure);
    await expect(store.ping()).rejects.toMatchObject(failure);
    await expect(open(fake, { properties: { ...SETTINGS, requestTimeout: '300ms' } })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      detail: expect.stringMatching(/^failed to get project id, Get "http/),
    });
  });

  it('of the caller ends it too, and an abort ends it at the socket', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    const late = store.get({ name: 'alpha', metadata: {} }, { signal: AbortSignal.timeout(0) });
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' });
    let ended = 0;
    fake.service.inject((response) => void response.once('close', () => ended++));
    const controller = new AbortController();
    const { signal } = controller;
    const read = store.get({ name: 'alpha', metadata: {} }, { signal });
    const listed = store.list({ metadata: {} }, { signal })[Symbol.asyncIterator]().next();
    const pinged = store.ping({ signal });
    while (fake.service.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    for (const call of [read, listed, pinged]) await expect(call).rejects.toMatchObject({ code: 'canceled' });
    while (ended < 3) await new Promise((resolve) => setTimeout(resolve, 2));
    await expect(store.get({ name: 'alpha', metadata: {} }, { signal })).rejects.toMatchObject({ code: 'canceled' });
  });
});

describe('a bulk read', () => {
  it('that fails at page 7 fails, and one of which a secret fails names it and stops the others', async () => {
    await using fake = await start();
    for (let index = 0; index < 650; index++) fake.secrets.put(`s${index}`, 'v');
    let page = 0;
    const seventh = (request: { path: string }) => lists(request) && ++page === 7;
    fake.service.inject(answer(500, { 'retry-after': '60' }), { when: seventh, times: 1 });
    const { list } = await open(fake);
    await expect(list()).rejects.toMatchObject({ code: 'unavailable', detail: expect.stringContaining('"status_code":500') });
    fake.service.inject(answer(403, {}, 'no'), { when: ({ path }) => path.includes('/s20/') });
    const before = fake.service.requests.length;
    const { bulk } = await open(fake);
    expect(await failureOf(bulk())).toMatchObject({ code: 'permission_denied', secret: 's20', operation: 'bulkGet' });
    expect(fake.service.requests.length - before).toBeLessThan(400);
  });

  it('ends when the caller gives up', async () => {
    await using fake = await start();
    for (let index = 0; index < 200; index++) fake.secrets.put(`s${index}`, 'v');
    fake.service.inject(hang(), { when: ({ path }) => path.includes('/s50/') });
    const { bulk } = await open(fake);
    const controller = new AbortController();
    const read = bulk({ signal: controller.signal });
    while (!fake.calls.some((call) => call.includes('/s50/'))) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: 'canceled' });
  });
});

describe('what must not be told', () => {
  it('is in no failure and no line of the log', async () => {
    await using fake = await start();
    const canary = 'canary-of-a-value';
    const token = 'canary-of-a-token';
    fake.keys.set('TEMPORARY', { secretKey: SECRET_KEY, securityToken: token });
    fake.secrets.put('alpha', canary);
    const keys = { accessKey: 'TEMPORARY', secretAccessKey: SECRET_KEY, securityToken: token };
    const { get, bulk, store } = await open(fake, { properties: { ...settled(fake), ...keys } });
    expect(await get('alpha')).toEqual({ alpha: canary });
    const failures: SecretStoreError[] = [];
    const body = { version: { secret_string: { canary } }, secrets: [canary], error_msg: canary };
    const faults: Fault[] = [
      malformed(`{"version":{"secret_string":"${canary}`),
      cutOff(JSON.stringify(body)),
      answer(200, {}, body),
      answer(400, {}, body),
      answer(401, {}, body),
      answer(403, {}, canary),
      redirect(`https://user:${canary}@example.test/?token=${canary}`),
    ];
    for (const fault of faults) {
      fake.service.clearFaults();
      fake.service.inject(fault);
      failures.push(await failureOf(get('alpha')), await failureOf(bulk()));
      await store.ping().catch((cause) => failures.push(cause));
      failures.push(await failureOf(open(fake, { properties: { ...SETTINGS, ...keys } })));
    }
    fake.service.clearFaults();
    failures.push(await failureOf(open(fake, { properties: { ...SETTINGS, ...keys, securityToken: 'wrong' } })));
    const told = [...failures.flatMap(everythingOf), inspect(store, { depth: 9, showHidden: true })].join('\n');
    for (const secret of [canary, token, SECRET_KEY]) expect(told.includes(secret), secret.slice(0, 12)).toBe(false);
  });
});

/** Every text of a failure that somebody could print, its causes included. */
function everythingOf(failure: unknown): string[] {
  if (!(failure instanceof Error)) return [];
  const { message, stack = '', cause } = failure;
  return [message, stack, JSON.stringify(failure), inspect(failure, { depth: 9 }), ...everythingOf(cause)];
}
