import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cofferDialect, type Dialect } from '@coffer/core';
import { decodeMetadata, forEachConcurrently, type Logger, type SecretChange } from '@coffer/core/driver';
import { AuthenticationV1Api, CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { KubernetesStore } from '../src/store.ts';

// Against the API server that COFFER_TEST_KUBECONFIG names; its user may do everything (npm run test:backends). Everything is in
// two namespaces of its own, which are removed at the end; seeds are written by the official client.

const kubeconfigPath = process.env.COFFER_TEST_KUBECONFIG ?? '';
const run = Math.random().toString(36).slice(2, 8);
const namespace = `coffer-test-${run}`;
const many = `coffer-many-${run}`;
const MANY = 501;

const config = new KubeConfig();
let core: CoreV1Api;
let folder: string;

beforeAll(async () => {
  if (kubeconfigPath === '') throw new Error('COFFER_TEST_KUBECONFIG names no kubeconfig: npm run test:backends sets it');
  config.loadFromFile(kubeconfigPath);
  core = config.makeApiClient(CoreV1Api);
  folder = mkdtempSync(join(tmpdir(), 'store-kubernetes-'));
  for (const name of [namespace, many]) await core.createNamespace({ body: { metadata: { name } } });
  await put('app', { user: 'me', password: 'grüß Gott 🔑' }, { labels: { app: 'shop' } });
  await put('binary', { text: 'a', bytes: Buffer.from([0, 255, 254]), empty: '' });
  await putText('{"metadata":{"name":"keys"},"data":{"__proto__":"cA==","constructor":"Yw==","a.b-c_D":"ZA=="}}');
  await put('large', { big: 'x'.repeat(1_000_000) });
  await put('none', {});
  await put('typed', { a: '1' }, {}, 'example.com/special');
  const numbers = Array.from({ length: MANY }, (_, number) => String(number).padStart(4, '0'));
  await forEachConcurrently(numbers, async (number) => {
    const data = { v: Buffer.from(`value ${number}`).toString('base64') };
    await core.createNamespacedSecret({ namespace: many, body: { metadata: { name: `s${number}` }, data } });
  });
});

afterAll(async () => {
  for (const name of [namespace, many]) {
    await core.deleteCollectionNamespacedSecret({ namespace: name });
    await core.deleteNamespace({ name });
  }
  rmSync(folder, { recursive: true });
});

async function put(name: string, values: Record<string, string | Buffer>, metadata = {}, type = 'Opaque', replace = false) {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  const body = { metadata: { name, ...metadata }, type, data };
  if (replace) await core.replaceNamespacedSecret({ namespace, name, body });
  else await core.createNamespacedSecret({ namespace, body });
}

/** A Secret as its JSON text: the official client would lose a key `__proto__`. */
async function putText(text: string): Promise<void> {
  const options: RequestOptions = { method: 'POST', headers: { 'content-type': 'application/json' } };
  await config.applyToHTTPSOptions(options);
  const sent = request(`${config.getCurrentCluster()?.server}/api/v1/namespaces/${namespace}/secrets`, options);
  const [response] = await once(sent.end(text), 'response');
  response.resume();
  expect(response.statusCode).toBe(201);
}

interface Setup {
  readonly properties?: Record<string, string>;
  readonly dialect?: Dialect;
  /** `users[].user` of the kubeconfig; as given by default. */
  readonly user?: object;
}

async function open({ properties = {}, dialect = cofferDialect, user }: Setup = {}) {
  const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = new KubernetesStore({ environment: {}, args: [] });
  const path = user === undefined ? kubeconfigPath : kubeconfigOf(user);
  const { metadata } = decodeMetadata(definition.metadata, {
    kubeconfigPath: path,
    defaultNamespace: namespace,
    ...properties,
  });
  await store.init({ component: 'kube', metadata, dialect, logger: quiet });
  return {
    store,
    get: async (name: string, request = {}) => ({ ...(await store.get({ name, metadata: request })).data }),
    names: async (request = {}) => Object.keys((await store.bulkGet({ metadata: request })).data ?? {}).toSorted(),
  };
}

/** The cluster of the given kubeconfig, with another user. */
function kubeconfigOf(user: object): string {
  const cluster = config.getCurrentCluster();
  const path = join(folder, `${Math.random()}`);
  const members = { server: cluster?.server, 'certificate-authority-data': cluster?.caData };
  const text = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: members }],
    users: [{ name: 'u', user }],
  });
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A token of a new service account with these rules. */
async function tokenFor(name: string, rules: readonly object[]): Promise<string> {
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  await rbac.createNamespacedRole({ namespace, body: { metadata: { name }, rules: rules as never } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  await rbac.createNamespacedRoleBinding({ namespace, body: { metadata: { name }, roleRef, subjects } });
  const body = { spec: { audiences: [] as string[], expirationSeconds: 600 } };
  const { status } = await core.createNamespacedServiceAccountToken({ namespace, name, body });
  return status?.token ?? '';
}

describe('get', () => {
  it('gives every key as text, what is no text as base64, and the version', async () => {
    const { store, get } = await open();
    expect(await get('app')).toEqual({ user: 'me', password: 'grüß Gott 🔑' });
    expect(await get('binary')).toEqual({ text: 'a', bytes: 'AP/+', empty: '' });
    expect(Object.entries(await get('keys')).toSorted()).toEqual([
      ['__proto__', 'p'],
      ['a.b-c_D', 'd'],
      ['constructor', 'c'],
    ]);
    expect(await get('none')).toEqual({});
    expect((await get('large')).big).toHaveLength(1_000_000);
    const { version } = await store.get({ name: 'app', metadata: {} });
    expect(version).toBe((await core.readNamespacedSecret({ namespace, name: 'app' })).metadata?.resourceVersion);
  });

  it('says what is missing, and refuses names that would reach something else', async () => {
    const { get } = await open();
    await expect(get('missing')).rejects.toMatchObject({ code: 'not_found', detail: 'secrets "missing" not found' });
    await expect(get('app', { namespace: `${namespace}-no` })).rejects.toMatchObject({ code: 'not_found' });
    for (const name of ['..', 'a/b', 'a%2Fb']) await expect(get(name)).rejects.toMatchObject({ code: 'invalid_argument' });
    for (const name of ['a?b', 'a#b', 'ünï', ' ', '🔑']) await expect(get(name)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is forty reads as fast as the server answers', async () => {
    const { get } = await open();
    const reads = await Promise.all(Array.from({ length: 40 }, () => get('app')));
    expect(reads.every(({ user }) => user === 'me')).toBe(true);
  });
});

describe('bulk and list', () => {
  it('page through a namespace', async () => {
    const { store, names } = await open();
    expect(await names({ namespace: many })).toHaveLength(MANY);
    const pages: number[] = [];
    for await (const page of store.list({ metadata: { namespace: many } })) pages.push(page.length);
    expect(pages).toEqual([500, 1]);
  });

  it('are narrowed by labels and types', async () => {
    const narrowed = async (properties: Record<string, string>) => (await open({ properties })).names();
    expect(await narrowed({ labelSelector: 'app in (shop, web)' })).toEqual(['app']);
    expect(await narrowed({ secretTypes: 'example.com/special' })).toEqual(['typed']);
    expect(await narrowed({ secretTypes: '!Opaque' })).toEqual(['typed']);
    expect(await narrowed({ secretTypes: 'a=b\\c' })).toEqual([]);
  });

  it('tell a namespace that does not exist from an empty one', async () => {
    const { names } = await open();
    await expect(names({ namespace: `${namespace}-no` })).rejects.toMatchObject({
      code: 'not_found',
      detail: `namespaces "${namespace}-no" not found`,
    });
  });
});

describe('a service account', () => {
  it('reads what its Role names, is told of the rule that lacks, and pings', async () => {
    const token = await tokenFor('one', [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['app'], verbs: ['get'] }]);
    const { store, get, names } = await open({ user: { token } });
    expect(await get('app')).toMatchObject({ user: 'me' });
    const who = `User "system:serviceaccount:${namespace}:one"`;
    await expect(get('none')).rejects.toMatchObject({
      code: 'permission_denied',
      detail: `secrets "none" is forbidden: ${who} cannot get resource "secrets" in API group "" in the namespace "${namespace}"`,
      hint: expect.stringContaining('resourceNames: [none]'),
    });
    await expect(names()).rejects.toMatchObject({ code: 'permission_denied', hint: expect.stringContaining('verbs: [list]') });
    await store.ping();
    const bad = await open({ user: { token: 'bad' } });
    await expect(bad.store.ping()).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(bad.get('app')).rejects.toMatchObject({ code: 'unauthenticated', detail: 'Unauthorized' });
  });

  it('goes on with the token that its file, or its plugin, gives after a refusal', async () => {
    const token = await tokenFor('renewed', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'expired');
    const plugin = join(folder, 'plugin');
    const credential = { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1' };
    const print = (file: string) => `
      const token = require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8');
      console.log(JSON.stringify({ ...${JSON.stringify(credential)}, status: { token } }));`;
    writeFileSync(plugin, `#!${process.execPath}\n${print(tokenFile)}`, { mode: 0o700 });
    for (const user of [{ tokenFile }, { exec: { apiVersion: credential.apiVersion, command: plugin } }]) {
      writeFileSync(tokenFile, 'expired');
      const { get } = await open({ user });
      await expect(get('app')).rejects.toMatchObject({ code: 'unauthenticated' });
      writeFileSync(tokenFile, token);
      expect(await get('app')).toMatchObject({ user: 'me' });
    }
  });

  it('is accepted by the API server as what it says', async () => {
    const token = await tokenFor('reviewed', []);
    const body = { spec: { token } };
    const { status } = await config.makeApiClient(AuthenticationV1Api).createTokenReview({ body });
    expect(status?.user?.username).toBe(`system:serviceaccount:${namespace}:reviewed`);
  });
});

describe('watch', () => {
  it.each([
    ['all', undefined],
    ['one', ['watched']],
  ])('tells changes of %s, and ends with its signal', async (_, names) => {
    const { store } = await open();
    const controller = new AbortController();
    const seen: SecretChange[] = [];
    const watching = (async () => {
      const request = names === undefined ? {} : { names };
      for await (const change of store.watch(request, { signal: controller.signal })) seen.push(change);
    })();
    // Nothing says when a watch has begun: it is changed until one change is told.
    await put('watched', { a: '0' });
    for (let count = 1; seen.length === 0; count++) {
      await put('watched', { a: String(count) }, {}, 'Opaque', true);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await core.deleteNamespacedSecret({ namespace, name: 'watched' });
    while (seen.at(-1)?.kind !== 'removed') await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort();
    await watching;
    expect(new Set(seen.map(({ name }) => name))).toEqual(new Set(['watched']));
  });
});

describe('a caller that gives up', () => {
  it('is told so at once', async () => {
    const { store } = await open();
    const controller = new AbortController();
    const reading = store.bulkGet({ metadata: { namespace: many } }, { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: 'canceled' });
  });
});
