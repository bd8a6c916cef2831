import { randomUUID } from 'node:crypto';
import type { TestBackend, TestBed } from '@coffer/conformance';
import { awsBrokenSettings, awsRefusedSettings, awsTestBackend, type Statement, startFakeAws } from '@coffer/fake-services/aws';
import { definition } from '../src/definition.ts';
import { refusalOf, textOf } from './secret-form.ts';

/** What the kit certifies this driver on without an account. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of AWS Secrets Manager', version: '2017-10-17', tier: 'fake' },
    start,
  },
];

/** Secrets that are JSON objects are read as their members; all others as single values, as they are without the setting. */
async function start(): Promise<TestBackend> {
  const fake = await startFakeAws();
  const { region, url: endpoint, secretsManager } = fake;
  const statements: Statement[] = [{ action: '*' }];
  const keys = { accessKeyId: 'AKIAKIT', secretAccessKey: 'kit-secret-key' };
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = fake.identities.user('kit', keys, statements);
  const settings = { region, endpoint, accessKey, secretKey, multipleKeyValuesPerSecret: 'true' };
  const put = (name: string, value: string | Buffer) => secretsManager.put(name, value).versions.at(-1)?.id ?? '';
  return {
    settings,
    brokenSettings: [
      ...awsBrokenSettings(settings),
      { what: 'names and prefixes', settings: { ...settings, secretNames: 'a', namePrefixes: 'b' }, at: 'check' },
      { what: 'a prefix of no name', settings: { ...settings, namePrefixes: 'a b' }, at: 'check' },
      ...awsRefusedSettings(settings),
    ],
    seed: async (name, values) => ({ version: put(name, textOf(name, values)) }),
    seedBinary: async (name, bytes) => {
      put(name, Buffer.from(bytes));
      return { read: { [name]: Buffer.from(bytes).toString('base64') } };
    },
    remove: async (name) => {
      secretsManager.secrets.remove(name);
      statements.splice(1, statements.length, ...statements.slice(1).filter(({ resource }) => resource !== patternOf(name)));
    },
    refuses: refusalOf,
    // It has no version with a value, as after CreateSecret without one.
    listMissing: async (name) => void secretsManager.put(name, undefined),
    deny: async (name) =>
      void statements.push({ effect: 'Deny', action: 'secretsmanager:GetSecretValue', resource: patternOf(name) }),
    versionHint: 'version_id',
    hints: {
      version_stage: {
        prepare: async () => {
          const name = randomUUID();
          put(name, 'the first');
          put(name, 'the second');
          return { name, metadata: { version_stage: 'AWSPREVIOUS' }, read: { [name]: 'the first' } };
        },
      },
    },
    ...awsTestBackend(fake),
    close: () => fake.close(),
  };
}

const patternOf = (name: string): string => `arn:aws:secretsmanager:*:secret:${name}-??????`;
