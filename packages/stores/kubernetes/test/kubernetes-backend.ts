import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrokenSettings, RemoteCall, TestBackend } from '@coffer/conformance';
import { type SecretValues, secretTable } from '@coffer/core/driver';
import {
  answer,
  backendFaults,
  createAuthority,
  type ProxyTarget,
  type SeenRequest,
  startProxy,
  type VendorFaults,
} from '@coffer/fake-services';

/** An API server that a test bed may fill, and an identity that may read the secrets of two namespaces. */
export interface ApiServer {
  readonly target: ProxyTarget;
  readonly token: string;
  readonly namespaces: readonly [own: string, other: string];
  /** Puts a Secret of these values, in base64. Answers its resource version. */
  put(namespace: string, name: string, data: Readonly<Record<string, string>>): Promise<string>;
  /** One that is not there is no failure. */
  remove(namespace: string, name: string): Promise<void>;
  close(): Promise<void>;
}

/** The API server behind a proxy that counts and breaks calls, in TLS, with a kubeconfig for it. */
export async function testBackend(server: ApiServer): Promise<TestBackend> {
  const { target, token, namespaces } = server;
  const [own, other] = namespaces;
  const authority = createAuthority();
  const streams = ({ query }: SeenRequest) => query.get('watch') === '1';
  const proxy = await startProxy({ ...target, streams }, { tls: authority.issue('127.0.0.1', ['127.0.0.1']) });
  const folder = await mkdtemp(join(tmpdir(), 'coffer-kubernetes-'));
  const kubeconfig = async (name: string, members: Partial<KubeconfigMembers> = {}) => {
    const path = join(folder, name);
    await writeFile(path, kubeconfigText({ server: proxy.url, authority: authority.cert, token, ...members }), { mode: 0o600 });
    return path;
  };
  const settings = { kubeconfigPath: await kubeconfig('kubeconfig'), defaultNamespace: own };
  const put = (namespace: string, name: string, values: SecretValues) =>
    server.put(namespace, name, encoded(Object.entries(values).map(([key, value]) => [key, Buffer.from(value)])));
  const read: readonly BrokenSettings[] = [
    {
      what: 'a token that is not known',
      settings: { ...settings, kubeconfigPath: await kubeconfig('unknown-token', { token: 'no-such-token-0123456789' }) },
      at: 'read',
      codes: ['unauthenticated'],
    },
    {
      what: 'a namespace that the identity may not read',
      settings: { ...settings, defaultNamespace: 'kube-system' },
      at: 'read',
      codes: ['permission_denied'],
    },
    {
      what: 'an authority that is not that of the server',
      settings: { ...settings, kubeconfigPath: await kubeconfig('stranger', { authority: createAuthority().cert }) },
      at: 'read',
      codes: ['unavailable'],
    },
    {
      what: 'a server that nobody answers for',
      settings: { ...settings, kubeconfigPath: await kubeconfig('nobody', { server: 'https://127.0.0.1:1' }) },
      at: 'read',
      codes: ['unavailable'],
    },
  ];
  return {
    settings,
    brokenSettings: [...brokenSettings(settings), ...read],
    seed: async (name, values) => ({ version: await put(own, name, values) }),
    seedBinary: async (name, bytes) => {
      await server.put(own, name, encoded([[name, bytes]]));
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
      const isText = Buffer.from(text).equals(bytes);
      return { read: secretTable([[name, isText ? text : Buffer.from(bytes).toString('base64')]]) };
    },
    remove: async (name) => {
      for (const namespace of namespaces) await server.remove(namespace, name);
    },
    refuses: refusalOf,
    hints: {
      namespace: {
        prepare: async () => {
          const name = 'in-two-namespaces';
          const values = secretTable([['where', 'in the other namespace']]);
          await put(own, name, secretTable([['where', 'in the own namespace']]));
          await put(other, name, values);
          return { name, metadata: { namespace: other }, read: values };
        },
      },
    },
    ...backendFaults(proxy, FAULTS),
    pauseAsked: 1000,
    calls: () => proxy.requests.map(operationOf),
    close: async () => {
      await proxy.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

const status = (code: number, reason: string, message: string) => ({ kind: 'Status', apiVersion: 'v1', code, reason, message });
const failure = (code: number, reason: string, message: string, headers = {}) =>
  answer(code, headers, status(code, reason, message));

/** In the API server's own words. */
const FAULTS: VendorFaults = {
  denied: failure(403, 'Forbidden', 'secrets is forbidden: User "reader" cannot get resource "secrets" in API group ""'),
  unauthenticated: failure(401, 'Unauthorized', 'Unauthorized'),
  throttled: failure(429, 'TooManyRequests', 'Too many requests, please try again later.', { 'retry-after': '1' }),
  unavailable: failure(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'),
};

/** Settings with which a store can't even begin. */
function brokenSettings(settings: Readonly<Record<string, string>>): readonly BrokenSettings[] {
  return [
    { what: 'a namespace that can be none', settings: { ...settings, defaultNamespace: 'Not A Name' }, at: 'check' },
    { what: 'a label selector that is none', settings: { ...settings, labelSelector: 'app=shop,,' }, at: 'check' },
    { what: 'types with and without !', settings: { ...settings, secretTypes: 'Opaque,!kubernetes.io/tls' }, at: 'check' },
    { what: 'a negative time limit', settings: { ...settings, requestTimeout: '-1s' }, at: 'check' },
    {
      what: 'a kubeconfig that is not there',
      settings: { ...settings, kubeconfigPath: '/nowhere/kubeconfig' },
      at: 'init',
      codes: ['failed_precondition'],
    },
    {
      what: 'a context that is not there',
      settings: { ...settings, context: 'no-such-context' },
      at: 'init',
      codes: ['failed_precondition'],
    },
  ];
}

interface KubeconfigMembers {
  readonly server: string;
  /** PEM text. */
  readonly authority: string;
  readonly token: string;
}

function kubeconfigText({ server, authority, token }: KubeconfigMembers): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'reader' } }],
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
    users: [{ name: 'reader', user: { token } }],
  });
}

function encoded(values: readonly (readonly [key: string, bytes: Uint8Array])[]): Readonly<Record<string, string>> {
  return secretTable(values.map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]));
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const KEY = /^(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}$/;
const MOST_BYTES = 2 ** 20;

/** Why the API server can't hold a secret of this name or these values. */
function refusalOf(name: string, values: SecretValues): string | undefined {
  if (!NAME.test(name) || name.length > 253) return 'names are DNS subdomains: up to 253 lower-case letters, digits, - and .';
  if (!Object.keys(values).every((key) => KEY.test(key))) return 'keys are letters, digits, -, _ and .';
  const bytes = Object.values(values).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  return bytes > MOST_BYTES ? 'a secret has at most one MiB' : undefined;
}

/** The verb and the resource that a rule has to name, or the path that needs none. */
function operationOf({ path, query, headers }: SeenRequest): RemoteCall {
  if (/^\/api\/v1\/namespaces\/[^/]+$/.test(path)) return { operation: 'get namespaces (may be refused)' };
  const [, resource, name] = /^\/api\/v1\/namespaces\/[^/]+\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (resource === undefined) return { operation: `GET ${path}` };
  const verb = name !== undefined ? 'get' : query.get('watch') === '1' ? 'watch' : 'list';
  const isNamesOnly = String(headers.accept).includes('PartialObjectMetadata');
  return { operation: `${verb} ${resource}${isNamesOnly ? ' (names only)' : ''}` };
}
