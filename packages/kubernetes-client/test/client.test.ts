import { FakeKubernetes } from '@coffer/fake-kubernetes';
import { describe, expect, it } from 'vitest';
import { clientOf, failureOf, secret, secrets } from './support.ts';

const READER = {
  name: 'reader',
  rules: [
    { verbs: ['get'], resources: ['secrets'], namespace: 'a', names: ['one'] },
    { verbs: ['list'], resources: ['secrets'], namespace: 'b' },
  ],
};

async function seeded(count: number, options = {}) {
  const fake = await FakeKubernetes.start(options);
  for (let index = 0; index < count; index++) fake.secret('a', `s${String(index).padStart(4, '0')}`, { v: `value ${index}` });
  return fake;
}
const names = (items: readonly { metadata: { name: string } }[]) => items.map(({ metadata }) => metadata.name);

describe('get', () => {
  it('answers the object, over one kept TLS connection', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('a', 'one', { k: 'v' });
    const client = await clientOf(fake);
    for (let count = 0; count < 20; count++) {
      expect(await client.get(secret('a', 'one'))).toMatchObject({ metadata: { name: 'one' }, data: { k: 'dg==' } });
    }
    expect(fake.connections).toBe(1);
    client.close();
  });

  it('shares a few dozen connections among many reads at once, and none with watches', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('a', 'one', { k: 'v' });
    const client = await clientOf(fake);
    const watches = Array.from({ length: 70 }, async () => {
      for await (const event of client.watch(secrets('a'), { resourceVersion: '2', seconds: 300 })) throw event;
    });
    while (fake.eachWatch(() => undefined) < watches.length) await new Promise((resolve) => setTimeout(resolve, 5));
    const before = fake.connections;
    await Promise.all(Array.from({ length: 300 }, () => client.get(secret('a', 'one'))));
    expect(fake.connections - before).toBeLessThanOrEqual(64);
    fake.eachWatch((watch) => watch.end());
    await Promise.all(watches);
    client.close();
  });

  it('tells missing, forbidden, unauthorized and anonymous apart, in the words of the server', async () => {
    await using fake = await FakeKubernetes.start({ users: { reader: READER } });
    fake.secret('a', 'one', {});
    expect(await failureOf((await clientOf(fake)).get(secret('a', 'two')))).toMatchObject({
      reason: 'not_found',
      status: 404,
      message: 'secrets "two" not found',
    });
    const reader = await clientOf(fake, 'reader');
    expect((await reader.get(secret('a', 'one'))).metadata.name).toBe('one');
    expect(await failureOf(reader.get(secret('a', 'two')))).toMatchObject({
      reason: 'forbidden',
      message: 'secrets "two" is forbidden: User "reader" cannot get resource "secrets" in API group "" in the namespace "a"',
      hint: 'add to a Role in namespace a: {apiGroups: [""], resources: [secrets], resourceNames: [two], verbs: [get]}',
    });
    expect(
      await failureOf(reader.list({ ...secrets('a'), group: 'dapr.io', version: 'v1alpha1', resource: 'components' })),
    ).toMatchObject({
      message:
        'components.dapr.io is forbidden: User "reader" cannot list resource "components" in API group "dapr.io" in the namespace "a"',
      hint: 'add to a Role in namespace a: {apiGroups: ["dapr.io"], resources: [components], verbs: [list]}',
    });
    expect(await failureOf((await clientOf(fake, 'nobody')).get(secret('a', 'one')))).toMatchObject({
      reason: 'unauthorized',
      message: 'Unauthorized',
    });
    expect((await failureOf((await clientOf(fake, {})).get(secret('a', 'one')))).message).toContain('User "system:anonymous"');
  });

  it.each([
    ['a/b', `invalid resource name "a/b": [may not contain '/']`],
    ['..', `invalid resource name "..": [may not be '..']`],
    ['a/%', `invalid resource name "a/%": [may not contain '/' may not contain '%']`],
    ['\udcff%', `invalid resource name "\\xff%": [may not contain '%']`],
    ['', 'resource name may not be empty'],
  ])('refuses the name %j before it sends anything', async (name, message) => {
    await using fake = await FakeKubernetes.start();
    const client = await clientOf(fake);
    expect(await failureOf(client.get(secret('a', name)))).toMatchObject({ reason: 'invalid', message });
    expect((await failureOf(client.get(secret(name, 'a')))).message).toContain(
      name === '' ? 'namespace may not' : 'invalid namespace "',
    );
    expect(fake.requests).toEqual([]);
  });

  it('escapes every other name', async () => {
    await using fake = await FakeKubernetes.start();
    const client = await clientOf(fake);
    for (const name of ['a?b#c', ' ü', 'x\udcffy', '\ud800', 'a&b=c;d']) {
      expect((await failureOf(client.get(secret('n m', name)))).reason).toMatch(/not_found|unavailable/);
    }
    expect(fake.requests).toEqual(
      ['a%3Fb%23c', '%20%C3%BC', 'x%FFy', '%EF%BF%BD', 'a%26b%3Dc%3Bd'].map((name) => `/api/v1/namespaces/n%20m/secrets/${name}`),
    );
  });

  it('reads what is no Kubernetes answer as a failure, and quotes none of it', async () => {
    await using fake = await FakeKubernetes.start();
    const client = await clientOf(fake);
    for (const [fault, reason] of [
      [{ body: '<html>canary' }, 'unreadable'],
      [{ body: '[1, "canary"]' }, 'unreadable'],
      [{ body: '{"kind":"Secret","metadata":{}}' }, 'unreadable'],
      [{ status: 302, headers: { location: 'https://elsewhere.test/canary' } }, 'unreadable'],
      [{ status: 404, body: '404 page canary' }, 'not_found'],
      [{ status: 502, body: '<html>canary' }, 'unavailable'],
      [{ status: 422, body: '{"kind":"Status","message":"name is bad"}' }, 'invalid'],
      [{ status: 503, body: '{"kind":"Status","message":"apiserver is shutting down"}' }, 'unavailable'],
    ] as const) {
      fake.fail(fault);
      const failure = await failureOf(client.get(secret('a', 'one')));
      expect(failure.reason).toBe(reason);
      expect(failure.message).not.toContain('canary');
    }
    expect(fake.requests).toHaveLength(8);
  });

  it('waits as long as a throttled answer asks, and no longer than its own time limit', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('a', 'one', {});
    const client = await clientOf(fake);
    fake.fail({ status: 429, headers: { 'retry-after': '0' }, times: 3 });
    expect((await client.get(secret('a', 'one'))).metadata.name).toBe('one');
    expect(fake.requests).toHaveLength(4);
    fake.fail({ status: 429, headers: { 'retry-after': '3600' }, body: '{"kind":"Status","message":"too many"}' });
    expect(await failureOf(client.get(secret('a', 'one')))).toMatchObject({
      reason: 'throttled',
      message: 'too many',
      retryAfter: 3_600_000,
    });
    fake.fail({ status: 429, headers: { 'retry-after': '0' }, times: 5 });
    expect((await failureOf(client.get(secret('a', 'one')))).reason).toBe('throttled');
  });

  it('pauses before it asks again when a throttled answer does not say how long', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('a', 'one', {});
    fake.fail({ status: 429 });
    expect((await (await clientOf(fake)).get(secret('a', 'one'))).metadata.name).toBe('one');
    fake.fail({ status: 429 });
    const failure = await failureOf((await clientOf(fake, undefined, { requestTimeout: 100 })).get(secret('a', 'one')));
    expect(failure.reason).toBe('throttled');
  });

  it('ends with its time limit, and with the caller’s signal, at the socket', async () => {
    await using fake = await FakeKubernetes.start();
    const client = await clientOf(fake, undefined, { requestTimeout: 200 });
    fake.fail({ silent: true });
    expect(await failureOf(client.get(secret('a', 'one')))).toMatchObject({
      reason: 'timeout',
      message: `Get "${fake.server}/api/v1/namespaces/a/secrets/one": context deadline exceeded`,
    });
    const patient = await clientOf(fake);
    for (const [reason, expected] of [
      [undefined, 'canceled'],
      [new DOMException('', 'TimeoutError'), 'timeout'],
    ] as const) {
      fake.fail({ silent: true });
      const controller = new AbortController();
      const failing = failureOf(patient.get(secret('a', 'one'), { signal: controller.signal }));
      while (fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort(reason);
      expect((await failing).reason).toBe(expected);
      expect((await failureOf(patient.get(secret('a', 'one'), { signal: controller.signal }))).reason).toBe(expected);
    }
  });

  it('fails on a body that breaks off, and on one that is too large', async () => {
    await using fake = await FakeKubernetes.start();
    const client = await clientOf(fake, undefined, { maxResponse: 1000 });
    const body = JSON.stringify({ metadata: { name: 'one' }, filler: 'x'.repeat(2000) });
    for (const headers of [{ 'content-length': String(body.length) }, { 'transfer-encoding': 'chunked' }]) {
      fake.fail({ body, headers });
      expect((await failureOf(client.get(secret('a', 'one')))).reason).toBe('too_large');
    }
    const patient = await clientOf(fake);
    fake.fail({ body, cutAfter: 100 });
    expect((await failureOf(patient.get(secret('a', 'one')))).reason).toBe('unavailable');
  });

  it('says that nobody listens, in the manner of the reference', async () => {
    const fake = await FakeKubernetes.start();
    const client = await clientOf(fake);
    await fake.pause();
    const { host } = new URL(fake.server);
    expect(await failureOf(client.get(secret('a', 'one')))).toMatchObject({
      reason: 'unavailable',
      message: `Get "${fake.server}/api/v1/namespaces/a/secrets/one": dial tcp ${host}: connect: connection refused`,
    });
  });

  it('pings without any right, if its credentials are accepted', async () => {
    await using fake = await FakeKubernetes.start({ users: { me: { name: 'me', rules: [] } } });
    await (await clientOf(fake, 'me')).ping();
    expect((await failureOf((await clientOf(fake, 'nobody')).ping())).reason).toBe('unauthorized');
    fake.fail({ status: 500, body: 'etcd failed' });
    expect((await failureOf((await clientOf(fake)).ping())).reason).toBe('unavailable');
  });

  it('goes on over a new connection when the server has closed the old one', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('a', 'one', {});
    const client = await clientOf(fake);
    await client.get(secret('a', 'one'));
    await fake.pause();
    await fake.resume();
    expect((await client.get(secret('a', 'one'))).metadata.name).toBe('one');
  });
});

describe('list', () => {
  it('K11: pages through it', async () => {
    await using fake = await seeded(1200);
    const client = await clientOf(fake);
    const { items, resourceVersion } = await client.list(secrets('a'));
    expect(names(items)).toEqual(Array.from({ length: 1200 }, (_, index) => `s${String(index).padStart(4, '0')}`));
    expect(resourceVersion).toBe('1201');
    expect(fake.requests).toHaveLength(3);
    expect(names((await client.list(secrets('b'))).items)).toEqual([]);
  });

  it('begins anew when the token of a page has expired, so that it is of one moment', async () => {
    await using fake = await seeded(10);
    const client = await clientOf(fake, undefined, { pageSize: 4 });
    let pages = 0;
    const parse = (text: string) => {
      if (++pages === 1) {
        fake.expireTokens();
        fake.delete('secrets', 'a', 's0001');
      }
      return JSON.parse(text);
    };
    expect(names((await client.list(secrets('a'), { parse })).items)).toHaveLength(9);
  });

  it('goes on from the token that comes with the 410, page by page', async () => {
    await using fake = await seeded(10);
    const client = await clientOf(fake, undefined, { pageSize: 4 });
    const pages: string[][] = [];
    for await (const { items } of client.pages(secrets('a'))) {
      pages.push(names(items));
      fake.expireTokens();
    }
    expect(pages.map((page) => page.length)).toEqual([4, 4, 2]);
    expect(new Set(pages.flat()).size).toBe(10);
  });

  it('asks for smaller pages when one is too large', async () => {
    await using fake = await FakeKubernetes.start();
    for (let index = 0; index < 8; index++) fake.secret('a', `s${index}`, { v: 'x'.repeat(10_000) });
    const client = await clientOf(fake, undefined, { maxResponse: 40_000 });
    expect((await client.list(secrets('a'))).items).toHaveLength(8);
    const small = await clientOf(fake, undefined, { maxResponse: 4000 });
    expect((await failureOf(small.list(secrets('a')))).reason).toBe('too_large');
  });

  it('does not go round when a token repeats', async () => {
    await using fake = await FakeKubernetes.start();
    const body = JSON.stringify({ metadata: { resourceVersion: '1', continue: 'same' }, items: [] });
    fake.fail({ body, times: 5 });
    expect((await failureOf((await clientOf(fake)).list(secrets('a')))).reason).toBe('unreadable');
    expect(fake.requests).toHaveLength(2);
  });

  it('filters by label and by field, and one name is a list that RBAC may allow alone', async () => {
    const rules = [{ verbs: ['list', 'watch'], resources: ['secrets'], namespace: 'a', names: ['tls'] }];
    await using fake = await FakeKubernetes.start({ users: { one: { name: 'one', rules } } });
    fake.secret('a', 'plain', {}, { metadata: { labels: { app: 'shop' } } });
    fake.secret('a', 'tls', {}, { type: 'kubernetes.io/tls' });
    const client = await clientOf(fake);
    expect(names((await client.list(secrets('a'), { labelSelector: 'app in (shop, other)' })).items)).toEqual(['plain']);
    expect(names((await client.list(secrets('a'), { fieldSelector: 'type!=kubernetes.io/tls' })).items)).toEqual(['plain']);
    const narrow = await clientOf(fake, 'one');
    expect(names((await narrow.list(secret('a', 'tls'))).items)).toEqual(['tls']);
    expect((await failureOf(narrow.list(secrets('a')))).reason).toBe('forbidden');
  });

  it('leaves the values where they are when only metadata is wanted', async () => {
    await using fake = await seeded(2);
    const { items } = await (await clientOf(fake)).list(secrets('a'), { metadataOnly: true });
    expect(names(items)).toEqual(['s0000', 's0001']);
    expect(JSON.stringify(items)).not.toContain('"data"');
  });

  it('stops when the consumer does', async () => {
    await using fake = await seeded(10);
    const client = await clientOf(fake, undefined, { pageSize: 1 });
    for await (const { items } of client.pages(secrets('a'))) if (items[0]?.metadata.name === 's0002') break;
    expect(fake.requests).toHaveLength(3);
  });
});
