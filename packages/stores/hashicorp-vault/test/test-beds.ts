import type { TestBackend, TestBed } from '@coffer/conformance';
import { backendFaults } from '@coffer/fake-services';
import { type Capability, FakeVault } from '@coffer/fake-services/vault';
import { definition } from '../src/definition.ts';
import { brokenSettings, FAULTS, operationOf, refusalOf, type TestEngine } from './vault-backend.ts';

const common = { definition, package: new URL('../', import.meta.url) };

/** What the kit certifies this driver on. Real servers are in real-beds.ts. */
export const testBeds: readonly TestBed[] = [
  {
    ...common,
    backend: { name: 'fake of Vault, engine of version 2', tier: 'fake' },
    start: () => start({ mount: 'secret', version: '2' }),
  },
  {
    ...common,
    backend: { name: 'fake of Vault, engine of version 1', tier: 'fake' },
    start: () => start({ mount: 'kv', version: '1' }),
  },
];

const TOKEN = 's.4WqZ0vJb8cPn2tLr6yXd1Kfa';

async function start(engine: TestEngine): Promise<TestBackend> {
  const { mount, version } = engine;
  const isVersioned = version === '2';
  const fake = await FakeVault.start();
  const secrets = fake.engine(mount, isVersioned ? 2 : 1);
  const policy: Record<string, readonly Capability[]> = isVersioned
    ? { [`${mount}/data/dapr/*`]: ['read'], [`${mount}/metadata/dapr/*`]: ['list'] }
    : { [`${mount}/dapr/*`]: ['read', 'list'] };
  fake.tokens.set(TOKEN, policy);
  const settings = { vaultAddr: fake.url, vaultToken: TOKEN, enginePath: mount, engineVersion: version };
  const ruleOf = (name: string) => `${mount}/${isVersioned ? 'data/' : ''}dapr/${name}`;
  return {
    settings,
    brokenSettings: brokenSettings(settings),
    seed: async (name, values) => {
      const number = secrets.put(`dapr/${name}`, values);
      return isVersioned ? { version: String(number) } : {};
    },
    remove: async (name) => {
      secrets.remove(`dapr/${name}`);
      delete policy[ruleOf(name)];
    },
    refuses: (name, values) => refusalOf(name, values, engine),
    // A deleted version leaves the name.
    ...(isVersioned && {
      listMissing: async (name: string) => {
        secrets.put(`dapr/${name}`, {});
        secrets.delete(`dapr/${name}`);
      },
      versionHint: 'version_id',
    }),
    deny: async (name) => {
      policy[ruleOf(name)] = ['deny'];
    },
    ...backendFaults(fake, FAULTS),
    pauseAsked: 1000,
    calls: () => fake.requests.map((request) => operationOf(request, engine)),
    close: () => fake.close(),
  };
}
