import { inspect } from 'node:util';
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
import { awsThrottled, type FakeAws, startFakeAws } from '@coffer/fake-services/aws';
import { describe, expect, it } from 'vitest';
import { failureOf, open, openWith, settingsFor } from './open.ts';

const CANARY = 'canary-value-7f3a';

async function filled(count = 25): Promise<FakeAws> {
  const fake = await startFakeAws();
  for (let index = 1; index <= count; index++) {
    fake.parameterStore.put(`/app/p${index}`, `${CANARY}-${index}`, { type: 'SecureString' });
  }
  return fake;
}

describe('throttling', () => {
  it('waits as long as the answer says, and reads on', async () => {
    await using fake = await filled(1);
    fake.inject(awsThrottled({ 'retry-after': '0' }), { times: 2 });
    await using opened = await open(fake);
    expect(await opened.get('/app/p1')).toEqual({ '/app/p1': `${CANARY}-1` });
    expect(fake.requests).toHaveLength(3);
  });

  it('gives up after five attempts', async () => {
    await using fake = await filled(1);
    fake.inject(awsThrottled({ 'retry-after': '0' }));
    await using opened = await open(fake);
    const failure = await failureOf(opened.get('/app/p1'));
    expect(failure).toMatchObject({ code: 'resource_exhausted', retryable: true });
    expect(failure.detail).toContain('ThrottlingException: Rate exceeded');
    expect(fake.requests).toHaveLength(5);
  });

  it('does not wait longer than there is time', async () => {
    await using fake = await filled(1);
    fake.inject(awsThrottled({ 'retry-after': '3600' }));
    await using opened = await open(fake);
    expect((await failureOf(opened.get('/app/p1'))).code).toBe('resource_exhausted');
    expect(fake.requests).toHaveLength(1);
  });

  it('is borne in the middle of a bulk read', async () => {
    await using fake = await filled(95);
    let seen = 0;
    fake.inject(awsThrottled({ 'retry-after': '0' }), { when: () => ++seen % 3 === 0 });
    for (const prefix of ['/app/', '/app/p']) {
      await using opened = await open(fake, { properties: { prefix } });
      expect(Object.keys(await opened.bulk())).toHaveLength(95);
    }
  });
});

describe('failures of the service', () => {
  it('reads on after an answer of 500 or a broken connection', async () => {
    await using fake = await filled(1);
    await using opened = await open(fake);
    for (const fault of [answer(500, {}, '<html>'), answer(503), reset(), cutOff('{"Parameter":{')]) {
      fake.inject(fault, { times: 1 });
      expect(await opened.get('/app/p1')).toEqual({ '/app/p1': `${CANARY}-1` });
    }
  });

  it('tells a failure on page seven after three attempts, and gives no part of the result', async () => {
    await using fake = await filled(95);
    fake.inject(answer(502, { 'content-type': 'text/html' }, '<html>bad gateway</html>'), {
      when: () => fake.requests.length > 6,
    });
    await using opened = await open(fake, { properties: { prefix: '/app/' } });
    const failure = await failureOf(opened.bulk());
    expect(failure).toMatchObject({ code: 'unavailable', operation: 'bulkGet' });
    expect(failure.detail).toMatch(
      /^couldn't list secrets: operation error SSM: GetParametersByPath, .*StatusCode: 502, .*deserialization failed/,
    );
    expect(fake.requests).toHaveLength(9);
  });

  it.each(['/app/', '/app/p'])('renews credentials that end in the middle of a bulk read of %s', async (prefix) => {
    await using fake = await filled(95);
    const role = 'arn:aws:iam::123456789012:role/shop';
    fake.sts.roles.set(role, {});
    let seen = 0;
    const expire: Fault = (response, regular) => {
      fake.identities.expireSessions();
      const body = { __type: 'ExpiredTokenException', message: 'The security token included in the request is expired' };
      return answer(400, { 'content-type': 'application/x-amz-json-1.1' }, body)(response, regular);
    };
    fake.inject(expire, { when: ({ headers }) => headers['x-amz-target'] !== undefined && ++seen === 4, times: 1 });
    await using opened = await open(fake, { properties: { prefix, assumeRoleArn: role, stsEndpoint: fake.url } });
    expect(Object.keys(await opened.bulk())).toHaveLength(95);
    expect(fake.count('sts.AssumeRole')).toBe(2);
  });

  it('tells at once that nobody listens', async () => {
    await using fake = await filled(0);
    const properties = settingsFor(fake);
    const { port } = fake;
    await fake.close();
    await using opened = await openWith(properties);
    const failure = await failureOf(opened.get('a'));
    expect(failure).toMatchObject({ code: 'unavailable' });
    expect(failure.detail).toBe(
      `couldn't get secret: operation error SSM: GetParameter, https response error StatusCode: 0, RequestID: , request send failed, Post "${properties.endpoint}/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
  });

  it('sends nothing to where an answer redirects', async () => {
    await using fake = await filled(1);
    await using other = await startFakeService(() => ({ status: 200, body: { Parameter: { Name: 'a', Value: 'stolen' } } }));
    fake.inject(redirect(other.url));
    await using opened = await open(fake);
    await failureOf(opened.get('/app/p1'));
    expect(other.requests).toEqual([]);
  });

  it('reads no more of an answer than is allowed', async () => {
    await using fake = await filled(1);
    fake.inject(huge(64 * 2 ** 20));
    await using opened = await open(fake);
    expect((await failureOf(opened.get('/app/p1'))).code).toBe('resource_exhausted');
    expect(fake.requests).toHaveLength(1);
  });

  it('stops when the same page comes twice', async () => {
    await using fake = await filled(1);
    fake.inject(answer(200, { 'content-type': 'application/x-amz-json-1.1' }, { Parameters: [], NextToken: 'again' }));
    for (const prefix of ['/app/', 'app']) {
      await using opened = await open(fake, { properties: { prefix } });
      expect((await failureOf(opened.bulk())).detail).toMatch(/the same page token twice$/);
    }
  });
});

describe('time', () => {
  it.each([
    ['no answer', hang()],
    ['an answer byte by byte', slowBytes(20)],
  ])('ends %s when it is over', async (_, fault) => {
    await using fake = await filled(1);
    fake.inject(fault);
    await using opened = await open(fake, { properties: { requestTimeout: '200ms' } });
    expect(await failureOf(opened.get('/app/p1'))).toMatchObject({ code: 'deadline_exceeded', operation: 'get' });
  });

  it('ends a call at the socket when the caller gives up', async () => {
    await using fake = await filled(1);
    const gone = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    fake.inject((response) => {
      response.once('close', () => gone.resolve());
      asked.resolve();
    });
    await using opened = await open(fake, { properties: { prefix: '/app/' } });
    for (const read of ['get', 'bulkGet', 'getMany'] as const) {
      const controller = new AbortController();
      const request = { name: 'p1', names: ['p1'], metadata: {} };
      const reading = failureOf(opened.store[read](request, { signal: controller.signal }) as Promise<unknown>);
      await asked.promise;
      controller.abort();
      expect(await reading).toMatchObject({ code: 'canceled', retryable: false });
      await gone.promise;
    }
  });

  it('does not begin a call that is given up already', async () => {
    await using fake = await filled(1);
    await using opened = await open(fake);
    const signal = AbortSignal.abort();
    expect((await failureOf(opened.store.get({ name: 'a', metadata: {} }, { signal }))).code).toBe('canceled');
    expect((await failureOf(opened.store.bulkGet({ metadata: {} }, { signal }))).code).toBe('canceled');
    expect(fake.requests).toEqual([]);
  });
});

describe('what a failure shows', () => {
  const bodies = [
    `{"Parameter":{"Name":"/app/p1","Value":"${CANARY}" oops`,
    `${CANARY} is no JSON`,
    `{"Parameter":{"Name":"/app/p1","Value":"${CANARY}"`,
  ];
  it.each(bodies)('is nothing of the body %#', async (body) => {
    await using fake = await filled(1);
    fake.inject(malformed(body));
    await using opened = await open(fake);
    expectNoLeak(await failureOf(opened.get('/app/p1')), opened.warnings);
  });

  it.each([
    ['wrong keys', answer(403, { 'content-type': 'text/html' }, `<html>${CANARY}</html>`)],
    ['a page in place of an error', answer(500, { 'content-type': 'text/html' }, CANARY)],
    ['a broken answer', cutOff(`{"Parameter":{"Value":"${CANARY}`)],
  ])('is nothing of the body or the keys: %s', async (_, fault) => {
    await using fake = await filled(1);
    fake.inject(fault);
    await using opened = await open(fake, { properties: { secretKey: `${CANARY}-key`, sessionToken: `${CANARY}-token` } });
    expectNoLeak(await failureOf(opened.get('/app/p1')), opened.warnings);
  });
});

/** Looks at everything that a log, a debugger or a caller may print. */
function expectNoLeak(failure: unknown, warnings: readonly string[]): void {
  const shown = [...warnings];
  for (let cause: unknown = failure; cause instanceof Error; cause = cause.cause) {
    shown.push(cause.message, cause.stack ?? '', JSON.stringify(cause), inspect(cause, { depth: 9, showHidden: true }));
  }
  // A part of it would be too much, too.
  expect(shown.join('\n')).not.toContain('canary');
}
