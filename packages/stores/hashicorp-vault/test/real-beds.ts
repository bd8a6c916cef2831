import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestBackend, TestBed } from '@coffer/conformance';
import { backendFaults, startProxy } from '@coffer/fake-services';
import { definition } from '../src/definition.ts';
import { brokenSettings, FAULTS, operationOf, refusalOf, type TestEngine } from './vault-backend.ts';

const {
  COFFER_TEST_VAULT_ADDR: url = '',
  COFFER_TEST_VAULT_TOKEN: rootToken = '',
  COFFER_TEST_BACKEND_VERSION: version = '',
} = process.env;

const common = { definition, package: new URL('../', import.meta.url) };

/** The server that `npm run test:backends` starts, or that the environment names; each bed has an engine and a token of its own. */
export const realBeds: readonly TestBed[] = [
  {
    ...common,
    backend: { name: 'OpenBao, engine of version 2', version, tier: 'real' },
    start: () => start({ mount: newMount(), version: '2' }),
  },
  {
    ...common,
    backend: { name: 'OpenBao, engine of version 1', version, tier: 'real' },
    start: () => start({ mount: newMount(), version: '1' }),
  },
];

const newMount = () => `coffer-${randomBytes(4).toString('hex')}/kv`;

async function start(engine: TestEngine): Promise<TestBackend> {
  const { mount } = engine;
  const isVersioned = engine.version === '2';
  const policy = `policy-${mount.replace('/', '-')}`;
  const denied = new Set<string>();
  const path = (part: string, name: string) =>
    `${mount}/${isVersioned ? `${part}/` : ''}dapr/${name.split('/').map(encodeURIComponent).join('/')}`;
  const writePolicy = async () => {
    const refusals = [...denied].map((name) => `path "${path('data', name)}" { capabilities = ["deny"] }`);
    const rules = isVersioned
      ? [`path "${mount}/data/dapr/*" { capabilities = ["read"] }`, `path "${mount}/metadata/dapr/*" { capabilities = ["list"] }`]
      : [`path "${mount}/dapr/*" { capabilities = ["read", "list"] }`];
    await admin(`sys/policies/acl/${policy}`, 'POST', { policy: [...rules, ...refusals].join('\n') });
  };
  const put = async (name: string, values: object) =>
    await admin(path('data', name), 'POST', isVersioned ? { data: values } : values);
  await admin(`sys/mounts/${mount}`, 'POST', { type: 'kv', options: { version: engine.version } });
  if (isVersioned) await untilReady(() => admin(`${mount}/config`, 'GET'));
  await writePolicy();
  const { auth } = await admin('auth/token/create', 'POST', { policies: [policy], ttl: '1h' });
  const proxy = await startProxy({ url }, { list: true });
  const settings = {
    vaultAddr: proxy.url,
    vaultToken: String(auth?.client_token),
    enginePath: mount,
    engineVersion: engine.version,
  };
  return {
    settings,
    brokenSettings: brokenSettings(settings),
    seed: async (name, values) => {
      const { data } = await put(name, values);
      return isVersioned ? { version: String(data?.version) } : {};
    },
    remove: async (name) => {
      await admin(path('metadata', name), 'DELETE');
      if (denied.delete(name)) await writePolicy();
    },
    refuses: (name, values) => refusalOf(name, values, engine),
    // A deleted version leaves the name.
    ...(isVersioned && {
      listMissing: async (name: string) => {
        await put(name, {});
        await admin(path('data', name), 'DELETE');
      },
      versionHint: 'version_id',
    }),
    deny: async (name) => {
      denied.add(name);
      await writePolicy();
    },
    many: 60,
    ...backendFaults(proxy, FAULTS),
    pauseAsked: 1000,
    calls: () => proxy.requests.map((request) => operationOf(request, engine)),
    close: async () => {
      await proxy.close();
      await admin(`sys/mounts/${mount}`, 'DELETE');
      await admin(`sys/policies/acl/${policy}`, 'DELETE');
    },
  };
}

interface AdminAnswer {
  readonly data?: { readonly version?: number };
  readonly auth?: { readonly client_token: string };
}

/** With the root token, past the proxy: what a check counts are the driver's calls. */
async function admin(path: string, method: 'GET' | 'POST' | 'DELETE', body?: object): Promise<AdminAnswer> {
  if (url === '') throw new Error('COFFER_TEST_VAULT_ADDR names no server: npm run test:backends sets it');
  const response = await fetch(`${url}/v1/${path}`, {
    method,
    headers: { 'x-vault-token': rootToken },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as AdminAnswer);
}

/** A new engine of version 2 is not ready at once. */
async function untilReady(ask: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await ask();
      return;
    } catch (cause) {
      if (attempt === 50) throw cause;
      await sleep(100);
    }
  }
}
