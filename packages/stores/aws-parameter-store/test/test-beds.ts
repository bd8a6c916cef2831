import type { TestBackend, TestBed } from '@coffer/conformance';
import { awsBrokenSettings, awsRefusedSettings, awsTestBackend, type Statement, startFakeAws } from '@coffer/fake-services/aws';
import { definition } from '../src/definition.ts';
import { refusalOf } from './refusal-of.ts';

/** What the kit certifies this driver on without an account. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of AWS Systems Manager Parameter Store', version: '2014-11-06', tier: 'fake' },
    start,
  },
];

async function start(): Promise<TestBackend> {
  const fake = await startFakeAws();
  const { region, url: endpoint, parameterStore } = fake;
  const statements: Statement[] = [{ action: '*' }];
  const keys = { accessKeyId: 'AKIAKIT', secretAccessKey: 'kit-secret-key' };
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = fake.identities.user('kit', keys, statements);
  const settings = { region, endpoint, accessKey, secretKey };
  const arnOf = (name: string) => parameterStore.parameters.arnOf(name);
  return {
    settings,
    brokenSettings: [...awsBrokenSettings(settings), ...awsRefusedSettings(settings)],
    seed: async (name, values) => {
      const { versions } = parameterStore.put(name, values[name] ?? '', { type: 'SecureString' });
      return { version: String(versions.length) };
    },
    remove: async (name) => {
      parameterStore.parameters.remove(name);
      statements.splice(1, statements.length, ...statements.slice(1).filter(({ resource }) => resource !== arnOf(name)));
    },
    refuses: refusalOf,
    listMissing: async (name) => parameterStore.parameters.listGone(name),
    deny: async (name) =>
      void statements.push({ effect: 'Deny', action: ['ssm:GetParameter', 'ssm:GetParameters'], resource: arnOf(name) }),
    versionHint: 'version_id',
    ...awsTestBackend(fake),
    close: () => fake.close(),
  };
}
