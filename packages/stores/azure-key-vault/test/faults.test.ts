import { setTimeout as sleep } from 'node:timers/promises';
import { answer, cutOff, hang, huge, malformed, redirect, reset, slowBytes } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { openStore, type Started, startVault } from './vault.ts';

const THROTTLED = { error: { code: 'Throttled', message: 'Request was not processed because too many requests were received.' } };

async function vaultOf(count: number): Promise<Started> {
  const started = await startVault();
  for (let i = 0; i < count; i++) started.vault.set(`n${i}`, `v${i}`);
  return started;
}

describe('a vault that throttles', () => {
  it('is asked again when it says, and at no time before', async () => {
    await using started = await vaultOf(1);
    started.vault.inject(answer(429, { 'retry-after': '1' }, THROTTLED), { times: 1 });
    const { get } = await openStore(started);
    const start = performance.now();
    expect(await get('n0')).toEqual({ n0: 'v0' });
    expect(performance.now() - start).toBeGreaterThanOrEqual(990);
    expect(started.vault.requests).toHaveLength(2);
  });

  it('is not waited for past the time limit: the answer is given at once', async () => {
    await using started = await vaultOf(1);
    started.vault.inject(answer(429, { 'retry-after': '60' }, THROTTLED));
    const { get } = await openStore(started);
    const start = performance.now();
    const refused = { code: 'resource_exhausted', detail: THROTTLED.error.message, retryable: true };
    await expect(get('n0')).rejects.toMatchObject(refused);
    // Nobody else asks in the meantime.
    await expect(get('n0')).rejects.toMatchObject(refused);
    expect(started.vault.requests).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('is given up after four attempts', async () => {
    await using started = await vaultOf(1);
    started.vault.inject(answer(429, { 'retry-after': '0' }, THROTTLED));
    await expect((await openStore(started)).get('n0')).rejects.toMatchObject({ code: 'resource_exhausted' });
    expect(started.vault.requests).toHaveLength(4);
  });

  it('ends a wait when the caller gives up', async () => {
    await using started = await vaultOf(1);
    started.vault.inject(answer(429, { 'retry-after': '20' }, THROTTLED));
    const { get } = await openStore(started);
    const stop = new AbortController();
    const read = get('n0', {}, stop.signal);
    while (started.vault.requests.length === 0) await sleep(5);
    stop.abort();
    await expect(read).rejects.toMatchObject({ code: 'canceled' });
  });

  it('holds back all reads of a bulk at once, and they all come through', async () => {
    await using started = await vaultOf(100);
    started.vault.throttle(40, 1000, 1);
    const { bulk } = await openStore(started);
    expect(Object.keys(await bulk())).toHaveLength(100);
    // 104 are needed; every window after the first may cost what was in flight.
    expect(started.vault.requests.length).toBeLessThan(104 + 4 * 10);
  });
});

describe('a vault in trouble', () => {
  it('is asked again after 5xx, four times in all', async () => {
    await using started = await vaultOf(1);
    const broken = answer(503, {}, { error: { code: 'ServiceUnavailable', message: 'made up' } });
    started.vault.inject(broken, { times: 1 });
    const { get } = await openStore(started);
    expect(await get('n0')).toEqual({ n0: 'v0' });
    started.vault.inject(broken);
    await expect(get('n0')).rejects.toMatchObject({ code: 'unavailable', detail: 'made up' });
    expect(started.vault.requests).toHaveLength(2 + 4);
  });

  it('is not waited for past the time limit', async () => {
    await using started = await vaultOf(1);
    started.vault.inject(answer(503, { 'retry-after': '60' }, { error: { code: 'ServiceUnavailable', message: 'later' } }));
    await expect((await openStore(started)).get('n0')).rejects.toMatchObject({ code: 'unavailable', detail: 'later' });
    expect(started.vault.requests).toHaveLength(1);
  });

  it('is asked once after a definite answer', async () => {
    await using started = await vaultOf(1);
    started.vault.inject(answer(400, {}, { error: { code: 'BadParameter', message: 'no' } }));
    await expect((await openStore(started)).get('n0')).rejects.toMatchObject({ code: 'invalid_argument', detail: 'no' });
    expect(started.vault.requests).toHaveLength(1);
  });

  it('fails a bulk read at page seven, with what it said', async () => {
    await using started = await vaultOf(200);
    const broken = answer(500, { 'retry-after': '0' }, { error: { code: 'InternalError', message: 'page seven' } });
    const seventh = Buffer.from('150').toString('base64url');
    started.vault.inject(broken, { when: ({ query }) => query.get('$skiptoken') === seventh });
    await expect((await openStore(started)).bulk()).rejects.toMatchObject({ code: 'unavailable', detail: 'page seven' });
  });

  it.each([
    ['cut off', 'unavailable', cutOff()],
    ['reset', 'unavailable', reset()],
    ['no JSON', 'unavailable', malformed()],
    ['of another kind', 'unavailable', answer(200, {}, { hello: 1, value: 7 })],
    ['a page for people', 'unavailable', answer(404, { 'content-type': 'text/html' }, '<html>secret</html>')],
    ['far too large', 'resource_exhausted', huge(20 * 2 ** 20)],
  ])('an answer that is %s is %s', async (_, code, fault) => {
    await using started = await vaultOf(1);
    const { get } = await openStore(started);
    await get('n0');
    started.vault.inject(fault);
    await expect(get('n0')).rejects.toMatchObject({ code });
  });

  it.each([
    ['no answer', hang()],
    ['slow bytes', slowBytes(20)],
  ])('%s is a time-out', async (_, fault) => {
    await using started = await vaultOf(1);
    started.vault.inject(fault);
    const { get } = await openStore(started, { properties: { requestTimeout: '300ms' } });
    const detail = expect.stringMatching(
      /^Get "https:\/\/myvault\.vault\.azure\.net\/secrets\/n0\/": context deadline exceeded$/,
    );
    await expect(get('n0')).rejects.toMatchObject({ code: 'deadline_exceeded', detail });
  });

  it('carries no token anywhere by a redirect', async () => {
    await using started = await vaultOf(1);
    await using other = await startVault();
    started.vault.inject(redirect(`${other.vault.url}/secrets/n0/`));
    await expect((await openStore(started)).get('n0')).rejects.toMatchObject({ code: 'unavailable' });
    expect(started.vault.requests).toHaveLength(1);
    expect(other.vault.connections).toBe(0);
  });

  it('carries no token anywhere by a next link', async () => {
    await using started = await vaultOf(1);
    await using other = await startVault();
    const page = {
      value: [{ id: 'https://myvault.vault.azure.net/secrets/n0', attributes: { enabled: true } }],
      nextLink: `${other.vault.url}/secrets?api-version=7.5&$skiptoken=x`,
    };
    started.vault.inject(answer(200, {}, page), { when: ({ path }) => path === '/secrets', times: 1 });
    await expect((await openStore(started)).list()).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(started.vault.requests.map(({ search }) => search)).toEqual(['?api-version=7.5', '?api-version=7.5&$skiptoken=x']);
    expect(other.vault.connections).toBe(0);
    const elsewhere = { ...page, nextLink: 'https://myvault.vault.azure.net/secrets/n0/versions?api-version=7.5' };
    started.vault.inject(answer(200, {}, elsewhere), { when: ({ path }) => path === '/secrets', times: 1 });
    await expect((await openStore(started)).list()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('whose list does not end is found out; one that ends with an empty link is not', async () => {
    await using started = await vaultOf(1);
    const value = [{ id: 'https://myvault.vault.azure.net/secrets/n0', attributes: { enabled: true } }];
    const nextLink = 'https://myvault.vault.azure.net:443/secrets?api-version=7.5&$skiptoken=x';
    const { list } = await openStore(started);
    started.vault.inject(answer(200, {}, { value, nextLink: '' }), { times: 1 });
    expect(await list()).toEqual([['n0']]);
    started.vault.inject(answer(200, {}, { value, nextLink }));
    await expect(list()).rejects.toMatchObject({ detail: 'the list of secrets does not end: a page came twice' });
    expect(started.vault.requests).toHaveLength(3);
  });

  it('ends a list at the socket also behind the first page', async () => {
    await using started = await vaultOf(60);
    started.vault.inject(hang(), { when: ({ query }) => query.has('$skiptoken') });
    const { store } = await openStore(started);
    const stop = new AbortController();
    const pages = store.list({ metadata: {} }, { signal: stop.signal })[Symbol.asyncIterator]();
    await pages.next();
    const second = pages.next();
    while (started.vault.requests.length < 2) await sleep(5);
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'canceled' });
  });

  it('that is away is told of at once', async () => {
    await using started = await vaultOf(1);
    const { get } = await openStore(started);
    await started.vault.close();
    await expect(get('n0')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('with a certificate that does not verify is not spoken to', async () => {
    await using started = await vaultOf(1);
    const { get } = await openStore(started, { dependencies: { ca: undefined } });
    await expect(get('n0')).rejects.toMatchObject({ code: 'unavailable', detail: expect.stringContaining('tls: ') });
    expect(started.vault.requests).toEqual([]);
  });
});

describe('tokens', () => {
  it('that end while reads go on are replaced, one for all', async () => {
    await using started = await vaultOf(60);
    // Ten seconds before its end a token is not used any more: each of these is used once.
    const { bulk, asked } = await openStore(started, { seconds: 12 });
    await bulk();
    expect(asked).toHaveLength(1);
    await sleep(2_100);
    await bulk();
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(started.vault.requests.length).toBe(2 * 63);
  });

  it('that the vault does not take any more are made anew, and the read goes on', async () => {
    await using started = await vaultOf(30);
    const { bulk, get, asked } = await openStore(started);
    await get('n0');
    started.vault.inject(answer(401, {}, { error: { code: 'Unauthorized', message: 'revoked' } }), {
      when: ({ headers }) => headers.authorization === started.vault.requests[0]?.headers.authorization,
    });
    expect(Object.keys(await bulk())).toHaveLength(30);
    expect(asked).toHaveLength(2);
  });

  it('that must hold something new are asked for with it', async () => {
    await using started = await vaultOf(1);
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}';
    const challenge = `Bearer realm="", authorization_uri="x", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`;
    started.vault.inject(answer(401, { 'www-authenticate': challenge }), { times: 1 });
    const { get, asked } = await openStore(started);
    expect(await get('n0')).toEqual({ n0: 'v0' });
    expect(asked.map((each) => each.claims)).toEqual([undefined, claims]);
  });

  it('that the vault never takes are not asked for again and again', async () => {
    await using started = await vaultOf(1);
    const { get, asked } = await openStore(started, { audience: 'https://storage.azure.com' });
    const detail = 'AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://storage.azure.com.';
    for (let i = 0; i < 3; i++) await expect(get('n0')).rejects.toMatchObject({ code: 'unauthenticated', detail });
    expect(asked).toHaveLength(2);
    expect(started.vault.requests).toHaveLength(4);
  });

  it('are for the configured resource, whatever the challenge names', async () => {
    await using started = await startVault({ audience: 'https://management.azure.com' });
    started.vault.set('n0', 'x');
    const { get, asked } = await openStore(started, { properties: { vaultUrl: 'https://vault.internal' } });
    await expect(get('n0')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(new Set(asked.map(({ scope }) => scope))).toEqual(new Set(['https://vault.azure.net/.default']));
  });
});
