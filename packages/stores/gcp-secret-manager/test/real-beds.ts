import { randomBytes } from 'node:crypto';
import type { TestBackend, TestBed } from '@coffer/conformance';
import { startProxy } from '@coffer/fake-services';
import { definition } from '../src/definition.ts';
import { refusalOf, refusedSettings, serviceFaults, textOfBytes } from './bed-parts.ts';

const {
  COFFER_TEST_GCP_ENDPOINT: url = '',
  COFFER_TEST_BACKEND: name = '',
  COFFER_TEST_BACKEND_VERSION: version = '',
} = process.env;

/** The emulator whose address is in the environment: it speaks the REST API and knows neither credentials nor permissions. */
export const realBeds: readonly TestBed[] = [
  { definition, package: new URL('../', import.meta.url), backend: { name, version, tier: 'emulator' }, start },
];

async function start(): Promise<TestBackend> {
  if (url === '') throw new Error('COFFER_TEST_GCP_ENDPOINT names no emulator: npm run test:backends says how');
  // Nothing else on the emulator has it.
  const projectID = `coffer-${randomBytes(4).toString('hex')}`;
  // Emulators without permissions have no such call, which Google answers whoever has credentials.
  const instead = ({ path }: { readonly path: string }) =>
    path.endsWith(':testIamPermissions') ? { status: 200, body: {} } : undefined;
  const proxy = await startProxy({ url: url.replace(/\/$/, ''), instead });
  const settings = { projectID, endpoint: proxy.url, withoutAuthentication: 'true' };
  const parent = `${url}/v1/projects/${projectID}/secrets`;
  const made = new Set<string>();
  const put = async (id: string, bytes?: Uint8Array): Promise<string> => {
    if (!made.has(id)) await send('POST', `${parent}?secretId=${id}`, { replication: { automatic: {} } });
    made.add(id);
    if (bytes === undefined) return '';
    const { name: added = '' } = await send('POST', `${parent}/${id}:addVersion`, {
      payload: { data: Buffer.from(bytes).toString('base64') },
    });
    return added.split('/').at(-1) ?? '';
  };
  return {
    settings,
    brokenSettings: [
      ...refusedSettings(settings),
      {
        what: 'a file of credentials that is not there',
        settings: { projectID, endpoint: proxy.url, credentialsFile: '/nowhere/key.json' },
        at: 'init',
        codes: ['failed_precondition'],
      },
      {
        what: 'an endpoint at which nobody answers',
        settings: { ...settings, endpoint: 'http://127.0.0.1:1' },
        at: 'read',
        codes: ['unavailable'],
      },
    ],
    seed: async (id, values) => ({ version: await put(id, Buffer.from(values[id] ?? '')) }),
    seedBinary: async (id, bytes) => {
      await put(id, bytes);
      return { read: { [id]: textOfBytes(bytes) } };
    },
    remove: async (id) => {
      if (made.delete(id)) await send('DELETE', `${parent}/${id}`);
    },
    refuses: refusalOf,
    listMissing: async (id) => void (await put(id)),
    versionHint: 'version_id',
    ...serviceFaults(proxy),
    close: () => proxy.close(),
  };
}

/** Past the proxy, by plain requests, which know nothing of the driver. */
async function send(method: string, address: string, body?: object): Promise<{ readonly name?: string }> {
  const sent = { method, headers: { 'content-type': 'application/json' } };
  const answer = await fetch(address, { ...sent, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${method} ${new URL(address).pathname}: ${answer.status}`);
  return (await answer.json()) as { name?: string };
}
