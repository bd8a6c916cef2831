import type { TestBackend, TestBed } from '@coffer/conformance';
import { FakeGoogle } from '@coffer/fake-services/google';
import { definition } from '../src/definition.ts';
import { refusalOf, refusedSettings, serviceFaults, textOfBytes } from './bed-parts.ts';

/** What the kit certifies this driver on without an account. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of Google Secret Manager', version: 'v1', tier: 'fake' },
    start,
  },
];

async function start(): Promise<TestBackend> {
  const fake = await FakeGoogle.start();
  const { secrets, denials } = fake;
  const access = { projectID: fake.project.id, endpoint: fake.url };
  const settings = { ...keySettings(fake), ...access };
  return {
    settings,
    brokenSettings: [
      ...refusedSettings(settings),
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
      secrets.put(name, Buffer.from(bytes));
      return { read: { [name]: textOfBytes(bytes) } };
    },
    remove: async (name) => {
      secrets.delete(name);
      denials.splice(0, denials.length, ...denials.filter(({ secret }) => secret !== name));
    },
    refuses: refusalOf,
    // Without a version: as a read finds a secret that is gone, and one that has never had a value.
    listMissing: async (name) => void secrets.create(name),
    deny: async (name) => void denials.push({ permission: 'secretmanager.versions.access', secret: name }),
    versionHint: 'version_id',
    ...serviceFaults(fake.service),
    close: () => fake.close(),
  };
}

/** A service account key as the settings of a component have it. */
function keySettings(fake: FakeGoogle): Record<string, string> {
  const { type, private_key_id: privateKeyID, private_key: privateKey, client_email: clientEmail } = fake.key();
  return { type, privateKeyID, privateKey, clientEmail };
}
