import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { cofferDialect, type Dialect, strictDialect } from '@coffer/core';
import { decodeMetadata, type Logger, type SecretChange, type SecretStoreError } from '@coffer/core/driver';
import { FakeKubernetes, type Rule } from '@coffer/fake-kubernetes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { kubeconfigArgument } from '../src/kubeconfig-argument.ts';
import { type KubernetesDependencies, KubernetesStore } from '../src/store.ts';

const RULES: readonly Rule[] = [
  { verbs: ['get', 'list', 'watch'], resources: ['secrets'], namespace: 'a', names: ['two'] },
  { verbs: ['list'], resources: ['secrets'], namespace: 'b' },
  { verbs: ['list'], resources: ['secrets'], namespace: 'nowhere' },
];
const NO_NAMESPACE = 'namespace is missing on metadata and NAMESPACE env variable, and no default namespace is set';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-kubernetes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start() {
  const fake = await FakeKubernetes.start({ users: { 'reader-token': { name: 'reader', rules: RULES } } });
  for (const namespace of ['a', 'b', 'empty']) fake.put('namespaces', undefined, namespace);
  fake.secret('a', 'two', { a: '1', b: 'two' });
  fake.secret('a', 'self', { self: 'named like the secret', other: 'x' });
  fake.put('secrets', 'a', 'nodata', { type: 'Opaque' });
  fake.secret('b', 'two', { a: 'from b' });
  return fake;
}

interface Setup {
  readonly properties?: Record<string, string>;
  readonly dialect?: Dialect;
  readonly token?: string;
  readonly dependencies?: KubernetesDependencies;
}
async function open(fake: FakeKubernetes, { properties = {}, dialect = cofferDialect, token, dependencies = {} }: Setup = {}) {
  const warnings: string[] = [];
  const logger: Logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
  const kubeconfigPath = join(folder, `${Math.random()}`);
  writeFileSync(kubeconfigPath, fake.kubeconfig(token));
  const store = new KubernetesStore({ environment: {}, args: [], ...dependencies });
  const { metadata } = decodeMetadata(definition.metadata, { kubeconfigPath, ...properties });
  await store.init({ component: 'kube', metadata, dialect, logger });
  const plain = (value: object | null) => JSON.parse(JSON.stringify(value));
  return {
    store,
    warnings,
    get: async (name: string, metadata = {}) => plain((await store.get({ name, metadata })).data),
    bulk: async (metadata = {}) => plain((await store.bulkGet({ metadata })).data),
    list: async (metadata = {}) => {
      const pages: (readonly string[])[] = [];
      for await (const page of store.list({ metadata })) pages.push(page);
      return pages;
    },
  };
}
const inA = { properties: { defaultNamespace: 'a' } };

describe('secretstores.kubernetes: namespaces', () => {
  it('K1, K3, K4, K6: the request’s namespace, else the component’s, else an error', async () => {
    await using fake = await start();
    const bare = await open(fake);
    expect(await bare.get('two', { namespace: 'b' })).toEqual({ a: 'from b' });
    for (const read of [bare.get('two'), bare.get('two', { namespace: '' }), bare.bulk(), bare.list()]) {
      await expect(read).rejects.toMatchObject({ code: 'invalid_argument', detail: NO_NAMESPACE });
    }
    const set = await open(fake, inA);
    expect(await set.get('two')).toEqual({ a: '1', b: 'two' });
    expect(await set.get('two', { namespace: '' })).toEqual({ a: '1', b: 'two' });
    expect(await set.get('two', { namespace: 'b' })).toEqual({ a: 'from b' });
  });

  it('K2, K5: NAMESPACE goes before defaultNamespace', async () => {
    await using fake = await start();
    const dependencies = { environment: { NAMESPACE: 'b' } };
    expect(await (await open(fake, { dependencies })).get('two')).toEqual({ a: 'from b' });
    const both = await open(fake, { ...inA, dependencies });
    expect(await both.get('two')).toEqual({ a: 'from b' });
    expect(await both.get('two', { namespace: 'a' })).toEqual({ a: '1', b: 'two' });
    const empty = await open(fake, { ...inA, dependencies: { environment: { NAMESPACE: '' } } });
    expect(await empty.get('two')).toEqual({ a: '1', b: 'two' });
  });

  it('falls back to the namespace of the context, in the strict dialect not', async () => {
    await using fake = await start();
    const kubeconfigPath = join(folder, 'with-namespace');
    writeFileSync(kubeconfigPath, fake.kubeconfig().replace('"user":"me"', '"user":"me","namespace":"b"'));
    const properties = { kubeconfigPath };
    expect(await (await open(fake, { properties })).get('two')).toEqual({ a: 'from b' });
    const named = await open(fake, { properties, dependencies: { environment: { NAMESPACE: 'a' } } });
    expect(await named.get('two')).toEqual({ a: '1', b: 'two' });
    const strict = await open(fake, { properties, dialect: strictDialect });
    await expect(strict.get('two')).rejects.toMatchObject({ detail: NO_NAMESPACE });
  });

  it('tells a namespace that does not exist from an empty one, where it may; the strict dialect does not', async () => {
    await using fake = await start();
    const { bulk, list } = await open(fake);
    expect(await bulk({ namespace: 'empty' })).toEqual({});
    expect(await list({ namespace: 'empty' })).toEqual([]);
    for (const read of [bulk({ namespace: 'nowhere' }), list({ namespace: 'nowhere' })]) {
      await expect(read).rejects.toMatchObject({ code: 'not_found', detail: 'namespaces "nowhere" not found' });
    }
    expect(await (await open(fake, { token: 'reader-token' })).bulk({ namespace: 'nowhere' })).toEqual({});
    expect(await (await open(fake, { dialect: strictDialect })).bulk({ namespace: 'nowhere' })).toEqual({});
  });
});

describe('secretstores.kubernetes: get', () => {
  it('K7, K8, K9: gives every key, none, or the words of the API', async () => {
    await using fake = await start();
    const { store, get } = await open(fake, inA);
    expect(await get('two')).toEqual({ a: '1', b: 'two' });
    expect(await get('self')).toEqual({ self: 'named like the secret', other: 'x' });
    expect(await get('nodata')).toEqual({});
    expect((await store.get({ name: 'two', metadata: {} })).version).toMatch(/^\d+$/);
    await expect(get('missing')).rejects.toMatchObject({ code: 'not_found', detail: 'secrets "missing" not found' });
  });

  it.each([
    ['a/b', {}, `invalid resource name "a/b": [may not contain '/']`],
    ['..', {}, `invalid resource name "..": [may not be '..']`],
    ['two', { namespace: '..' }, `invalid namespace "..": [may not be '..']`],
    [
      'two',
      { namespace: 'a/secrets/self%3F' },
      `invalid namespace "a/secrets/self%3F": [may not contain '/' may not contain '%']`,
    ],
  ])('refuses %s, %j: a name reaches its own secret only', async (name, metadata, detail) => {
    await using fake = await start();
    await expect((await open(fake, inA)).get(name, metadata)).rejects.toMatchObject({ code: 'invalid_argument', detail });
  });

  it('takes prototype-shaped names and keys', async () => {
    await using fake = await start();
    fake.put('secrets', 'a', 'constructor', { data: JSON.parse('{"__proto__":"cA==","toString":"dA==","constructor":"Yw=="}') });
    const { store, get } = await open(fake, inA);
    const { data } = await store.get({ name: 'constructor', metadata: {} });
    expect(Object.entries(data ?? {})).toEqual([
      ['__proto__', 'p'],
      ['toString', 't'],
      ['constructor', 'c'],
    ]);
    await expect(get('__proto__')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('K19: gives bytes that are no text as base64, says so once, and byte by byte in the strict dialect', async () => {
    await using fake = await start();
    fake.secret('a', 'binary', {
      raw: Buffer.from([0, 255, 254, 128]),
      latin1: Buffer.from('für', 'latin1'),
      bom: '\ufeffa',
      nul: '\0',
      text: '日本',
    });
    const { get, warnings } = await open(fake, inA);
    for (let count = 0; count < 2; count++) {
      expect(await get('binary')).toEqual({ raw: 'AP/+gA==', latin1: 'Zvxy', bom: '\ufeffa', nul: '\0', text: '日本' });
    }
    expect(warnings).toEqual(['secret a/binary has a value that is not UTF-8 text (raw): such values are given as base64']);
    const strict = await open(fake, { ...inA, dialect: strictDialect });
    const { data } = await strict.store.get({ name: 'binary', metadata: {} });
    expect({ ...data }).toMatchObject({ raw: '\0\udcff\udcfe\udc80', latin1: 'f\udcfcr' });
    expect(strict.warnings).toEqual([]);
  });
});

describe('secretstores.kubernetes: bulk and list', () => {
  it('K10, K11: pages through all of them', async () => {
    await using fake = await start();
    const { bulk, list } = await open(fake, inA);
    expect(await bulk()).toEqual({ two: { a: '1', b: 'two' }, self: { self: 'named like the secret', other: 'x' }, nodata: {} });
    for (let index = 0; index < 1200; index++) fake.secret('b', `s${index}`, { v: `value ${index}` });
    fake.requests.splice(0);
    const all = await bulk({ namespace: 'b' });
    expect([Object.keys(all).length, all.s1199]).toEqual([1201, { v: 'value 1199' }]);
    expect(fake.requests).toHaveLength(3);
    expect((await list({ namespace: 'b' })).map((page) => page.length)).toEqual([500, 500, 201]);
  });

  it('survives a continue token that expires on the way', async () => {
    await using fake = await start();
    for (let index = 0; index < 1200; index++) fake.secret('b', `s${index}`, {});
    const { store } = await open(fake);
    let count = 0;
    for await (const names of store.list({ metadata: { namespace: 'b' } })) {
      count += names.length;
      fake.expireTokens();
    }
    expect(count).toBe(1201);
  });

  it('is narrowed by labels and types, which the strict dialect does not know', async () => {
    await using fake = await start();
    fake.secret('a', 'tls', {}, { type: 'kubernetes.io/tls', metadata: { labels: { app: 'shop' } } });
    fake.secret('a', 'helm', {}, { type: 'helm.sh/release.v1' });
    const names = async (properties: Record<string, string>, dialect = cofferDialect) => {
      const { bulk, list } = await open(fake, { properties: { defaultNamespace: 'a', ...properties }, dialect });
      const found = Object.keys(await bulk()).toSorted();
      expect((await list()).flat().toSorted()).toEqual(found);
      return found.join(' ');
    };
    expect(await names({ labelSelector: 'app=shop' })).toBe('tls');
    expect(await names({ secretTypes: 'helm.sh/release.v1,kubernetes.io/tls' })).toBe('helm tls');
    expect(await names({ secretTypes: '!helm.sh/release.v1, !kubernetes.io/tls' })).toBe('nodata self two');
    expect(await names({ secretTypes: 'kubernetes.io/tls', labelSelector: 'app!=shop' })).toBe('');
    expect(await names({ secretTypes: 'kubernetes.io/tls', labelSelector: 'app' }, strictDialect)).toBe(
      'helm nodata self tls two',
    );
    fake.secret('a', 'odd', {}, { type: 'a=b\\c' });
    expect(await names({ secretTypes: 'a=b\\c' })).toBe('odd');
    await expect(names({ labelSelector: '((' })).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('keeps secrets named like members of objects apart', async () => {
    await using fake = await start();
    fake.secret('empty', 'constructor', { a: '1' });
    const { store } = await open(fake);
    const { data } = await store.bulkGet({ metadata: { namespace: 'empty' } });
    expect(Object.keys(data ?? {})).toEqual(['constructor']);
  });
});

describe('secretstores.kubernetes: refusals', () => {
  it('K12: says forbidden, not missing, in the API’s words, with the rule to add', async () => {
    await using fake = await start();
    const { get, bulk } = await open(fake, { ...inA, token: 'reader-token' });
    expect(await get('two')).toEqual({ a: '1', b: 'two' });
    for (const name of ['self', 'missing']) {
      await expect(get(name)).rejects.toMatchObject({
        code: 'permission_denied',
        detail: `secrets "${name}" is forbidden: User "reader" cannot get resource "secrets" in API group "" in the namespace "a"`,
        hint: `add to a Role in namespace a: {apiGroups: [""], resources: [secrets], resourceNames: [${name}], verbs: [get]}`,
      });
    }
    await expect(bulk()).rejects.toMatchObject({
      code: 'permission_denied',
      detail: 'secrets is forbidden: User "reader" cannot list resource "secrets" in API group "" in the namespace "a"',
      hint: 'add to a Role in namespace a: {apiGroups: [""], resources: [secrets], verbs: [list]}',
    });
    await expect((await open(fake, { ...inA, token: 'nobody' })).get('two')).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: 'Unauthorized',
    });
  });

  it('maps the other failures, and shows no value in any of them', async () => {
    await using fake = await start();
    const { store, get } = await open(fake, inA);
    const failures: SecretStoreError[] = [];
    for (const [fault, code] of [
      [
        { status: 429, headers: { 'retry-after': '3600' }, body: '{"kind":"Status","message":"slow down"}' },
        'resource_exhausted',
      ],
      [{ status: 503, body: 'canary' }, 'unavailable'],
      [{ status: 500, body: '{"kind":"Status","message":"etcdserver: leader changed"}' }, 'unavailable'],
      [{ status: 404, body: 'canary' }, 'unavailable'],
      [{ body: 'canary' }, 'unknown'],
      [{ body: '{"metadata":{"name":"canary"},"data":{"k":"Y2FuYXJ5"}}', cutAfter: 30 }, 'unavailable'],
    ] as const) {
      fake.fail(fault);
      const failure: SecretStoreError = await get('two').catch((cause) => cause);
      expect(failure).toMatchObject({ name: 'SecretStoreError', code, operation: 'get', secret: 'two' });
      failures.push(failure);
    }
    expect(failures.map((failure) => inspect(failure) + JSON.stringify(failure)).join()).not.toMatch(/canary|Y2Fu/);
    fake.fail({ silent: true });
    await expect(store.get({ name: 'two', metadata: {} }, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    const signal = AbortSignal.abort();
    await expect(store.get({ name: 'two', metadata: {} }, { signal })).rejects.toMatchObject({ code: 'canceled' });
    await expect(store.bulkGet({ metadata: {} }, { signal })).rejects.toMatchObject({ code: 'canceled' });
    await expect(store.list({ metadata: {} }, { signal })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'canceled',
    });
    await expect(store.ping({ signal })).rejects.toMatchObject({ code: 'canceled' });
  });

  it('has a time limit for one request', async () => {
    await using fake = await start();
    const { get } = await open(fake, { properties: { defaultNamespace: 'a', requestTimeout: '100ms' } });
    fake.fail({ silent: true });
    await expect(get('two')).rejects.toMatchObject({ code: 'deadline_exceeded', retryable: true });
  });
});

describe('secretstores.kubernetes: ping', () => {
  it('needs no right, but credentials that are accepted', async () => {
    await using fake = await start();
    await (await open(fake, { token: 'reader-token' })).store.ping();
    await expect((await open(fake, { token: 'nobody' })).store.ping()).rejects.toMatchObject({ code: 'unauthenticated' });
    fake.fail({ status: 403, body: '{}' });
    await (await open(fake)).store.ping();
    const { store } = await open(fake);
    await fake.pause();
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('secretstores.kubernetes: watch', () => {
  async function watched(fake: FakeKubernetes, setup: Setup, names?: readonly string[]) {
    const { store, warnings } = await open(fake, setup);
    const controller = new AbortController();
    const seen: SecretChange[] = [];
    const running = (async () => {
      for await (const change of store.watch(names === undefined ? {} : { names }, { signal: controller.signal }))
        seen.push(change);
    })();
    let isOver = false;
    running.catch(() => {
      isOver = true;
    });
    const streams = names === undefined || names.length > 10 ? 1 : names.length;
    while (!isOver && fake.eachWatch(() => undefined) < streams) await sleep(5);
    return {
      warnings,
      running,
      until: async (...expected: string[]) => {
        for (let tries = 0; tries < 2000 && seen.length < expected.length; tries++) await sleep(5);
        expect(seen.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual(expected.toSorted());
        expect(seen.every(({ version }) => version !== undefined)).toBe(true);
        seen.splice(0);
      },
      stop: async () => {
        controller.abort();
        await running;
      },
    };
  }

  it('tells changes after it began, also across a 410, and ends with its signal', async () => {
    await using fake = await start();
    const { until, stop, warnings } = await watched(fake, inA);
    fake.secret('a', 'two', { a: '2' });
    fake.secret('a', 'new', {});
    fake.delete('secrets', 'a', 'self');
    fake.secret('b', 'two', {});
    await until('changed two', 'changed new', 'removed self');
    fake.compact();
    fake.expireWatches();
    fake.secret('a', 'two', { a: '3' });
    await until('changed two');
    await stop();
    expect(warnings).toEqual([]);
    expect(fake.requests.every((path) => path.startsWith('/api/v1/namespaces/a/secrets?'))).toBe(true);
  });

  it('watches few names one by one, as RBAC allows them, and many as one', async () => {
    await using fake = await start();
    const one = await watched(fake, { ...inA, token: 'reader-token' }, ['two']);
    fake.secret('a', 'self', {});
    fake.secret('a', 'two', {});
    await one.until('changed two');
    await one.stop();
    const several = await watched(fake, inA, ['two', 'self', 'later']);
    for (const name of ['two', 'self', 'later', 'other']) fake.secret('a', name, {});
    await several.until('changed two', 'changed self', 'changed later');
    await several.stop();
    const many = await watched(
      fake,
      inA,
      Array.from({ length: 11 }, (_, index) => `n${index}`),
    );
    for (const name of ['n3', 'other', 'n4']) fake.secret('a', name, {});
    await many.until('changed n3', 'changed n4');
    await many.stop();
  });

  it('fails at once when it may not', async () => {
    await using fake = await start();
    const { running } = await watched(fake, { ...inA, token: 'reader-token' }, ['two', 'self']);
    await expect(running).rejects.toMatchObject({ code: 'permission_denied', operation: 'watch' });
    while (fake.eachWatch(() => undefined) > 0) await sleep(5);
  });
});

describe('secretstores.kubernetes: where the cluster is', () => {
  it('K13: announces several keys a secret, in the strict dialect not', async () => {
    await using fake = await start();
    const feature = 'MULTIPLE_KEY_VALUES_PER_SECRET';
    expect((await open(fake)).store.features()).toContain(feature);
    expect((await open(fake, { dialect: strictDialect })).store.features()).not.toContain(feature);
    expect(new KubernetesStore().features()).not.toContain(feature);
  });

  it.each([
    [['--kubeconfig', 'x'], 'x'],
    [['a', '-kubeconfig=x', '--kubeconfig=y'], 'x'],
    [['--kubeconfig'], undefined],
    [['--kubeconfig', '--other'], undefined],
    [['--kubeconfig='], undefined],
    [['--kubeconfigs=x', 'kubeconfig'], undefined],
  ])('K14, K15: of the arguments %j takes %s', (args, expected) => {
    expect(kubeconfigArgument(args)).toBe(expected);
  });

  it('K14, K16: the argument counts in the strict dialect alone, before KUBECONFIG and after kubeconfigPath', async () => {
    await using fake = await start();
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const args = ['--', `--kubeconfig=${file('argument', fake.kubeconfig())}`];
    const environment = { KUBECONFIG: file('variable', fake.kubeconfig('nobody')), NAMESPACE: 'a' };
    const unnamed = { properties: { kubeconfigPath: '' }, dependencies: { args, environment } };
    const strict = await open(fake, { ...unnamed, dialect: strictDialect });
    expect(await strict.get('two')).toEqual({ a: '1', b: 'two' });
    expect(strict.warnings).toEqual([expect.stringContaining("'--kubeconfig' is deprecated")]);
    await expect((await open(fake, unnamed)).get('two')).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('K17: fails to start without any kubeconfig, or with a context that is not there', async () => {
    await using fake = await start();
    const environment = { HOME: '/nowhere' };
    await expect(open(fake, { properties: { kubeconfigPath: '' }, dependencies: { environment } })).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: 'stat /nowhere/.kube/config: no such file or directory',
      hint: expect.stringContaining('kubeconfigPath'),
    });
    await expect(open(fake, { properties: { context: 'x' } })).rejects.toMatchObject({
      detail: expect.stringContaining('context "x"'),
    });
    await open(fake, { properties: { context: 'x' }, dialect: strictDialect });
    expect(fake.requests).toEqual([]);
  });

  it('K18: uses the service account of a pod, before kubeconfigPath in the strict dialect', async () => {
    await using fake = await start();
    const { hostname, port } = new URL(fake.server);
    for (const [name, content] of [
      ['token', 'admin-token'],
      ['ca.crt', fake.authority.cert],
      ['namespace', 'b\n'],
    ] as const)
      writeFileSync(join(folder, name), content);
    const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, NAMESPACE: 'a' };
    const dependencies = { environment, serviceAccountFolder: folder };
    const pod = await open(fake, { properties: { kubeconfigPath: '' }, dependencies });
    expect(await pod.get('two')).toEqual({ a: '1', b: 'two' });
    const unnamed = { ...dependencies, environment: { ...environment, NAMESPACE: '' } };
    expect(await (await open(fake, { properties: { kubeconfigPath: '' }, dependencies: unnamed })).get('two')).toEqual({
      a: 'from b',
    });
    await expect(open(fake, { properties: { kubeconfigPath: '', context: 'x' }, dependencies })).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: 'context is of a kubeconfig, and the service account of the pod is used',
      hint: 'set kubeconfigPath, or leave context out',
    });
    expect(await (await open(fake, { dialect: strictDialect, token: 'nobody', dependencies })).get('two')).toEqual({
      a: '1',
      b: 'two',
    });
    await expect((await open(fake, { token: 'nobody', dependencies })).get('two')).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('does nothing more when it is closed, twice', async () => {
    await using fake = await start();
    const { store, get } = await open(fake, inA);
    await get('two');
    await store.close();
    await store.close();
    await expect(get('two')).rejects.toMatchObject({ code: 'unavailable', detail: 'the store is closed' });
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
