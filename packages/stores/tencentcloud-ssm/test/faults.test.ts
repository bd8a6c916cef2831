import { inspect } from 'node:util';
import { strictDialect } from '@coffer/core';
import { isSecretStoreError } from '@coffer/core/driver';
import {
  answer,
  cutOff,
  type Fault,
  hang,
  huge,
  malformed,
  redirect,
  reset,
  type SeenRequest,
  slowBytes,
  startFakeService,
} from '@coffer/fake-services';
import { ADMIN_KEY } from '@coffer/fake-services/tencentcloud';
import { describe, expect, it } from 'vitest';
import { failureOf, KEYS, open, REGION, start } from './open.ts';

const V1 = { VersionID: 'v1' };
const STRICT = { dialect: strictDialect };
const refusal = (Code: string, headers = {}) =>
  answer(200, headers, { Response: { Error: { Code, Message: 'made up' }, RequestId: 'r-1' } });
const throttled = refusal('RequestLimitExceeded', { 'retry-after': '0' });
const actionIs = (action: string) => (request: SeenRequest) => request.headers['x-tc-action'] === action;

describe('a service that throttles', () => {
  it('is asked again after a burst of refusals, and the bulk read succeeds', async () => {
    await using fake = await start();
    for (let index = 0; index < 60; index++) fake.secrets.put(`s${index}`, `v${index}`);
    const refused = new Set<string>();
    // The first read of each secret.
    const isFirst = (request: SeenRequest) =>
      actionIs('GetSecretValue')(request) && refused.size < refused.add(request.body.toString()).size;
    fake.inject(throttled, { when: isFirst });
    const { bulk } = await open(fake);
    expect(Object.keys(await bulk())).toHaveLength(62);
    expect(fake.requests).toHaveLength(1 + 62 + 62 + 62);
  });

  it('is asked four times at most; strictly, once', async () => {
    await using fake = await start();
    fake.inject(throttled);
    for (const [setup, times] of [
      [{}, 4],
      [STRICT, 1],
    ] as const) {
      fake.requests.length = 0;
      const { get } = await open(fake, setup);
      const failure = await failureOf(get('alpha', V1));
      expect(failure).toMatchObject({ code: 'resource_exhausted', retryable: true, hint: expect.stringContaining('throttling') });
      expect(fake.requests).toHaveLength(times);
    }
  });

  it('holds back everybody who is about to ask', async () => {
    await using fake = await start();
    fake.inject(refusal('RequestLimitExceeded', { 'retry-after': '0.4' }), { times: 1 });
    const { get } = await open(fake);
    const first = get('alpha', V1);
    while (fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const others = [1, 2, 3].map(() => get('beta', V1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(fake.requests).toHaveLength(1);
    expect(await Promise.all([first, ...others])).toHaveLength(4);
  });

  it('is not waited for longer than there is time, nor when the caller gives up', async () => {
    await using fake = await start();
    fake.inject(refusal('RequestLimitExceeded', { 'retry-after': '3600' }));
    const { get } = await open(fake);
    expect(await failureOf(get('alpha', V1))).toMatchObject({ code: 'resource_exhausted' });
    expect(fake.requests).toHaveLength(1);
    fake.clearFaults();
    fake.inject(refusal('RequestLimitExceeded', { 'retry-after': '20' }));
    const controller = new AbortController();
    const read = get('alpha', V1, controller.signal);
    while (fake.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    expect(await failureOf(read)).toMatchObject({ code: 'canceled' });
  });

  it('is not asked more often than it takes in a second: 300 calls of one action', async () => {
    await using fake = await start({ limit: 300 });
    for (let index = 2; index < 420; index++) fake.secrets.put(`s${index}`, 'v');
    const { bulk } = await open(fake);
    expect(Object.keys(await bulk(V1))).toHaveLength(420);
    // As they come over the wire, a few may be too many for it.
    expect(fake.requests.length).toBeLessThan(5 + 420 + 60);
  });
});

describe('a service in trouble', () => {
  it.each([
    ['an internal error', refusal('InternalError', { 'retry-after': '0' })],
    ['one of a kind', refusal('InternalError.DbError', { 'retry-after': '0' })],
    ['a gateway', answer(502, { 'retry-after': '0' }, '<html>')],
    ['status 429', answer(429, { 'retry-after': '0' }, 'slow down')],
  ])('%s passes', async (_, fault) => {
    await using fake = await start();
    fake.inject(fault, { times: 3 });
    const { get } = await open(fake);
    expect(await get('alpha', V1)).toEqual({ alpha: 'first of alpha' });
    expect(fake.requests).toHaveLength(4);
  });

  it('that names no time is asked after a pause of our own', async () => {
    await using fake = await start();
    fake.inject(answer(503), { times: 1 });
    const { get } = await open(fake);
    expect(await get('alpha', V1)).toEqual({ alpha: 'first of alpha' });
  });

  it('at the seventh page is the end of the list, with what it said', async () => {
    await using fake = await start();
    for (let index = 0; index < 900; index++) fake.secrets.put(`s${index}`, 'v');
    fake.inject(answer(500, { 'retry-after': '0' }, 'canary'), { when: ({ body }) => body.toString().includes('"Offset":600') });
    const { list, bulk } = await open(fake);
    for (const call of [list(), bulk(V1)]) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ code: 'unavailable', operation: 'list' });
      expect(failure.detail).toBe('[TencentCloudSDKError] Code=ClientError.HttpStatusCodeError, Message=status 500');
    }
  }, 30_000);

  it('is asked once when the answer is definite', async () => {
    await using fake = await start();
    fake.deny((_, name) => name === 'beta');
    const { get } = await open(fake);
    for (const name of ['missing', 'beta']) await failureOf(get(name, V1));
    expect(fake.requests).toHaveLength(2);
  });

  it('whose connection breaks is asked once more, at once', async () => {
    await using fake = await start();
    fake.inject(reset(), { times: 1 });
    const { get } = await open(fake);
    expect(await get('alpha', V1)).toEqual({ alpha: 'first of alpha' });
    expect(fake.requests).toHaveLength(2);
    // As kept connections that nobody used for a while are.
    fake.dropConnections();
    expect(await get('alpha', V1)).toEqual({ alpha: 'first of alpha' });
  });

  it('that refuses connections is told at once', async () => {
    const fake = await start();
    const { get } = await open(fake);
    const { port } = fake;
    await fake.close();
    const failure = await failureOf(get('alpha', V1));
    expect(failure).toMatchObject({ code: 'unavailable', retryable: true });
    expect(failure.detail).toBe(
      `[TencentCloudSDKError] Code=ClientError.NetworkError, Message=Fail to get response because Post "http://127.0.0.1:${port}/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
  });
});

describe('an answer that is none', () => {
  const PARSE = /^\[TencentCloudSDKError\] Code=ClientError\.ParseJsonError, Message=Fail to parse json content, because: /;
  const NETWORK = /^\[TencentCloudSDKError\] Code=ClientError\.NetworkError, Message=Fail to get response because Post "http/;
  it.each<[name: string, fault: Fault, code: string, text: RegExp]>([
    ['cut off', cutOff('{"Response":{"SecretString":"canary'), 'unavailable', NETWORK],
    ['reset', reset(), 'unavailable', NETWORK],
    ['no JSON', malformed('{"Response":{"SecretString":"canary'), 'unavailable', PARSE],
    ['a page', malformed('<html>canary'), 'unavailable', PARSE],
    ['a list', malformed('["canary"]'), 'unavailable', PARSE],
    ['a Response that is a text', malformed('{"Response":"canary"}'), 'unavailable', PARSE],
    ['a number for a text', malformed('{"Response":{"SecretString":424242}}'), 'unavailable', PARSE],
    ['an object for bytes', malformed('{"Response":{"SecretBinary":{"canary":1}}}'), 'unavailable', PARSE],
    ['an error that is a text', malformed('{"Response":{"Error":"canary","SecretString":1}}'), 'unavailable', PARSE],
    ['a success with another status', answer(203, {}, { Response: { SecretString: 'canary' } }), 'unavailable', /status 203$/],
    ['a proxy’s refusal', answer(403, {}, 'canary'), 'unavailable', /Code=ClientError\.HttpStatusCodeError, Message=status 403$/],
    ['too large', huge(40 * 2 ** 20), 'resource_exhausted', /the answer has more than 33554432 bytes$/],
  ])(
    '%s',
    async (_, fault, code, text) => {
      await using fake = await start();
      fake.inject(fault);
      for (const setup of [{}, STRICT]) {
        const { get } = await open(fake, setup);
        const failure = await failureOf(get('alpha', V1));
        expect(failure.code).toBe(code);
        expect(failure.detail).toMatch(text);
        expect(textsOf(failure)).not.toContain('canary');
      }
    },
    60_000,
  );

  it('is a redirect: nobody is asked at the other host', async () => {
    await using fake = await start();
    await using other = await startFakeService(() => ({ status: 200, body: { Response: { SecretString: 'theirs' } } }));
    fake.inject(redirect(`${other.url}/elsewhere`));
    const { get } = await open(fake, { properties: { ...KEYS, ...REGION, token: 'a-token' } });
    const failure = await failureOf(get('alpha', V1));
    expect(failure).toMatchObject({ code: 'unavailable', hint: expect.stringContaining('check endpoint') });
    expect(failure.detail).toContain('a redirect, which is not followed');
    expect(other.requests).toHaveLength(0);
  });

  it('of a failure is shown as one line, and not without end', async () => {
    await using fake = await start();
    const Message = `first line\r\n second line ${'x'.repeat(100_000)}`;
    fake.inject(answer(200, {}, { Response: { Error: { Code: 'FailedOperation', Message } } }));
    const { get } = await open(fake);
    const { detail } = await failureOf(get('alpha', V1));
    expect(detail).toMatch(/^\[TencentCloudSDKError\] Code=FailedOperation, Message=first line second line x+…$/);
    expect(detail.length).toBeLessThan(2200);
  });
});

describe('time', () => {
  it.each<[name: string, fault: Fault]>([
    ['silence', hang()],
    ['an answer byte by byte', slowBytes(20)],
  ])('%s ends at the time limit', async (_, fault) => {
    await using fake = await start();
    fake.inject(fault);
    const { get } = await open(fake, { properties: { ...KEYS, ...REGION, requestTimeout: '300ms' } });
    const failure = await failureOf(get('alpha', V1));
    expect(failure).toMatchObject({ code: 'deadline_exceeded', retryable: true });
    expect(failure.detail).toMatch(/: context deadline exceeded$/);
  });

  it('given up by the caller ends the call at the socket', async () => {
    await using fake = await start();
    const closed = Promise.withResolvers<void>();
    fake.inject((response) => void response.once('close', closed.resolve));
    for (const setup of [{}, STRICT]) {
      const { get } = await open(fake, setup);
      const before = fake.requests.length;
      const controller = new AbortController();
      const read = get('alpha', V1, controller.signal);
      while (fake.requests.length === before) await new Promise((resolve) => setTimeout(resolve, 2));
      controller.abort();
      expect(await failureOf(read)).toMatchObject({ code: 'canceled' });
      await closed.promise;
    }
  });

  it('that was over before the call leads to none', async () => {
    await using fake = await start();
    const { store, get, bulk } = await open(fake);
    const gone = AbortSignal.abort();
    expect(await failureOf(get('alpha', V1, gone))).toMatchObject({ code: 'canceled' });
    expect(await failureOf(bulk({}, gone))).toMatchObject({ code: 'canceled' });
    expect(await failureOf(store.ping({ signal: gone }))).toMatchObject({ code: 'canceled' });
    expect(fake.requests).toHaveLength(0);
  });

  it('given up ends every read of a bulk', async () => {
    await using fake = await start();
    for (let index = 0; index < 50; index++) fake.secrets.put(`s${index}`, 'v');
    fake.inject(hang(), { when: actionIs('GetSecretValue') });
    const { bulk } = await open(fake);
    const controller = new AbortController();
    const read = bulk(V1, controller.signal);
    while (fake.requests.length < 11) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort(new DOMException('', 'TimeoutError'));
    expect(await failureOf(read)).toMatchObject({ code: 'deadline_exceeded' });
    expect(fake.requests).toHaveLength(11);
  });
});

describe('credentials', () => {
  it.each([
    ['an unknown key', { secretId: 'AKIDnobody', secretKey: 'x' }, 'SecretIdNotFound', /check secretId/],
    ['a wrong key', { ...KEYS, secretKey: 'canary' }, 'SignatureFailure', /check secretKey/],
    ['a token that is none', { ...KEYS, token: 'canary' }, 'TokenFailure', /check token/],
  ])('%s is told', async (_, keys, code, hint) => {
    await using fake = await start();
    const { get } = await open(fake, { properties: { ...keys, ...REGION } });
    const failure = await failureOf(get('alpha', V1));
    expect(failure).toMatchObject({ code: 'unauthenticated', hint: expect.stringMatching(hint) });
    expect(failure.detail).toContain(`Code=AuthFailure.${code}, `);
    expect(fake.requests).toHaveLength(1);
  });

  it('are of no use to a machine whose clock is wrong', async () => {
    await using fake = await start({ now: () => Date.now() + 301_000 });
    const { get } = await open(fake);
    expect(await failureOf(get('alpha', V1))).toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('clock') });
  });

  it('are of one region', async () => {
    await using fake = await start();
    for (const region of [{}, { region: 'mars-1' }]) {
      const { get } = await open(fake, { properties: { ...KEYS, ...region } });
      expect(await failureOf(get('alpha', V1))).toMatchObject({
        code: 'invalid_argument',
        hint: expect.stringContaining('region'),
      });
    }
  });
});

describe('nothing secret', () => {
  it('is in any message, stack, cause, log line or view of a store', async () => {
    await using fake = await start();
    fake.secrets.put('alpha', 'canary value', { version: 'v1' });
    const { store, lines, get, bulk, list } = await open(fake, { properties: { ...KEYS, ...REGION, token: 'canary token' } });
    fake.addKey({ ...ADMIN_KEY, token: 'canary token' });
    await get('alpha', V1);
    const faults = [
      cutOff('{"Response":{"SecretString":"canary value'),
      malformed('{"Response":{"SecretString":"canary value"'),
      reset(),
    ];
    const failures: unknown[] = [];
    for (const fault of faults) {
      fake.clearFaults();
      fake.inject(fault);
      for (const call of [get('alpha', V1), bulk(), list(), store.ping()]) failures.push(await failureOf(call));
    }
    const seen = [...failures.map(textsOf), ...lines, inspect(store, { depth: 9, showHidden: true }), JSON.stringify(store)];
    expect(failures).toHaveLength(12);
    for (const text of seen) {
      for (const secret of ['canary value', 'canary token', ADMIN_KEY.secretKey]) {
        for (const form of [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(secret)]) {
          expect(text).not.toContain(form);
        }
      }
    }
  });
});

/** Everything that can be seen of a failure, its causes included. */
function textsOf(failure: unknown): string {
  let text = '';
  for (let at = failure; at instanceof Error; at = at.cause) {
    text += `${at.message}\n${at.stack}\n${JSON.stringify(at)}\n${inspect(at, { depth: 9, showHidden: true })}\n`;
    if (isSecretStoreError(at)) text += `${at.hint}\n`;
  }
  return text;
}
