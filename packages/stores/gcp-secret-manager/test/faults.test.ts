import { inspect } from 'node:util';
import { strictDialect } from '@coffer/core';
import type { SecretStoreError } from '@coffer/core/driver';
import {
  answer,
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
import { quotaExceeded, rpcFailure } from '@coffer/fake-services/google';
import { describe, expect, it } from 'vitest';
import { failureOf, keyOf, open, start } from './open.ts';

const accesses = ({ path }: { path: string }) => path.endsWith(':access');
const lists = ({ path }: { path: string }) => path.endsWith('/secrets');

describe('a service that is too busy', () => {
  it('is asked again after a burst of refusals, and the bulk read succeeds', async () => {
    await using fake = await start();
    for (let index = 0; index < 60; index++) fake.secrets.put(`s${index}`, `v${index}`);
    const refused = new Set<string>();
    // The first request for each secret; the header goes before RetryInfo.
    const isFirst = ({ path }: { path: string }) => accesses({ path }) && refused.size < refused.add(path).size;
    fake.service.inject(quotaExceeded({ retryAfter: 0, retryDelay: 9 }), { when: isFirst });
    const { bulk } = await open(fake);
    expect(Object.keys(await bulk())).toHaveLength(63);
    expect(fake.service.requests).toHaveLength(1 + 63 + 63);
  });

  it('is asked four times at most', async () => {
    await using fake = await start();
    fake.service.inject(quotaExceeded({ retryDelay: 0 }));
    for (const dialect of [undefined, strictDialect]) {
      const { get } = await open(fake, dialect && { dialect });
      const before = fake.service.requests.length;
      const failure = await failureOf(get('alpha'));
      expect(failure).toMatchObject({ code: 'resource_exhausted', retryable: true });
      expect(failure.detail).toMatch(
        /^failed to access secret version: rpc error: code = ResourceExhausted desc = Quota exceeded for /,
      );
      expect(failure.hint).toMatch(/quota/);
      expect(fake.service.requests).toHaveLength(before + 4);
    }
  });

  it('is not waited for longer than there is time', async () => {
    await using fake = await start();
    fake.service.inject(quotaExceeded({ retryAfter: 3600 }));
    const { get } = await open(fake);
    await expect(get('alpha')).rejects.toMatchObject({ code: 'resource_exhausted' });
    expect(fake.service.requests).toHaveLength(1);
  });

  it('is not waited for when the caller gives up', async () => {
    await using fake = await start();
    fake.service.inject(quotaExceeded({ retryAfter: 20 }));
    const { store } = await open(fake);
    const controller = new AbortController();
    const read = store.get({ name: 'alpha', metadata: {} }, { signal: controller.signal });
    while (fake.service.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: 'canceled' });
  });

  it.each([
    ['Unavailable', rpcFailure('UNAVAILABLE', 'made up', { 'retry-after': '0' })],
    ['Internal', rpcFailure('INTERNAL', 'made up', { 'retry-after': '0' })],
    ['a gateway', answer(502, { 'retry-after': '0' }, '<html>')],
  ])('%s passes', async (_, fault) => {
    await using fake = await start();
    fake.service.inject(fault, { times: 2 });
    const { get } = await open(fake);
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
  });

  it('is asked again after a pause of our own when it names none', async () => {
    await using fake = await start();
    fake.service.inject(rpcFailure('UNAVAILABLE', 'made up'), { times: 1 });
    const { get } = await open(fake);
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
  });

  it('is asked once when the answer is definite', async () => {
    await using fake = await start();
    fake.denials.push({ permission: 'secretmanager.versions.access', secret: 'beta' });
    const { get } = await open(fake);
    await failureOf(get('missing'));
    await failureOf(get('beta'));
    expect(fake.service.requests).toHaveLength(2);
  });
});

describe('an answer that is none', () => {
  const begins = 'failed to access secret version: rpc error: code = ';
  it.each<[name: string, fault: Fault, code: string, text: RegExp]>([
    ['cut off', cutOff(), 'unavailable', /^Unavailable desc = Get "http/],
    ['reset', reset(), 'unavailable', /^Unavailable desc = Get "http/],
    ['no JSON', malformed('{"name": "canary'), 'unavailable', /^Internal desc = the answer is not that of Secret Manager$/],
    ['a list', malformed('["canary"]'), 'unavailable', /^Internal desc = /],
    ['nothing known', answer(200, {}, { canary: true }), 'unavailable', /^Internal desc = /],
    ['too large', huge(5 * 2 ** 20), 'resource_exhausted', /^ResourceExhausted desc = the answer has more than 4194304 bytes$/],
    [
      'a page',
      answer(404, {}, '<html>canary</html>'),
      'unimplemented',
      /^Unimplemented desc = unexpected HTTP status code received from server: 404$/,
    ],
    ['a proxy’s refusal', answer(403, {}, 'canary'), 'permission_denied', /^PermissionDenied desc = unexpected HTTP status code/],
    ['of another shape', answer(400, {}, { error: 'canary' }), 'unknown', /^Unknown desc = unexpected HTTP status/],
    ['an unknown status', answer(418, {}, 'canary'), 'unknown', /^Unknown desc = unexpected HTTP status/],
  ])('%s', async (_, fault, code, text) => {
    await using fake = await start();
    fake.service.inject(fault);
    const { get } = await open(fake);
    const failure = await failureOf(get('alpha'));
    expect(failure.code).toBe(code);
    expect(failure.detail.slice(0, begins.length)).toBe(begins);
    expect(failure.detail.slice(begins.length)).toMatch(text);
    expect(`${failure.detail}${failure.hint}`).not.toContain('canary');
  });

  it('is a redirect, which is not followed', async () => {
    await using fake = await start();
    await using thief = await startFakeService(() => ({ status: 200, body: {} }));
    for (const status of [301, 302, 307, 308]) {
      fake.service.inject(redirect(`${thief.url}/v1/projects`, status), { times: 1 });
      const failure = await failureOf((await open(fake)).get('alpha'));
      expect(failure).toMatchObject({
        code: 'unknown',
        detail: expect.stringContaining(`status code received from server: ${status}`),
      });
      expect(failure.hint).toContain('not that of Secret Manager');
    }
    expect(thief.requests).toEqual([]);
  });
});

describe('time', () => {
  it.each([
    ['hangs', hang()],
    ['sends byte by byte', slowBytes(5)],
  ])('ends a call that %s', async (_, fault) => {
    await using fake = await start();
    const { get, bulk } = await open(fake, { properties: { ...keyOf(fake), requestTimeout: '300ms' } });
    await get('beta');
    fake.service.inject(fault);
    const detail = 'rpc error: code = DeadlineExceeded desc = context deadline exceeded';
    await expect(get('alpha')).rejects.toMatchObject({
      code: 'deadline_exceeded',
      detail: `failed to access secret version: ${detail}`,
    });
    await expect(bulk()).rejects.toMatchObject({ code: 'deadline_exceeded', detail: `failed to list secrets: ${detail}` });
  });

  it('of the caller ends it too, and an abort ends it at the socket', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    const late = store.get({ name: 'alpha', metadata: {} }, { signal: AbortSignal.timeout(0) });
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' });
    let ended = 0;
    fake.service.inject((response) => void response.once('close', () => ended++));
    const controller = new AbortController();
    const read = store.get({ name: 'alpha', metadata: {} }, { signal: controller.signal });
    const listed = store.list({ metadata: {} }, { signal: controller.signal })[Symbol.asyncIterator]().next();
    const pinged = store.ping({ signal: controller.signal });
    while (fake.service.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    for (const call of [read, listed, pinged]) await expect(call).rejects.toMatchObject({ code: 'canceled' });
    while (ended < 3) await new Promise((resolve) => setTimeout(resolve, 2));
    await expect(store.get({ name: 'alpha', metadata: {} }, { signal: controller.signal })).rejects.toMatchObject({
      code: 'canceled',
    });
  });
});

describe('a bulk read', () => {
  it('that fails at page 7 fails, and one of which a secret fails names it and stops the others', async () => {
    await using fake = await start();
    for (let index = 0; index < 6500; index++) fake.secrets.put(`s${index}`, 'v');
    let page = 0;
    const seventh = (request: { path: string }) => lists(request) && ++page === 7;
    fake.service.inject(rpcFailure('INTERNAL', 'made up', { 'retry-after': '60' }), { when: seventh, times: 1 });
    const { list } = await open(fake);
    await expect(list()).rejects.toMatchObject({
      code: 'unavailable',
      detail: 'failed to list secrets: rpc error: code = Internal desc = made up',
    });
    for (let index = 0; index < 6500; index++) fake.secrets.delete(`s${index}`);
    for (let index = 0; index < 300; index++) fake.secrets.put(`s${index}`, 'v');
    fake.service.inject(answer(403, {}, 'no'), { when: ({ path }) => path.includes('/s20/') });
    const before = fake.service.requests.length;
    const { bulk } = await open(fake);
    const failure = await failureOf(bulk());
    expect(failure).toMatchObject({ code: 'permission_denied', secret: 's20', operation: 'bulkGet' });
    expect(fake.service.requests.length - before).toBeLessThan(100);
  });

  it('stops at a page token that comes twice', async () => {
    await using fake = await start();
    fake.service.inject(answer(200, {}, { secrets: [{ name: 'projects/1/secrets/alpha' }], nextPageToken: 'again' }), {
      when: lists,
    });
    const { list } = await open(fake);
    await expect(list()).rejects.toThrow(/the same page token came twice/);
    expect(fake.service.requests).toHaveLength(2);
  });

  it('ends on an empty token, and on an answer without secrets', async () => {
    await using fake = await start();
    fake.service.inject(answer(200, {}, { nextPageToken: '' }), { when: lists, times: 1 });
    fake.service.inject(answer(200, {}, {}), { when: lists, times: 1 });
    const { list } = await open(fake);
    expect([await list(), await list()]).toEqual([[], []]);
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
    fake.secrets.put('alpha', Buffer.concat([Buffer.from(canary), Buffer.from([255])]));
    const key = keyOf(fake);
    const { get, bulk, lines, store } = await open(fake);
    const failures: SecretStoreError[] = [];
    const body = { name: 7, payload: { data: Buffer.from(canary).toString('base64') }, error: { status: 'X', message: 7 } };
    const faults: Fault[] = [
      malformed(`{"payload":{"data":"${Buffer.from(canary).toString('base64')}`),
      cutOff(JSON.stringify(body)),
      answer(200, {}, { ...body, secrets: 7, nextPageToken: 'x' }),
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
    }
    fake.service.clearFaults();
    fake.wrongChecksums = 2;
    failures.push(await failureOf(get('alpha')));
    await get('alpha');
    const properties = { ...key, private_key: `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----` };
    failures.push(await failureOf(open(fake, { properties })));
    const token = String(fake.service.requests[0]?.headers.authorization).slice('Bearer '.length);
    const told = [...failures.flatMap(everythingOf), ...lines, inspect(store, { depth: 9, showHidden: true })].join('\n');
    for (const secret of [
      canary,
      Buffer.from(canary).toString('base64').slice(0, 20),
      token,
      String(key.private_key).slice(40, 100),
    ]) {
      expect(told.includes(secret), secret.slice(0, 12)).toBe(false);
    }
  });
});

/** Every text of a failure that somebody could print, its causes included. */
function everythingOf(failure: unknown): string[] {
  if (!(failure instanceof Error)) return [];
  const { message, stack = '', cause } = failure;
  return [message, stack, JSON.stringify(failure), inspect(failure, { depth: 9 }), ...everythingOf(cause)];
}
