import type { RemoteCall, TestBackend, TestBed } from '@coffer/conformance';
import { answer, backendFaults } from '@coffer/fake-services';
import { ADMIN_KEY, startFakeTencent } from '@coffer/fake-services/tencentcloud';
import { definition } from '../src/definition.ts';

/** What the kit certifies this driver on. No emulator of the service exists. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of the Tencent Cloud Secrets Manager API', version: '2019-09-23', tier: 'fake' },
    start,
  },
];

const refusal = (Code: string, Message: string) =>
  answer(200, { 'retry-after': '1' }, { Response: { Error: { Code, Message }, RequestId: 'made-up' } });

/** With it in the environment a component without a key of its own fails, and no machine's role is looked for. */
const HALF_A_KEY = { TENCENTCLOUD_SECRET_ID: 'AKIDhalf' };

async function start(): Promise<TestBackend> {
  const { TENCENTCLOUD_SECRET_ID: before } = process.env;
  Object.assign(process.env, HALF_A_KEY);
  const fake = await startFakeTencent();
  const { region, url: endpoint } = fake;
  const settings = { ...ADMIN_KEY, region, endpoint };
  const denied = new Set<string>();
  fake.deny((_, name) => denied.has(name));
  let versions = 0;
  const put = (name: string, value: string | Buffer): string => {
    const version = `v${++versions}`;
    fake.secrets.put(name, value, { version });
    return version;
  };
  return {
    settings,
    environment: HALF_A_KEY,
    brokenSettings: [
      { what: 'no key', settings: { region, endpoint }, at: 'init', codes: ['failed_precondition'] },
      { what: 'half a key', settings: { ...settings, secretKey: '' }, at: 'check' },
      {
        what: 'a key that is not known',
        settings: { ...settings, secretId: 'AKIDnobody' },
        at: 'read',
        codes: ['unauthenticated'],
      },
      { what: 'a wrong key', settings: { ...settings, secretKey: 'wrong' }, at: 'read', codes: ['unauthenticated'] },
      { what: 'a token that is none', settings: { ...settings, token: 'wrong' }, at: 'read', codes: ['unauthenticated'] },
      { what: 'another region', settings: { ...settings, region: 'mars-1' }, at: 'read', codes: ['invalid_argument'] },
      { what: 'an endpoint with a path', settings: { ...settings, endpoint: `${fake.url}/v1` }, at: 'check' },
    ],
    seed: async (name, values) => ({ version: put(name, values[name] ?? '') }),
    seedBinary: async (name, bytes) => {
      put(name, Buffer.from(bytes));
      return { read: { [name]: Buffer.from(bytes).toString('base64') } };
    },
    refuses: (name) => (name === '' || !name.isWellFormed() ? 'names are text, and not empty' : undefined),
    remove: async (name) => {
      fake.secrets.delete(name);
      denied.delete(name);
    },
    listMissing: async (name) => fake.secrets.listGone(name),
    deny: async (name) => void denied.add(name),
    versionHint: 'VersionID',
    hints: {
      version_id: {
        prepare: async () => {
          const name = 'read-by-version-id';
          const version = put(name, 'the first');
          put(name, 'the second');
          return { name, metadata: { version_id: version }, read: { [name]: 'the first' } };
        },
      },
    },
    ...backendFaults(fake, {
      denied: refusal('UnauthorizedOperation', 'You are not authorized to perform operation.'),
      unauthenticated: refusal('AuthFailure.SecretIdNotFound', 'The SecretId is not found.'),
      throttled: refusal('RequestLimitExceeded', 'Please reduce the frequency of calls.'),
      unavailable: answer(503, {}, '<html><body>down for maintenance</body></html>'),
    }),
    // Without a version the newest one is looked for.
    callsPerGet: 2,
    pauseAsked: 1000,
    calls: () => fake.calls.map(({ action }): RemoteCall => ({ operation: `ssm:${action}` })),
    close: async () => {
      if (before === undefined) delete process.env.TENCENTCLOUD_SECRET_ID;
      else process.env.TENCENTCLOUD_SECRET_ID = before;
      await fake.close();
    },
  };
}
