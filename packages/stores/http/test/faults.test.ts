import { inspect } from 'node:util';
import type { SecretStoreError } from '@coffer/core/driver';
import { answer, cutOff, type Fault, hang, malformed, redirect, reset, slowBytes } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { JsonVault, TOKEN } from './json-vault.ts';
import { failureOf, open } from './open.ts';

const soon = { 'retry-after': '0' };

async function vaultWith(...names: readonly string[]): Promise<JsonVault> {
  const vault = await JsonVault.start();
  for (const name of names) vault.put(name, { a: `value of ${name}` });
  return vault;
}

describe('a status', () => {
  it.each<[status: number, code: string, hint: RegExp | undefined]>([
    [301, 'failed_precondition', /redirects/],
    [400, 'invalid_argument', /check the name, and url/],
    [401, 'unauthenticated', /credentials/],
    [403, 'permission_denied', /let these credentials read this secret/],
    [404, 'not_found', undefined],
    [405, 'failed_precondition', /method/],
    [410, 'not_found', undefined],
    [418, 'unknown', undefined],
    [429, 'resource_exhausted', /limit/],
    [500, 'unavailable', undefined],
    [501, 'failed_precondition', /method/],
    [503, 'unavailable', undefined],
  ])('%i of a read is %s', async (status, code, hint) => {
    await using vault = await vaultWith('a');
    vault.service.inject(answer(status, soon, 'canary'));
    await using opened = await open(vault.settings());
    const failure = await failureOf(opened.get('a'));
    expect(failure).toMatchObject({ code, operation: 'get', secret: 'a' });
    expect(failure.detail).toMatch(new RegExp(`^couldn't read secret a: the service answered ${status} [A-Z]`));
    if (hint === undefined) expect(failure.hint).toBe(undefined);
    else expect(failure.hint).toMatch(hint);
  });

  it('means what the component says', async () => {
    await using vault = await vaultWith();
    const settings = { notFoundStatuses: '400, 404', deniedStatuses: '418' };
    await using opened = await open({ ...vault.settings(), ...settings });
    for (const [status, code] of [
      [400, 'not_found'],
      [404, 'not_found'],
      [410, 'unknown'],
      [418, 'permission_denied'],
      [403, 'permission_denied'],
    ] as const) {
      vault.service.inject(answer(status), { times: 1 });
      expect(await failureOf(opened.get('a'))).toMatchObject({ code });
    }
  });

  it('404 of a list or a ping is no missing secret', async () => {
    await using vault = await vaultWith();
    vault.service.inject(answer(404));
    await using opened = await open(vault.settings());
    expect(await failureOf(opened.list())).toMatchObject({
      code: 'failed_precondition',
      hint: 'check listUrl: there is nothing',
    });
    expect(await failureOf(opened.store.ping())).toMatchObject({
      code: 'failed_precondition',
      hint: 'check pingUrl: there is nothing',
    });
  });
});

describe('a service that is too busy', () => {
  it.each([429, 500, 502, 503, 504])('is asked again: %i', async (status) => {
    await using vault = await vaultWith('a');
    vault.service.inject(answer(status, soon), { times: 3 });
    await using opened = await open(vault.settings());
    expect(await opened.get('a')).toEqual({ a: 'value of a' });
    expect(vault.service.requests).toHaveLength(4);
  });

  it('is asked four times at most, by a POST too', async () => {
    await using vault = await vaultWith('a');
    vault.service.inject(answer(429, soon));
    const post = { url: `${vault.service.url}/v1/read`, method: 'POST', body: '{"secret": "{name}"}' };
    await using opened = await open({ ...vault.settings(), ...post });
    expect(await failureOf(opened.get('a'))).toMatchObject({ code: 'resource_exhausted', retryable: true });
    expect(vault.service.requests).toHaveLength(4);
  });

  it('is asked again after a pause of our own when it names none', async () => {
    await using vault = await vaultWith('a');
    vault.service.inject(answer(503), { times: 1 });
    await using opened = await open(vault.settings());
    expect(await opened.get('a')).toEqual({ a: 'value of a' });
  });

  it('is not waited for longer than there is time', async () => {
    await using vault = await vaultWith('a');
    vault.service.inject(answer(429, { 'retry-after': '3600' }));
    await using opened = await open(vault.settings());
    expect(await failureOf(opened.get('a'))).toMatchObject({ code: 'resource_exhausted' });
    expect(vault.service.requests).toHaveLength(1);
  });

  it('is not waited for when the caller gives up', async () => {
    await using vault = await vaultWith('a');
    vault.service.inject(answer(429, { 'retry-after': '20' }));
    await using opened = await open(vault.settings());
    const controller = new AbortController();
    const read = opened.store.get({ name: 'a', metadata: {} }, { signal: controller.signal });
    await expect.poll(() => vault.service.requests.length).toBe(1);
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: 'canceled' });
  });

  it('is asked once when the answer is definite', async () => {
    await using vault = await vaultWith('a');
    await using opened = await open(vault.settings());
    await failureOf(opened.get('missing'));
    await using denied = await open({ ...vault.settings(), token: 'other' });
    await failureOf(denied.get('a'));
    expect(vault.service.requests).toHaveLength(2);
  });
});

describe('an answer that is none', () => {
  it.each<[string, Fault, string, RegExp]>([
    [
      'cut off',
      cutOff('{"data": {"value": "canary'),
      'unavailable',
      /: Get "http:\/\/127.0.0.1:\d+\/v1\/secrets\/a": the connection broke off$/,
    ],
    ['reset', reset(), 'unavailable', /: Get "http.*connection reset by peer$/],
    ['no JSON', malformed('{"data": {"value": "canary'), 'unavailable', /: the answer is not JSON$/],
    ['of another shape', answer(200, {}, { canary: 1 }), 'failed_precondition', /: the answer has no value$/],
  ])('%s', async (_, fault, code, text) => {
    await using vault = await vaultWith('a');
    vault.service.inject(fault);
    await using opened = await open(vault.settings());
    const failure = await failureOf(opened.get('a'));
    expect([failure.code, failure.secret]).toEqual([code, 'a']);
    expect(failure.detail).toMatch(text);
    expect(failure.detail.startsWith("couldn't read secret a: ")).toBe(true);
  });

  it('a service that is not there', async () => {
    const vault = await vaultWith('a');
    const settings = vault.settings();
    await vault.service.close();
    await using opened = await open(settings);
    const failure = await failureOf(opened.get('a'));
    expect(failure).toMatchObject({
      code: 'unavailable',
      retryable: true,
      hint: 'check url, and that the service can be reached from here',
    });
    expect(failure.detail).toMatch(/dial tcp 127.0.0.1:\d+: connect: connection refused$/);
  });
});

describe('time', () => {
  it.each([
    ['hangs', hang()],
    ['sends byte by byte', slowBytes(5)],
  ])('ends a call to a service that %s', async (_, fault) => {
    await using vault = await vaultWith('a');
    await using opened = await open({ ...vault.settings(), requestTimeout: '200ms' });
    vault.service.inject(fault);
    for (const call of [() => opened.get('a'), () => opened.list(), () => opened.store.ping()]) {
      expect(await failureOf(call())).toMatchObject({
        code: 'deadline_exceeded',
        detail: expect.stringMatching(/context deadline exceeded$/),
      });
    }
  });

  it('of the caller ends it too, and an abort ends it at the socket', async () => {
    await using vault = await vaultWith('a');
    await using opened = await open(vault.settings());
    const { store } = opened;
    const late = store.get({ name: 'a', metadata: {} }, { signal: AbortSignal.timeout(0) });
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' });
    let ended = 0;
    vault.service.inject((response) => void response.once('close', () => ended++));
    const before = vault.service.requests.length;
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const calls = [
      store.get({ name: 'a', metadata: {} }, options),
      store.list({ metadata: {} }, options)[Symbol.asyncIterator]().next(),
      store.ping(options),
    ];
    await expect.poll(() => vault.service.requests.length).toBe(before + 3);
    controller.abort();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'canceled' });
    await expect.poll(() => ended).toBe(3);
    await expect(store.get({ name: 'a', metadata: {} }, options)).rejects.toMatchObject({ code: 'canceled' });
  });
});

describe('a list', () => {
  it('that fails at page 7 fails', async () => {
    await using vault = await vaultWith(...Array.from({ length: 100 }, (_, index) => `s${index}`));
    vault.service.inject(answer(500, { 'retry-after': '60' }), { when: ({ query }) => query.get('after') === '60' });
    await using opened = await open(vault.settings());
    const seen: string[] = [];
    const all = (async () => {
      for await (const page of opened.store.list({ metadata: {} })) seen.push(...page);
    })();
    expect(await failureOf(all)).toMatchObject({ code: 'unavailable', operation: 'list' });
    expect(seen).toHaveLength(60);
  });

  it.each([
    ['an address', { items: [{ name: 'a' }], next: '/v1/secrets?after=0' }, {}],
    ['a cursor', { items: [{ name: 'a' }], next: '0' }, { nextParameter: 'after' }],
    ['its own address', { items: [{ name: 'a' }], next: '#top' }, {}],
  ])('stops at %s that comes twice', async (_, body, paging) => {
    await using vault = await vaultWith();
    vault.service.inject(answer(200, {}, body));
    await using opened = await open({ ...vault.settings(), ...paging });
    expect(await failureOf(opened.list())).toMatchObject({
      code: 'failed_precondition',
      detail: "couldn't list secrets: the same page came twice",
      hint: 'check nextPath',
    });
    expect(vault.service.requests.length).toBeLessThanOrEqual(2);
  });

  it.each([{ next: null }, { next: '' }, { next: false }, {}])('ends on %j', async (last) => {
    await using vault = await vaultWith();
    vault.service.inject(answer(200, {}, { items: [{ name: 'a' }], ...last }));
    for (const paging of [{}, { nextParameter: 'after' }]) {
      await using opened = await open({ ...vault.settings(), ...paging });
      expect(await opened.list()).toEqual([['a']]);
    }
  });

  it.each([[[1]], [{ a: 1 }]])('is not led by %j', async (next) => {
    await using vault = await vaultWith();
    vault.service.inject(answer(200, {}, { items: [], next }));
    await using opened = await open(vault.settings());
    expect((await failureOf(opened.list())).detail).toBe("couldn't list secrets: nextPath finds no text");
  });

  it.each([
    ['</v1/secrets?after=10>; rel="next"', '?after=10'],
    ['</a>; rel="prev", </v1/secrets?a=1,2;3>; title="x, y; rel=none"; rel=next', '?a=1,2;3'],
    ['<?p=2>; rel="last next"; type="a\\"b"', '?p=2'],
    ['</a>; rel="nextish"', undefined],
    ['</a>; title="rel=next"', undefined],
    ['rel="next"', undefined],
    ['', undefined],
  ])('follows the header Link: %s', async (link, search) => {
    await using vault = await vaultWith();
    vault.service.inject(answer(200, { link }, { items: [] }), { times: 1 });
    vault.service.inject(answer(200, {}, { items: [] }));
    await using opened = await open({ ...vault.settings(), nextPath: '', followLinks: 'true' });
    await opened.list();
    expect(vault.service.requests[1]?.search).toBe(search);
  });
});

describe('what must not be told', () => {
  it('is in no failure, no line of the log and no store that is printed', async () => {
    const canary = 'canary-of-a-value';
    const apiKey = 'canary-of-a-key';
    await using vault = await vaultWith();
    vault.put('a', { a: canary });
    const settings = { ...vault.settings(), 'header.X-Api-Key': apiKey, 'query.key': apiKey };
    await using opened = await open(settings);
    const failures: SecretStoreError[] = [];
    const body = { data: { value: [canary, canary] }, items: [{ name: { canary } }], next: { canary } };
    const faults: Fault[] = [
      malformed(`{"data":{"value":"${canary}`),
      cutOff(JSON.stringify(body)),
      reset(),
      answer(200, { 'content-type': `text/${canary.replaceAll('-', '<')}` }, canary),
      answer(200, {}, { data: { values: canary }, items: [{ name: [canary] }] }),
      ...[400, 401, 403, 404, 429, 500].map((status) => answer(status, soon, { error: `${canary} ${apiKey} ${TOKEN}` })),
      redirect(`https://user:${canary}@example.test/?token=${canary}`),
    ];
    for (const fault of faults) {
      vault.service.clearFaults();
      vault.service.inject(fault);
      failures.push(await failureOf(opened.get('a')), await failureOf(opened.list()));
      await opened.store.ping().catch((cause: SecretStoreError) => failures.push(cause));
    }
    vault.service.clearFaults();
    vault.service.inject(answer(200, {}, body));
    await using paths = await open({ ...settings, valuePath: '$.data.value[*]', valueEncoding: 'base64' });
    failures.push(await failureOf(paths.get('a')), await failureOf(paths.list()));
    expect(failures.length).toBeGreaterThan(30);
    const { lines, store } = opened;
    const told = [
      ...failures.flatMap(everythingOf),
      ...lines,
      inspect(store, { depth: 9, showHidden: true }),
      JSON.stringify(store),
    ];
    for (const secret of [canary, apiKey, TOKEN]) {
      const texts = [secret, Buffer.from(secret).toString('base64').slice(0, 16), encodeURIComponent(secret)];
      for (const text of texts) expect(told.filter((line) => line.includes(text))).toEqual([]);
    }
  });
});

/** Every text of a failure that somebody could print, its causes included. */
function everythingOf(failure: unknown): string[] {
  if (!(failure instanceof Error)) return [];
  const { message, stack = '', cause } = failure;
  return [message, stack, JSON.stringify(failure), inspect(failure, { depth: 9, showHidden: true }), ...everythingOf(cause)];
}
