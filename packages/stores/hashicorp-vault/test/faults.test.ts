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
import { FakeVault } from '@coffer/fake-services/vault';
import { describe, expect, it } from 'vitest';
import { openStore } from './open-store.ts';

async function start(count = 0): Promise<FakeVault> {
  const vault = await FakeVault.start();
  vault.engine().put('dapr/app', { a: '1' });
  for (let index = 0; index < count; index++) vault.engine().put(`dapr/folder${index}/s`, { v: `${index}` });
  return vault;
}
const soon = { 'retry-after': '0' };
const errors = (...texts: string[]) => ({ errors: texts });

describe('answers that pass', () => {
  it.each<[string, Fault]>([
    ['429', answer(429, soon, errors('request path "secret/data/dapr/app": rate limit quota exceeded'))],
    ['412', answer(412, soon, errors('required index state not present'))],
    ['472', answer(472, soon)],
    ['473', answer(473, soon)],
    ['500', answer(500, soon, errors('internal error'))],
    ['502', answer(502, soon, 'bad gateway')],
    ['503', answer(503, soon, errors('node not active'))],
    ['504', answer(504, soon)],
  ])('%s: are waited out, and the reference’s dialect gives them at once', async (status, fault) => {
    await using vault = await start();
    vault.inject(fault, { times: 3 });
    const { get } = await openStore(vault.url);
    expect(await get('app')).toEqual({ a: '1' });
    expect(vault.requests).toHaveLength(4);
    vault.clearFaults();
    vault.inject(fault, { times: 1 });
    const strict = await openStore(vault.url, { dialect: strictDialect });
    expect((await strict.failure('app')).detail).toMatch(
      new RegExp(`^couldn't get successful response, status code ${status}, body `),
    );
    expect(vault.requests).toHaveLength(5);
  });

  it.each<[number, string, object]>([
    [429, 'resource_exhausted', { retryable: true, hint: 'a rate limit quota of the server was reached' }],
    [412, 'unavailable', { retryable: true }],
    [473, 'unavailable', { hint: expect.stringContaining('standby') }],
    [500, 'unavailable', { retryable: true }],
    [507, 'unavailable', {}],
    [418, 'unknown', { retryable: false }],
    [405, 'failed_precondition', {}],
    [401, 'unauthenticated', {}],
    [400, 'invalid_argument', {}],
  ])('%s is %s in the end', async (status, code, more) => {
    await using vault = await start();
    vault.inject(answer(status, soon, errors('as it is')));
    const { failure } = await openStore(vault.url);
    const detail = `couldn't get successful response, status code ${status}, body {"errors":["as it is"]}`;
    expect(await failure('app')).toMatchObject({ code, detail, secret: 'app', operation: 'get', ...more });
    expect(vault.requests.length).toBeLessThanOrEqual(4);
  });

  it('are not waited for longer than the call may take', async () => {
    await using vault = await start();
    vault.inject(answer(429, { 'retry-after': '3600' }, errors('quota')));
    const { failure } = await openStore(vault.url);
    expect(await failure('app')).toMatchObject({ code: 'resource_exhausted' });
    expect(vault.requests).toHaveLength(1);
  });

  it('are no reason to wait when the caller gives up', async () => {
    await using vault = await start();
    vault.inject(answer(429, { 'retry-after': '20' }, errors('quota')));
    const { store } = await openStore(vault.url);
    const controller = new AbortController();
    const reading = store.get({ name: 'app', metadata: {} }, { signal: controller.signal });
    while (vault.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    setTimeout(() => controller.abort(), 20);
    await expect(reading).rejects.toMatchObject({ code: 'canceled', retryable: false });
    const timed = store.get({ name: 'app', metadata: {} }, { signal: AbortSignal.timeout(50) });
    await expect(timed).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('sealed: somebody has to unseal it', async () => {
    await using vault = await start();
    vault.isSealed = true;
    const { failure, list } = await openStore(vault.url);
    const body = '{"errors":["Vault is sealed"]}';
    expect(await failure('app')).toMatchObject({
      code: 'unavailable',
      detail: `couldn't get successful response, status code 503, body ${body}`,
      hint: 'the server is sealed: unseal it',
    });
    await expect(list()).rejects.toMatchObject({
      detail: `list keys couldn't get successful response, status code: 503, status: 503 Service Unavailable, response ${body}`,
    });
    expect(vault.requests).toHaveLength(2);
  });

  it('throttling bursts during a list of many folders', async () => {
    await using vault = await start(70);
    const tries = new Map<string, number>();
    const isEarly = (path: string) => {
      tries.set(path, (tries.get(path) ?? 0) + 1);
      return (tries.get(path) as number) < 3;
    };
    vault.inject(answer(429, soon, errors('quota')), { when: ({ path }) => isEarly(path) });
    const { list } = await openStore(vault.url);
    expect(await list()).toHaveLength(71);
  });

  it('5xx at the seventh folder', async () => {
    await using vault = await start(20);
    let count = 0;
    vault.inject(answer(500, soon, errors('storage')), { when: ({ path }) => path.includes('/folder') && ++count >= 7 });
    const { list } = await openStore(vault.url);
    await expect(list()).rejects.toMatchObject({ code: 'unavailable', operation: 'list' });
    expect(vault.requests.length).toBeLessThan(60);
  });
});

describe('redirects', () => {
  it('V42: none takes the token to another host', async () => {
    await using other = await startFakeService(() => ({ status: 200, body: { data: { data: { a: 'stolen' } } } }));
    await using vault = await start();
    for (const dialect of [undefined, strictDialect]) {
      for (const status of [301, 302, 303, 307, 308]) {
        vault.clearFaults();
        vault.inject(redirect(`${other.url}/v1/secret/data/dapr/app?version=0`, status));
        const { failure, list } = await openStore(vault.url, dialect === undefined ? {} : { dialect });
        expect(await failure('app')).toMatchObject({
          code: 'unavailable',
          detail: expect.stringMatching(new RegExp(`^couldn't get successful response, status code ${status}, body `)),
          hint: expect.stringContaining(`the server sends on to ${other.url}, where no token is sent`),
          retryable: false,
        });
        await expect(list()).rejects.toMatchObject({ code: 'unavailable' });
      }
    }
    expect(other.requests).toEqual([]);
  });

  it('are followed inside the server, a few times', async () => {
    await using vault = await start();
    vault.inject(redirect('/v1/secret/data/dapr/app?version=0'), { times: 2 });
    const { get, failure } = await openStore(vault.url);
    expect(await get('app')).toEqual({ a: '1' });
    vault.clearFaults();
    vault.inject(redirect('/v1/secret/data/dapr/app?version=0'));
    expect(await failure('app')).toMatchObject({ code: 'unavailable', hint: expect.stringContaining('another address') });
    expect(vault.requests.length).toBe(3 + 6);
  });

  it('an active node of another address is named', async () => {
    await using vault = await start();
    vault.active = 'https://active.example:8200';
    const { failure } = await openStore(vault.url);
    expect((await failure('app')).hint).toContain('https://active.example:8200');
  });
});

describe('answers that are none', () => {
  it.each<[string, Fault, object]>([
    ['cut off', cutOff(), { code: 'unavailable', detail: expect.stringMatching(/^couldn't get secret: /) }],
    ['reset', reset(), { code: 'unavailable', detail: expect.stringMatching(/^couldn't get secret: Get "/) }],
    ['no JSON', malformed(), { code: 'unavailable', detail: "couldn't decode response body: the answer is not a JSON object" }],
    ['another JSON', malformed('[]'), { code: 'unavailable' }],
    [
      'a page',
      answer(200, { 'content-type': 'text/html' }, '<html>'),
      { hint: 'the answer is not that of a Vault server: check vaultAddr' },
    ],
    [
      'a page with 404',
      answer(404, {}, '<html>'),
      { code: 'unavailable', hint: 'the answer is not that of a Vault server: check vaultAddr' },
    ],
    ['values that are no map', answer(200, {}, { data: { data: 'x' } }), { code: 'failed_precondition' }],
    [
      'huge',
      huge(17 * 2 ** 20),
      { code: 'resource_exhausted', detail: expect.stringContaining('the answer has more than 16777216 bytes') },
    ],
  ])('%s', async (_, fault, failed) => {
    await using vault = await start();
    vault.inject(fault);
    const { failure } = await openStore(vault.url);
    expect(await failure('app')).toMatchObject({ retryable: expect.any(Boolean), ...failed });
  });

  it.each<[string, Fault]>([
    ['slow bytes', slowBytes(10)],
    ['none', hang()],
  ])('%s: the time-out ends it, at the socket', async (_, fault) => {
    await using vault = await start();
    vault.inject(fault);
    const { failure } = await openStore(vault.url, { properties: { requestTimeout: '100ms' } });
    expect(await failure('app')).toMatchObject({
      code: 'deadline_exceeded',
      detail: expect.stringContaining('context deadline exceeded'),
    });
    const { store } = await openStore(vault.url);
    const reading = store.get({ name: 'app', metadata: {} }, { signal: AbortSignal.timeout(100) });
    await expect(reading).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const aborted = AbortSignal.abort();
    await expect(store.get({ name: 'app', metadata: {} }, { signal: aborted })).rejects.toMatchObject({ code: 'canceled' });
    await expect(store.ping({ signal: aborted })).rejects.toMatchObject({ code: 'canceled' });
  });

  it('a kept connection that the server has closed', async () => {
    await using vault = await start();
    const { get } = await openStore(vault.url);
    await get('app');
    vault.dropConnections();
    expect(await get('app')).toEqual({ a: '1' });
  });

  it('V33: no server', async () => {
    const vault = await start();
    const { url } = vault;
    await vault.close();
    const { failure, list, store } = await openStore(url);
    const detail = `couldn't get secret: Get "${url}/v1/secret/data/dapr/app": dial tcp ${new URL(url).host}: connect: connection refused`;
    expect(await failure('app')).toMatchObject({ code: 'unavailable', detail, retryable: true });
    await expect(list()).rejects.toMatchObject({ detail: expect.stringMatching(/^couldn't get secret: List "/) });
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable', operation: 'ping' });
    await store.close();
    expect(await failure('app')).toMatchObject({ code: 'unavailable', detail: 'the store is closed' });
    await store.close();
  });

  it('wrapping is asked for when the settings say so', async () => {
    await using vault = await start();
    const { get } = await openStore(vault.url, { properties: { vaultWrapTTL: '90s' } });
    await get('app');
    expect(vault.requests[0]?.headers['x-vault-wrap-ttl']).toBe('90s');
    await (await openStore(vault.url)).get('app');
    expect(vault.requests[1]?.headers['x-vault-wrap-ttl']).toBeUndefined();
  });

  it('wrapped ones are unwrapped, in the strict dialect they have no data', async () => {
    await using vault = await start();
    vault.wraps = true;
    const { get, list } = await openStore(vault.url);
    expect(await get('app')).toEqual({ a: '1' });
    expect(await list()).toEqual(['app']);
    expect(await (await openStore(vault.url, { dialect: strictDialect })).get('app')).toBeNull();
  });
});

describe('a proxy', () => {
  it('of the environment is heeded, but for the strict dialect', async () => {
    await using proxy = await startFakeService(() => ({ status: 200, body: { data: { data: { via: 'proxy' } } } }));
    const dependencies = { environment: { HTTP_PROXY: proxy.url } };
    const url = 'http://vault.invalid:8200';
    expect(await (await openStore(url, { dependencies })).get('app')).toEqual({ via: 'proxy' });
    const strict = await openStore(url, { dependencies, dialect: strictDialect });
    expect(await strict.failure('app')).toMatchObject({ code: 'unavailable' });
    expect(proxy.requests).toHaveLength(1);
  });
});

describe('secrets', () => {
  it('are in no message, stack, cause, JSON, inspection or log', async () => {
    const canaries = ['canary-token', 'canary-value'];
    const body = { data: { data: { k: 'canary-value' } }, token: 'canary-token' };
    const faults: Fault[] = [
      answer(500, soon, body),
      answer(403, {}, body),
      answer(403, {}, errors('no such token: canary-token')),
      answer(404, {}, { ...body, errors: [] }),
      answer(400, {}, 'canary-value canary-token'),
      answer(200, {}, '{"data":{"data":{"k":"canary-value"'),
      answer(200, {}, { data: { data: ['canary-value'] } }),
      answer(302, { location: 'https://canary-token@elsewhere/canary-value' }),
      cutOff('{"data":{"data":{"k":"canary-value'),
    ];
    const properties = { vaultToken: 'canary-token' };
    const shown: string[] = [];
    const show = (error: SecretStoreError) => {
      const causes = [error, error.cause, (error.cause as Error | undefined)?.cause];
      shown.push(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error));
      for (const cause of causes) if (cause instanceof Error) shown.push(cause.message, cause.stack ?? '');
    };
    for (const fault of faults) {
      await using vault = await start();
      vault.inject(fault);
      const { failure, store, list, lines } = await openStore(vault.url, { properties });
      show(await failure('app'));
      await list().catch(show);
      await store.ping().catch(show);
      shown.push(...lines, inspect(store, { depth: 9, showHidden: true }));
    }
    for (const canary of canaries) expect(shown.join('\n')).not.toContain(canary);
    expect(shown.length).toBeGreaterThan(50);
  });
});
