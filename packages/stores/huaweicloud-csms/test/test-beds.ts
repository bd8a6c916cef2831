import type { RemoteCall, TestBackend, TestBed } from '@coffer/conformance';
import { answer, backendFaults, type Fault } from '@coffer/fake-services';
import { ACCESS_KEY, FakeHuawei, SECRET_KEY, throttled } from '@coffer/fake-services/huaweicloud';
import { definition } from '../src/definition.ts';

/** What the kit certifies this driver on. No emulator of the service exists. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of Huawei Cloud Secret Management Service and IAM', version: 'v1', tier: 'fake' },
    start,
  },
];

const refusal = (status: number, code: string, text: string): Fault =>
  answer(status, { 'x-request-id': 'made-up' }, { error_code: code, error_msg: text });

async function start(): Promise<TestBackend> {
  const fake = await FakeHuawei.start();
  const { secrets, denials, project, url } = fake;
  const keys = { accessKey: ACCESS_KEY, secretAccessKey: SECRET_KEY };
  const settings = { region: 'cn-north-4', ...keys, projectId: project, endpoint: url };
  const put = (name: string, value: string | Buffer) => secrets.put(name, value).versions.at(-1)?.id ?? '';
  const backend = {
    settings,
    brokenSettings: [
      { what: 'half a key', settings: { ...settings, secretAccessKey: '' }, at: 'check' },
      { what: 'a region that can be none', settings: { ...settings, region: 'Mars 1' }, at: 'check' },
      { what: 'an endpoint with a path', settings: { ...settings, endpoint: `${url}/v1` }, at: 'check' },
      {
        what: 'an IAM that nobody answers for',
        settings: { ...settings, projectId: '', iamEndpoint: 'http://127.0.0.1:1' },
        at: 'init',
        codes: ['unavailable'],
      },
      { what: 'a wrong key', settings: { ...settings, secretAccessKey: 'wrong' }, at: 'read', codes: ['unauthenticated'] },
      {
        what: 'a key that is not known',
        settings: { ...settings, accessKey: 'NOBODY' },
        at: 'read',
        codes: ['unauthenticated'],
      },
      { what: 'another project', settings: { ...settings, projectId: 'another' }, at: 'read', codes: ['permission_denied'] },
    ],
    seed: async (name, values) => ({ version: put(name, values[name] ?? '') }),
    seedBinary: async (name, bytes) => {
      put(name, Buffer.from(bytes));
      return { read: { [name]: Buffer.from(bytes).toString('base64') } };
    },
    remove: async (name: string) => {
      secrets.remove(name);
      denials.splice(0, denials.length, ...denials.filter(({ secret }) => secret !== name));
    },
    refuses: (name, values) => secrets.refusal(name, values[name] ?? ''),
    listMissing: async (name: string) => secrets.listMissing(name),
    deny: async (name: string) => void denials.push({ action: 'csms:secret:getVersion', secret: name }),
    versionHint: 'version_id',
    ...backendFaults(fake.service, {
      denied: refusal(403, 'CSM.0403', 'The user does not have permission.'),
      unauthenticated: refusal(401, 'APIGW.0301', 'Incorrect IAM authentication information: verify aksk signature fail'),
      throttled: throttled(1),
      unavailable: answer(503, {}, '<html><body>down for maintenance</body></html>'),
    }),
    pauseAsked: 1000,
    calls: () => fake.service.requests.map(operationOf),
    close: () => fake.close(),
  } satisfies TestBackend & Record<string, unknown>;
  return backend;
}

/** The action that a call needs, or the call itself where it needs none. */
function operationOf({ path, search }: { readonly path: string; readonly search: string }): RemoteCall {
  if (path.startsWith('/v3/')) return { operation: 'iam:projects:listProjects' };
  if (path.includes('/versions/')) return { operation: 'csms:secret:getVersion' };
  return { operation: search === '?limit=1' ? 'csms:secret:list (ping, may be refused)' : 'csms:secret:list' };
}
