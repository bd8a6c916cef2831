import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { TestBackend, TestBed } from '@coffer/conformance';
import { startProxy } from '@coffer/fake-services';
import { awsBrokenSettings, awsTestBackend } from '@coffer/fake-services/aws';
import { definition } from '../src/definition.ts';
import { refusalOf, textOf } from './secret-form.ts';

const {
  COFFER_TEST_AWS_ENDPOINT: url = '',
  COFFER_TEST_BACKEND: name = '',
  COFFER_TEST_BACKEND_VERSION: version = '',
} = process.env;

/** The emulator that `npm run test:backends` starts, or that the environment names. */
export const realBeds: readonly TestBed[] = [
  { definition, package: new URL('../', import.meta.url), backend: { name, version, tier: 'emulator' }, start },
];

/** Neither emulator knows permissions, so that no secret can be kept from the driver, and no credentials are wrong. */
async function start(): Promise<TestBackend> {
  if (url === '') throw new Error('COFFER_TEST_AWS_ENDPOINT names no emulator: npm run test:backends sets it');
  const region = 'us-east-1';
  const keys = { accessKey: 'test', secretKey: 'test' };
  const credentials = { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey };
  const client = new SecretsManagerClient({ endpoint: url, region, credentials });
  const proxy = await startProxy({ url });
  const settings = { region, endpoint: proxy.url, ...keys, multipleKeyValuesPerSecret: 'true' };
  const made = new Set<string>();
  const put = async (Name: string, value: string | Uint8Array | undefined): Promise<string> => {
    const content = value === undefined ? {} : typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
    const { VersionId: id } = made.has(Name)
      ? await client.send(new PutSecretValueCommand({ SecretId: Name, ...content }))
      : await client.send(new CreateSecretCommand({ Name, ...content }));
    made.add(Name);
    // AWS keeps versions without a label for a day at least, MiniStack not at all.
    const labelled = { SecretId: Name, VersionStage: `kit-${id}`, MoveToVersionId: id };
    if (id !== undefined) await client.send(new UpdateSecretVersionStageCommand(labelled));
    return id ?? '';
  };
  return {
    settings,
    brokenSettings: awsBrokenSettings(settings),
    seed: async (name, values) => ({ version: await put(name, textOf(name, values)) }),
    seedBinary: async (name, bytes) => {
      await put(name, bytes);
      return { read: { [name]: Buffer.from(bytes).toString('base64') } };
    },
    remove: async (name) => {
      made.delete(name);
      try {
        await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
      } catch (cause) {
        if (!(cause instanceof ResourceNotFoundException)) throw cause;
      }
    },
    refuses: refusalOf,
    listMissing: async (name) => void (await put(name, undefined)),
    versionHint: 'version_id',
    hints: {
      version_stage: {
        prepare: async () => {
          const name = randomUUID();
          await put(name, 'the first');
          await put(name, 'the second');
          return { name, metadata: { version_stage: 'AWSPREVIOUS' }, read: { [name]: 'the first' } };
        },
      },
    },
    ...awsTestBackend(proxy),
    close: async () => {
      client.destroy();
      await proxy.close();
    },
  };
}
