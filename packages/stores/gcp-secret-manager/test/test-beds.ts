import type { RemoteCall, TestBackend, TestBed } from '@coffer/conformance';
import { backendFaults, type SeenRequest } from '@coffer/fake-services';
import { FakeGoogle, quotaExceeded, rpcFailure } from '@coffer/fake-services/google';
import { definition } from '../src/definition.ts';

/** What the kit certifies this driver on without an account. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of Google Secret Manager', version: 'v1', tier: 'fake' },
    start,
  },
];

const LARGEST = 65_536;
/** Seconds. */
const PAUSE = 0.2;

async function start(): Promise<TestBackend> {
  const fake = await FakeGoogle.start();
  const { secrets, denials } = fake;
  const access = { projectID: fake.project.id, endpoint: fake.url };
  const settings = { ...keySettings(fake), ...access };
  return {
    settings,
    brokenSettings: [
      { what: 'no project', settings: { ...settings, projectID: '' }, at: 'check' },
      { what: 'a project that can be none', settings: { ...settings, projectID: '../other' }, at: 'check' },
      { what: 'a region that can be none', settings: { ...settings, location: 'Mars 1' }, at: 'check' },
      { what: 'a key without its account', settings: { ...settings, clientEmail: '' }, at: 'check' },
      { what: 'two sets of credentials', settings: { ...settings, credentialsFile: 'key.json' }, at: 'check' },
      { what: 'credentials and none', settings: { ...settings, withoutAuthentication: 'true' }, at: 'check' },
      { what: 'an endpoint with a path', settings: { ...settings, endpoint: `${fake.url}/v1` }, at: 'check' },
      { what: 'an endpoint without TLS', settings: { ...settings, endpoint: 'http://secrets.example' }, at: 'check' },
      {
        what: 'a key that is none',
        settings: { ...settings, privateKey: 'no key' },
        at: 'init',
        codes: ['failed_precondition'],
      },
      {
        what: 'a file of credentials that is not there',
        settings: { ...access, credentialsFile: '/nowhere/key.json' },
        at: 'init',
        codes: ['failed_precondition'],
      },
      {
        what: 'a key of an account that nobody has',
        settings: { ...settings, clientEmail: 'nobody@my-project.iam.gserviceaccount.com' },
        at: 'read',
        codes: ['unauthenticated'],
      },
      {
        what: 'no credentials',
        settings: { ...access, withoutAuthentication: 'true' },
        at: 'read',
        codes: ['unauthenticated'],
      },
      {
        what: 'the project of somebody else',
        settings: { ...settings, projectID: 'another' },
        at: 'read',
        codes: ['permission_denied'],
      },
      {
        what: 'an endpoint at which nobody answers',
        settings: { ...settings, endpoint: 'http://127.0.0.1:1' },
        at: 'read',
        codes: ['unavailable'],
      },
    ],
    seed: async (name, values) => ({ version: String(secrets.put(name, values[name] ?? '')) }),
    seedBinary: async (name, bytes) => {
      const data = Buffer.from(bytes);
      secrets.put(name, data);
      const text = data.toString();
      return { read: { [name]: Buffer.from(text).equals(data) ? text : data.toString('base64') } };
    },
    remove: async (name) => {
      secrets.delete(name);
      denials.splice(0, denials.length, ...denials.filter(({ secret }) => secret !== name));
    },
    refuses: (name, values) => {
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) return 'an id has 1 to 255 ASCII letters, digits, hyphens and underscores';
      return Buffer.byteLength(values[name] ?? '') > LARGEST ? 'a payload has at most 65,536 bytes' : undefined;
    },
    // Without a version: as a read finds a secret that is gone, and one that has never had a value.
    listMissing: async (name) => void secrets.create(name),
    deny: async (name) => void denials.push({ permission: 'secretmanager.versions.access', secret: name }),
    versionHint: 'version_id',
    ...backendFaults(fake.service, {
      denied: rpcFailure('PERMISSION_DENIED', "Permission 'secretmanager.versions.access' denied for this resource."),
      unauthenticated: rpcFailure('UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
      throttled: quotaExceeded({ retryDelay: PAUSE }),
      unavailable: rpcFailure('UNAVAILABLE', 'The service is currently unavailable.'),
    }),
    pauseAsked: PAUSE * 1000,
    calls: () => fake.service.requests.map(operationOf),
    close: () => fake.close(),
  };
}

/** A service account key as the settings of a component have it. */
function keySettings(fake: FakeGoogle): Record<string, string> {
  const { type, private_key_id: privateKeyID, private_key: privateKey, client_email: clientEmail } = fake.key();
  return { type, privateKeyID, privateKey, clientEmail };
}

/** The permission that a call needs. */
function operationOf({ path }: SeenRequest): RemoteCall {
  if (path.endsWith(':access')) return { operation: 'secretmanager.versions.access' };
  if (path.endsWith(':testIamPermissions')) return { operation: 'testIamPermissions, which anybody may call' };
  return { operation: 'secretmanager.secrets.list' };
}
