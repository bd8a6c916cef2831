import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type RequestOptions, request } from 'node:https';
import type { TestBackend, TestBed } from '@coffer/conformance';
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { definition } from '../src/definition.ts';
import { testBackend } from './kubernetes-backend.ts';

const { COFFER_TEST_KUBECONFIG: kubeconfigPath = '', COFFER_TEST_BACKEND_VERSION: version = '' } = process.env;

/** The API server that `npm run test:backends` starts, or that the environment names: two namespaces and a service account. */
export const realBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'Kubernetes API server', version, tier: 'real' },
    start,
  },
];

async function start(): Promise<TestBackend> {
  if (kubeconfigPath === '') throw new Error('COFFER_TEST_KUBECONFIG names no kubeconfig: npm run test:backends sets it');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const cluster = config.getCurrentCluster();
  const core = config.makeApiClient(CoreV1Api);
  const run = randomBytes(4).toString('hex');
  const namespaces = [`coffer-kit-${run}`, `coffer-kit-${run}-other`] as const;
  for (const name of namespaces) await core.createNamespace({ body: { metadata: { name } } });
  const held = new Set<string>();
  return await testBackend({
    target: { url: String(cluster?.server), ca: Buffer.from(String(cluster?.caData), 'base64').toString() },
    token: await readerOf(config, core, namespaces),
    namespaces,
    // As text: the official client would lose a key `__proto__`.
    put: async (namespace, name, data) => {
      const isHeld = held.has(`${namespace}/${name}`);
      held.add(`${namespace}/${name}`);
      const path = `/api/v1/namespaces/${namespace}/secrets${isHeld ? `/${name}` : ''}`;
      return await send(config, isHeld ? 'PUT' : 'POST', path, { metadata: { name }, type: 'Opaque', data });
    },
    remove: async (namespace, name) => {
      if (held.delete(`${namespace}/${name}`)) await core.deleteNamespacedSecret({ namespace, name });
    },
    close: async () => {
      for (const name of namespaces) await core.deleteNamespace({ name });
    },
  });
}

/** A token of a service account that may read the secrets of these namespaces, and nothing else. */
async function readerOf(config: KubeConfig, core: CoreV1Api, namespaces: readonly [string, string]): Promise<string> {
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const [home] = namespaces;
  const metadata = { name: 'reader' };
  await core.createNamespacedServiceAccount({ namespace: home, body: { metadata } });
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
  const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace: home }];
  for (const namespace of namespaces) {
    await rbac.createNamespacedRole({ namespace, body: { metadata, rules } });
    await rbac.createNamespacedRoleBinding({ namespace, body: { metadata, roleRef, subjects } });
  }
  const body = { spec: { audiences: [] as string[], expirationSeconds: 3600 } };
  const { status } = await core.createNamespacedServiceAccountToken({ namespace: home, name: 'reader', body });
  return String(status?.token);
}

/** Answers the resource version. */
async function send(config: KubeConfig, method: 'POST' | 'PUT', path: string, body: object): Promise<string> {
  const options: RequestOptions = { method, headers: { 'content-type': 'application/json' } };
  await config.applyToHTTPSOptions(options);
  const [response] = await once(
    request(`${config.getCurrentCluster()?.server}${path}`, options).end(JSON.stringify(body)),
    'response',
  );
  const text = (await response.toArray()).join('');
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
  return JSON.parse(text).metadata.resourceVersion;
}
