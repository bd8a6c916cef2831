import { inspect } from 'node:util';
import { isSecretStoreError, type SecretStoreError } from '@coffer/core/driver';
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
import { ADMIN_KEYS, awsThrottled, type FakeAws, startFakeAws } from '@coffer/fake-services/aws';
import { describe, expect, it } from 'vitest';
import { openStore, reader } from './support.ts';

const CANARY = 'canary-of-a-secret';
const LONG = 30_000;

function fill(fake: FakeAws, count: number): void {
  for (let index = 0; index < count; index++) fake.secretsManager.put(`s${index}`, `${CANARY} ${index}`);
}

/** Everything that may be shown of a failure. */
function shown(failure: SecretStoreError): string {
  const { stack, message, detail, hint, cause } = failure;
  return [
    inspect(failure),
    stack,
    message,
    detail,
    hint,
    JSON.stringify(failure),
    inspect(cause, { depth: 9 }),
    String(cause),
  ].join('\n');
}

describe('a service that misbehaves', () => {
  it.each<[name: string, fault: Fault, code: string]>([
    ['is throttled for long', awsThrottled({ 'retry-after': '3600' }), 'resource_exhausted'],
    ['breaks off in the middle', cutOff('{"SecretString":"canary-of-a-secret'), 'unavailable'],
    ['resets the connection', reset(), 'unavailable'],
    ['says JSON and sends none', malformed('{"SecretString":"canary-of-a-secret" <html>'), 'unavailable'],
    ['answers without end', huge(40 * 2 ** 20), 'resource_exhausted'],
    ['has an internal error', answer(500, {}, { __type: 'InternalServiceError', Message: 'try again' }), 'unavailable'],
    ['is hidden by a proxy', answer(502, { 'content-type': 'text/html' }, `<html>${CANARY}`), 'unavailable'],
    [
      'is denied in HTML, as one emulator does',
      answer(403, { 'content-type': 'text/html' }, `<html>${CANARY}`),
      'permission_denied',
    ],
    ['sends the client away', redirect('http://127.0.0.1:1/'), 'unknown'],
    ['has a failure with an unknown name', answer(400, {}, { __type: 'NewException', Message: 'new' }), 'invalid_argument'],
  ])(
    'that %s: a typed failure without a value in it',
    async (_, fault, code) => {
      await using fake = await startFakeAws();
      fill(fake, 3);
      await using open = await openStore(fake.url);
      fake.inject(fault);
      for (const read of [() => open.get('s1'), open.bulk, open.list]) {
        const failure: SecretStoreError = await read().then(
          () => undefined,
          (cause) => cause,
        );
        expect(isSecretStoreError(failure)).toBe(true);
        expect(failure.code).toBe(code);
        expect(failure.detail).toMatch(/^couldn't (get secret|list secrets): /);
        expect(shown(failure)).not.toContain(CANARY);
        expect(shown(failure)).not.toContain(ADMIN_KEYS.secretAccessKey);
      }
      expect(open.logs.join('\n')).not.toContain(CANARY);
    },
    LONG,
  );

  it.each<[name: string, fault: Fault]>([
    ['never answers', hang()],
    ['sends byte by byte', slowBytes(20)],
  ])(
    'that %s: given up at the time limit, and when the caller gives up',
    async (_, fault) => {
      await using fake = await startFakeAws();
      fill(fake, 3);
      await using open = await openStore(fake.url, { properties: { requestTimeout: '150ms' } });
      fake.inject(fault);
      for (const read of [() => open.get('s1'), open.bulk, open.list, () => open.store.ping()]) {
        await expect(read()).rejects.toMatchObject({ code: 'deadline_exceeded', retryable: true });
      }
      await using patient = await openStore(fake.url);
      const reads: ((options: { signal: AbortSignal }) => Promise<unknown>)[] = [
        (options) => patient.store.get({ name: 's1', metadata: {} }, options),
        (options) => patient.store.bulkGet({ metadata: {} }, options),
        (options) => patient.store.getMany({ names: ['s1', 's2'], metadata: {} }, options),
        (options) => patient.store.list({ metadata: {} }, options)[Symbol.asyncIterator]().next(),
        (options) => patient.store.ping(options),
      ];
      for (const read of reads) {
        await expect(read({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'deadline_exceeded' });
        const controller = new AbortController();
        const running = read({ signal: controller.signal });
        setTimeout(() => controller.abort(), 50);
        await expect(running).rejects.toMatchObject({ code: 'canceled', retryable: false });
        await expect(read({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' });
      }
    },
    LONG,
  );

  it('nobody listens to: told at once, with the address', async () => {
    const fake = await startFakeAws();
    const { url } = fake;
    await using open = await openStore(url);
    await fake.close();
    await expect(open.get('s')).rejects.toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('connection refused'),
    });
  });

  it.each([
    ['BatchGetSecretValue', () => true],
    // Not everything is wanted, so that names are listed.
    ['ListSecrets', (name: string) => name !== 's0'],
  ])(
    'that fails at the seventh page of %s: the whole read fails, and nothing is left out',
    async (operation, wanted) => {
      await using fake = await startFakeAws();
      fill(fake, 750);
      await using open = await openStore(fake.url);
      let pages = 0;
      fake.inject(answer(503, {}, { __type: 'ServiceUnavailable', Message: 'later' }), {
        when: ({ headers, body }) =>
          headers['x-amz-target'] === `secretsmanager.${operation}` && !body.includes('SecretIdList') && ++pages >= 7,
      });
      await expect(open.store.bulkGet({ metadata: {}, wanted })).rejects.toMatchObject({ code: 'unavailable' });
      // Three attempts.
      expect(pages).toBe(9);
    },
    LONG,
  );

  it('that recovers: a page that failed twice is asked for again', async () => {
    await using fake = await startFakeAws();
    fill(fake, 45);
    await using open = await openStore(fake.url);
    fake.inject(answer(503, {}, { __type: 'ServiceUnavailable', Message: 'later' }), { times: 2 });
    expect(Object.keys(await open.bulk())).toHaveLength(45);
  });

  it('that ends the session at the third page: it is renewed, and the read goes on', async () => {
    await using fake = await startFakeAws();
    fill(fake, 145);
    const assumeRoleArn = 'arn:aws:iam::123456789012:role/shop';
    fake.sts.roles.set(assumeRoleArn, {});
    await using open = await openStore(fake.url, { properties: { assumeRoleArn, stsEndpoint: fake.url } });
    let hasExpired = false;
    const expire = () => {
      if (!hasExpired && fake.count('secretsmanager.BatchGetSecretValue') === 2) {
        hasExpired = true;
        fake.identities.expireSessions();
      }
      return false;
    };
    // Never hangs: looked at before every answer.
    fake.inject(hang(), { when: expire });
    expect(Object.keys(await open.bulk())).toHaveLength(145);
    expect(fake.count('sts.AssumeRole')).toBe(2);
  });

  it('sends no credentials to where it is redirected', async () => {
    await using elsewhere = await startFakeService(() => ({ status: 200, body: '{}' }));
    await using fake = await startFakeAws();
    fill(fake, 1);
    await using open = await openStore(fake.url);
    fake.inject(redirect(`http://localhost:${elsewhere.port}/`));
    await expect(open.get('s0')).rejects.toMatchObject({ code: 'unknown' });
    expect(elsewhere.requests).toEqual([]);
  });

  it('cancels the rest of a bulk read when one secret fails, and names it', async () => {
    await using fake = await startFakeAws({ delay: 5 });
    fill(fake, 300);
    const hidden = fake.secretsManager.secrets.find('s100')?.arn ?? '';
    const statements = [
      { action: ['secretsmanager:ListSecrets', 'secretsmanager:GetSecretValue'] },
      { effect: 'Deny', action: 'secretsmanager:GetSecretValue', resource: hidden },
    ] as const;
    await using open = await openStore(fake.url, { properties: reader(fake, statements) });
    await expect(open.bulk()).rejects.toMatchObject({ code: 'permission_denied', secret: 's100' });
    expect(fake.count('secretsmanager.GetSecretValue')).toBeLessThan(130);
    expect(fake.mostInFlight).toBeLessThanOrEqual(10);
  });

  it('shows no value and no key in anything that can be printed of the store', async () => {
    await using fake = await startFakeAws();
    fill(fake, 3);
    await using open = await openStore(fake.url, { properties: { multipleKeyValuesPerSecret: 'true' } });
    await open.bulk();
    const printed = inspect(open.store, { depth: 8, showHidden: true }) + JSON.stringify(open.store) + open.logs.join('\n');
    expect(printed).not.toContain(CANARY);
    expect(printed).not.toContain(ADMIN_KEYS.secretAccessKey);
  });
});
