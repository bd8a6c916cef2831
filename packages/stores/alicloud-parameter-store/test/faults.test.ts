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
import { alicloudThrottled } from '@coffer/fake-services/alicloud';
import { describe, expect, it } from 'vitest';
import { failureOf, keyOf, open, start } from './open.ts';

const refusal = (status: number, Code: string, headers = {}, Message = 'made up') => answer(status, headers, { Code, Message });

describe('a service that is too busy', () => {
  it('is asked again after a burst of refusals, and the bulk read succeeds', async () => {
    await using fake = await start();
    for (let index = 0; index < 57; index++) fake.parameters.put(`s${index}`, `v${index}`);
    const refused = new Set<string>();
    const isFirst = ({ query }: { query: URLSearchParams }) => refused.size < refused.add(query.get('NextToken') ?? '').size;
    fake.service.inject(alicloudThrottled('0'), { when: isFirst });
    const { bulk } = await open(fake);
    expect(Object.keys(await bulk())).toHaveLength(60);
    expect(fake.service.requests).toHaveLength(12);
  });

  it('is asked four times at most, and once under the strict dialect', async () => {
    await using fake = await start();
    fake.service.inject(alicloudThrottled('0'));
    for (const [dialect, times] of [[undefined, 4] as const, [strictDialect, 1] as const]) {
      const { get } = await open(fake, dialect && { dialect });
      const before = fake.service.requests.length;
      const failure = await failureOf(get('alpha'));
      expect(failure).toMatchObject({ code: 'resource_exhausted', retryable: true });
      expect(failure.detail).toMatch(/^couldn't get secret: Throttling\.User: Request was denied due to user flow control\. /);
      expect(fake.service.requests).toHaveLength(before + times);
    }
  });

  it('is not waited for longer than there is time, nor than the caller waits', async () => {
    await using fake = await start();
    fake.service.inject(alicloudThrottled('3600'), { times: 1 });
    await expect((await open(fake)).get('alpha')).rejects.toMatchObject({ code: 'resource_exhausted' });
    expect(fake.service.requests).toHaveLength(1);
    fake.service.inject(alicloudThrottled('20'));
    const { store } = await open(fake);
    const controller = new AbortController();
    const read = store.get({ name: 'alpha', metadata: {} }, { signal: controller.signal });
    while (fake.service.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: 'canceled' });
  });

  it.each([
    ['InternalError', refusal(500, 'InternalError', { 'retry-after': '0' })],
    ['ServiceUnavailable', refusal(503, 'ServiceUnavailable', { 'retry-after': '0' })],
    ['a gateway', answer(502, { 'retry-after': '0' }, '<html>')],
    ['a pause of our own', refusal(429, 'Throttling')],
  ])('%s passes', async (_, fault) => {
    await using fake = await start();
    fake.service.inject(fault, { times: 1 });
    expect(await (await open(fake)).get('alpha')).toEqual({ alpha: 'value of alpha' });
  });

  it.each<[reason: string, status: number, code: string]>([
    ['EntityNotExists.Parameter', 404, 'not_found'],
    ['EntityNotExists.ParameterVersion', 404, 'not_found'],
    ['InvalidAccessKeyId.NotFound', 404, 'unauthenticated'],
    ['InvalidAccessKeyId.Inactive', 403, 'unauthenticated'],
    ['Forbidden.AccessKeyDisabled', 403, 'unauthenticated'],
    ['SignatureDoesNotMatch', 400, 'unauthenticated'],
    ['SignatureNonceUsed', 400, 'unauthenticated'],
    ['IncompleteSignature', 400, 'unauthenticated'],
    ['InvalidTimeStamp.Expired', 400, 'unauthenticated'],
    ['InvalidSecurityToken.Expired', 400, 'unauthenticated'],
    ['MissingSecurityToken', 400, 'unauthenticated'],
    ['Forbidden.RAM', 403, 'permission_denied'],
    ['NoPermission', 403, 'permission_denied'],
    ['Forbidden.KeyNotFound', 403, 'permission_denied'],
    ['InvalidParameter.Name', 400, 'invalid_argument'],
    ['MissingName', 400, 'invalid_argument'],
    ['SomethingNew', 400, 'unknown'],
    ['SomethingNew', 403, 'permission_denied'],
  ])('%s with status %d is definite: %s', async (reason, status, code) => {
    await using fake = await start();
    fake.service.inject(refusal(status, reason));
    const failure = await failureOf((await open(fake)).get('alpha'));
    expect(failure).toMatchObject({
      code,
      detail: `couldn't get secret: ${reason}: made up (status ${status})`,
      retryable: false,
    });
    expect(fake.service.requests).toHaveLength(1);
  });
});

describe('an answer that is none', () => {
  it.each<[name: string, fault: Fault, code: string, text: RegExp]>([
    ['cut off', cutOff('{"Parameter":{"Value":"canary'), 'unavailable', /^Post "http:.*: the connection broke off$/],
    ['reset', reset(), 'unavailable', /^Post "http/],
    ['no JSON', malformed('{"Parameter": "canary'), 'unknown', /: it is no JSON object$/],
    ['a list', malformed('["canary"]'), 'unknown', /: it is no JSON object$/],
    ['too large', huge(40 * 2 ** 20), 'resource_exhausted', /^the answer has more than 4194304 bytes$/],
    ['a page', answer(404, {}, '<html>canary</html>'), 'unknown', /^the answer is not that of the service: status 404$/],
    ['a proxy’s refusal', answer(403, {}, 'canary'), 'unknown', /: status 403$/],
    ['of another shape', answer(400, {}, { Code: { canary: 1 } }), 'unknown', /: status 400$/],
    ['no code', answer(400, {}, { Code: 'can ary!' }), 'unknown', /: status 400$/],
  ])('%s', async (_, fault, code, text) => {
    await using fake = await start();
    fake.service.inject(fault);
    const failure = await failureOf((await open(fake)).get('alpha'));
    const begins = "couldn't get secret: ";
    expect([failure.code, failure.detail.slice(0, begins.length)]).toEqual([code, begins]);
    expect(failure.detail.slice(begins.length)).toMatch(text);
    expect(`${failure.detail}${failure.hint}`).not.toContain('canary');
  });

  it('is a redirect, which is not followed', async () => {
    await using fake = await start();
    await using thief = await startFakeService(() => ({ status: 200, body: {} }));
    for (const status of [301, 302, 307, 308]) {
      fake.service.inject(redirect(`${thief.url}/`, status), { times: 1 });
      const failure = await failureOf((await open(fake)).get('alpha'));
      expect(failure).toMatchObject({ code: 'unknown', hint: expect.stringContaining('not that of OOS') });
    }
    expect(thief.requests).toEqual([]);
  });

  it('is a kept connection that was closed: asked once more on another, with a new nonce', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    await get('alpha');
    fake.service.inject(reset(), { times: 1 });
    expect(await get('beta')).toEqual({ beta: 'value of beta' });
    const nonces = fake.service.requests.map(({ headers }) => headers['x-acs-signature-nonce']);
    expect(new Set(nonces).size).toBe(3);
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
    const text = `Post "${fake.url}/": context deadline exceeded`;
    await expect(get('alpha')).rejects.toMatchObject({ code: 'deadline_exceeded', detail: `couldn't get secret: ${text}` });
    await expect(bulk()).rejects.toMatchObject({ code: 'deadline_exceeded', detail: `couldn't get secrets: ${text}` });
  });

  it('of the caller ends it too', async () => {
    await using fake = await start();
    const { store } = await open(fake);
    const late = store.get({ name: 'alpha', metadata: {} }, { signal: AbortSignal.timeout(0) });
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });
});

describe('a bulk read', () => {
  it('that fails at page 7 fails, and asks for no page 8', async () => {
    await using fake = await start();
    for (let index = 0; index < 100; index++) fake.parameters.put(`s${index}`, 'v');
    let page = 0;
    fake.service.inject(refusal(500, 'InternalError', { 'retry-after': '60' }), { when: () => ++page === 7 });
    const { bulk } = await open(fake);
    await expect(bulk()).rejects.toMatchObject({
      code: 'unavailable',
      detail: "couldn't get secrets: InternalError: made up (status 500)",
    });
    expect(fake.service.requests).toHaveLength(7);
  });
});

describe('what must not be told', () => {
  it('is in no failure and no line of the log', async () => {
    await using fake = await start();
    const canary = 'canary-of-a-value';
    fake.parameters.put('alpha', canary);
    fake.instanceRole = 'coffer-reader';
    const { get, bulk, lines, store } = await open(fake, { properties: { regionId: 'cn-hangzhou' } });
    const [{ accessKeySecret, securityToken } = { accessKeySecret: '', securityToken: '' }] = fake.sessions;
    expect(securityToken).not.toBe('');
    const failures: SecretStoreError[] = [];
    const echo = `Specified signature is not matched with our calculation. server string to sign is:x-acs-security-token:${securityToken}`;
    const faults: Fault[] = [
      malformed(`{"Parameter":{"Value":"${canary}`),
      cutOff(JSON.stringify({ Parameter: { Value: canary } })),
      answer(200, {}, { Parameter: { Name: 'alpha', Value: [canary] }, Parameters: [{ Name: 'alpha', Value: { canary } }] }),
      answer(400, {}, { Code: 7, Data: canary }),
      answer(400, {}, { Code: 'Odd', Message: `token ${securityToken} of ${accessKeySecret}`, Data: canary }),
      answer(400, {}, { Code: 'IncompleteSignature', Message: echo }),
      answer(403, {}, canary),
      redirect(`https://user:${canary}@example.test/?token=${canary}`),
    ];
    for (const fault of faults) {
      fake.service.clearFaults();
      fake.service.inject(fault, { when: ({ path }) => path === '/' });
      failures.push(await failureOf(get('alpha')), await failureOf(bulk()));
      await store.ping().catch((cause) => failures.push(cause));
      await store.getMany({ names: ['alpha'], metadata: {} }).then(
        ({ failed }) => failures.push(...Object.values(failed)),
        (cause) => failures.push(cause),
      );
    }
    fake.service.clearFaults();
    // The fake, as the service, repeats the canonical request, token and all.
    const { accessKeyId } = fake.identities.issue(60_000);
    const wrong = { regionId: 'cn-hangzhou', accessKeyId, accessKeySecret: 'wrong-secret', securityToken };
    failures.push(await failureOf((await open(fake, { properties: wrong })).get('alpha')));
    expect(failures.length).toBeGreaterThan(28);
    const told = [...failures.flatMap(everythingOf), ...lines, inspect(store, { depth: 9, showHidden: true })].join('\n');
    for (const secret of [canary, Buffer.from(canary).toString('base64'), accessKeySecret, securityToken, 'wrong-secret']) {
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
