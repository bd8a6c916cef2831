import { randomUUID } from 'node:crypto';
import type { RemoteCall, TestBackend, TestBed } from '@coffer/conformance';
import { answer, backendFaults, type Fault, type SeenRequest } from '@coffer/fake-services';
import { alicloudThrottled, FakeAlicloud } from '@coffer/fake-services/alicloud';
import { definition } from '../src/definition.ts';
import { AlicloudParameterStore } from '../src/store.ts';

/** What the kit certifies this driver on. No emulator of the service exists. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of Alibaba Cloud OOS', version: '2019-06-01', tier: 'fake' },
    start,
  },
];

const refusal = (status: number, Code: string, Message: string): Fault => answer(status, {}, { Code, Message });

async function start(): Promise<TestBackend> {
  const fake = await FakeAlicloud.start();
  const { parameters } = fake;
  const settings = { regionId: 'cn-hangzhou', ...fake.key, endpoint: fake.url };
  fake.instanceRole = 'reader';
  return {
    settings,
    // The metadata service has one address for everybody, which settings can't change.
    createStore: () => new AlicloudParameterStore({ environment: {}, metadataAddress: new URL(fake.url) }),
    brokenSettings: [
      { what: 'no region', settings: { ...settings, regionId: '' }, at: 'check' },
      { what: 'a region that can be none', settings: { ...settings, regionId: 'cn-hangzhou/' }, at: 'check' },
      { what: 'half a key', settings: { ...settings, accessKeySecret: '' }, at: 'check' },
      { what: 'an endpoint with a path', settings: { ...settings, endpoint: `${fake.url}/v1` }, at: 'check' },
      {
        what: 'a role that the instance does not have',
        settings: { regionId: 'cn-hangzhou', endpoint: fake.url, ecsRamRole: 'another' },
        at: 'init',
        codes: ['unauthenticated'],
      },
      { what: 'a wrong key', settings: { ...settings, accessKeySecret: 'wrong' }, at: 'read', codes: ['unauthenticated'] },
      {
        what: 'a key that is not known',
        settings: { ...settings, accessKeyId: 'LTAI-nobody' },
        at: 'read',
        codes: ['unauthenticated'],
      },
      {
        what: 'an endpoint at which nobody answers',
        settings: { ...settings, endpoint: 'http://127.0.0.1:1' },
        at: 'read',
        codes: ['unavailable'],
      },
    ],
    seed: async (name, values) => ({ version: String(parameters.put(name, values[name] ?? '')) }),
    remove: async (name) => parameters.remove(name),
    refuses: (name) => (name === '' || !name.isWellFormed() ? 'parameters have names, and names are text' : undefined),
    versionHint: 'version_id',
    hints: {
      path: {
        prepare: async () => {
          const folder = `/${randomUUID()}/`;
          const names = [`${folder}inside`, `${folder}below/it`, randomUUID()];
          for (const name of names) parameters.put(name, randomUUID());
          return { names, metadata: { path: folder }, fits: (read) => read.length === 2 && read.every(isIn(folder)) };
        },
      },
    },
    ...backendFaults(fake.service, {
      denied: refusal(403, 'Forbidden.RAM', 'User not authorized to operate on the specified resource.'),
      unauthenticated: refusal(400, 'InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.'),
      throttled: alicloudThrottled('1'),
      unavailable: refusal(503, 'ServiceUnavailable', 'The request has failed due to a temporary failure of the server.'),
    }),
    pauseAsked: 1000,
    calls: () => fake.service.requests.map(operationOf),
    close: () => fake.close(),
  };
}

/** What is not decrypted needs no permission of KMS, and answers without values. */
function operationOf({ path, query, headers }: SeenRequest): RemoteCall {
  if (path !== '/') return { operation: `metadata service: ${path.split('/')[2]}` };
  const undecrypted = query.get('WithDecryption') === 'false' ? ', undecrypted' : '';
  return { operation: `oos:${headers['x-acs-action']}${undecrypted}` };
}

function isIn(folder: string): (name: string) => boolean {
  return (name) => name.startsWith(folder);
}
