import { DeleteParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { TestBackend, TestBed } from '@coffer/conformance';
import { startProxy } from '@coffer/fake-services';
import { awsBrokenSettings, awsTestBackend } from '@coffer/fake-services/aws';
import { definition } from '../src/definition.ts';
import { refusalOf } from './refusal-of.ts';

const {
  COFFER_TEST_AWS_ENDPOINT: url = '',
  COFFER_TEST_BACKEND: name = '',
  COFFER_TEST_BACKEND_VERSION: version = '',
} = process.env;

/** The emulator that `npm run test:backends` starts, or that the environment names. */
export const realBeds: readonly TestBed[] = [
  { definition, package: new URL('../', import.meta.url), backend: { name, version, tier: 'emulator' }, start },
];

/** Neither emulator knows permissions, so that no parameter can be kept from the driver, and no credentials are wrong. */
async function start(): Promise<TestBackend> {
  if (url === '') throw new Error('COFFER_TEST_AWS_ENDPOINT names no emulator: npm run test:backends sets it');
  const region = 'us-east-1';
  const keys = { accessKey: 'test', secretKey: 'test' };
  const credentials = { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey };
  const client = new SSMClient({ endpoint: url, region, credentials });
  const proxy = await startProxy({ url });
  const settings = { region, endpoint: proxy.url, ...keys };
  return {
    settings,
    brokenSettings: awsBrokenSettings(settings),
    seed: async (name, values) => {
      const input = { Name: name, Value: values[name] ?? '', Type: 'SecureString', Tier: 'Advanced', Overwrite: true } as const;
      return { version: String((await client.send(new PutParameterCommand(input))).Version) };
    },
    remove: async (name) => void (await client.send(new DeleteParametersCommand({ Names: [name] }))),
    refuses: refusalOf,
    versionHint: 'version_id',
    ...awsTestBackend(proxy),
    close: async () => {
      client.destroy();
      await proxy.close();
    },
  };
}
