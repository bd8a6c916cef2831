import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeKubernetes } from '@coffer/fake-kubernetes';
import { createAuthority, startFakeService } from '@coffer/fake-services';
import { FakeAlicloud } from '@coffer/fake-services/alicloud';
import { ADMIN_KEYS, startFakeAws } from '@coffer/fake-services/aws';
import { startFakeKeyVault } from '@coffer/fake-services/azure';
import { FakeDirectory, startFakeAppService } from '@coffer/fake-services/azure/identity';
import { FakeGoogle } from '@coffer/fake-services/google';
import { ACCESS_KEY, FakeHuawei, SECRET_KEY } from '@coffer/fake-services/huaweicloud';
import { startFakeTencent, ADMIN_KEY as TENCENT_KEY } from '@coffer/fake-services/tencentcloud';
import { FakeVault } from '@coffer/fake-services/vault';
import { expect, it } from 'vitest';
import { type Cofferd, startCofferd } from './support/cofferd.ts';
import { sopsSample } from './support/sops-sample.ts';

const NAME = 'database';
const SYSTEM = {
  clientId: '66666666-7777-8888-9999-000000000000',
  objectId: '99999999-0000-1111-2222-333333333333',
  resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/shop',
};

/** Where a secret is kept, and the settings of the component `shop` that finds it there. */
interface Place {
  readonly type: string;
  readonly properties: Readonly<Record<string, string>>;
}

function componentOf({ type, properties }: Place): string {
  const metadata = Object.entries(properties).map(([name, value]) => ({ name, value }));
  return JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name: 'shop' },
    spec: { type, version: 'v1', metadata },
  });
}

/** As an editor saves a file: never half written. */
function place(cofferd: Cofferd, text: string): void {
  const file = join(cofferd.directory, 'components', 'shop.yaml');
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

it('gives an application the same secret from every store, by the same request, while the stores change', async () => {
  await using aws = await startFakeAws();
  aws.secretsManager.put(NAME, 'in aws secrets manager');
  aws.parameterStore.put(NAME, 'in aws parameter store', { type: 'SecureString' });
  const awsSettings = {
    region: aws.region,
    endpoint: aws.url,
    accessKey: ADMIN_KEYS.accessKeyId,
    secretKey: ADMIN_KEYS.secretAccessKey,
  };
  await using vault = await FakeVault.start();
  vault.engine().put(`dapr/${NAME}`, { [NAME]: 'in vault' });
  await using google = await FakeGoogle.start();
  google.secrets.put(NAME, 'in google');
  await using alibaba = await FakeAlicloud.start();
  alibaba.parameters.put(NAME, 'in alibaba cloud');
  await using tencent = await startFakeTencent();
  tencent.secrets.put(NAME, 'in tencent');
  await using huawei = await FakeHuawei.start();
  huawei.secrets.put(NAME, 'in huawei');
  const huaweiSettings = { region: 'cn-north-4', accessKey: ACCESS_KEY, secretAccessKey: SECRET_KEY, projectId: huawei.project };
  await using kubernetes = await FakeKubernetes.start();
  kubernetes.secret('shop', NAME, { [NAME]: 'in kubernetes' });
  await using service = await startFakeService(({ path, headers }) =>
    path === `/v1/${NAME}` && headers['x-api-key'] === 'key'
      ? { status: 200, body: { value: 'in a service of our own' } }
      : { status: 404 },
  );
  const authority = createAuthority();
  const directory = new FakeDirectory({ system: SYSTEM });
  const tls = authority.issue('vault', ['127.0.0.1']);
  await using keyVault = await startFakeKeyVault({ tokens: directory.issuer, tenant: directory.tenantId, tls });
  keyVault.set(NAME, 'in azure');
  await using identity = await startFakeAppService(directory, 'header');

  const places: Readonly<Record<string, Place>> = {
    'in kubernetes': {
      type: 'secretstores.kubernetes',
      properties: { kubeconfigPath: 'kubeconfig', defaultNamespace: 'shop' },
    },
    'in vault': { type: 'secretstores.hashicorp.vault', properties: { vaultAddr: vault.url, vaultToken: 'root' } },
    'in aws secrets manager': { type: 'secretstores.aws.secretmanager', properties: awsSettings },
    'in aws parameter store': { type: 'secretstores.aws.parameterstore', properties: awsSettings },
    // By the managed identity of the place.
    'in azure': { type: 'secretstores.azure.keyvault', properties: { vaultUrl: keyVault.url } },
    'in tencent': {
      type: 'secretstores.tencentcloud.ssm',
      properties: { ...TENCENT_KEY, region: tencent.region, endpoint: tencent.url },
    },
    'in google': { type: 'secretstores.gcp.secretmanager', properties: { ...google.key(), endpoint: google.url } },
    'in alibaba cloud': {
      type: 'secretstores.alicloud.parameterstore',
      properties: { regionId: 'cn-hangzhou', ...alibaba.key, endpoint: alibaba.url },
    },
    'in huawei': { type: 'secretstores.huaweicloud.csms', properties: { ...huaweiSettings, endpoint: huawei.url } },
    'in a service of our own': {
      type: 'secretstores.http',
      properties: { url: `${service.url}/v1/{name}`, 'header.X-Api-Key': 'key', valuePath: '$.value' },
    },
    'in a repository': {
      type: 'secretstores.sops',
      properties: { secretsFile: sopsSample('one-secret.json'), ageKeyFile: sopsSample('insecure-test-key-one.txt') },
    },
    'in a file': { type: 'secretstores.local.file', properties: { secretsFile: 'secrets.json' } },
  };
  const first = 'in a file';
  await using cofferd = await startCofferd({
    files: {
      'components/shop.yaml': componentOf(places[first] as Place),
      'secrets.json': JSON.stringify({ [NAME]: first }),
      'ca.pem': authority.cert,
      kubeconfig: kubernetes.kubeconfig(),
    },
    env: {
      NODE_EXTRA_CA_CERTS: 'ca.pem',
      IDENTITY_ENDPOINT: `${identity.url}/msi/token`,
      IDENTITY_HEADER: 'header',
    },
  });

  /** The application: it knows a store and a name. */
  const read = async (): Promise<string> => {
    const response = await cofferd.get(`/v1.0/secrets/shop/${NAME}`);
    const text = await response.text();
    expect(response.status, `${text}\n${cofferd.log()}`).toBe(200);
    const secret = JSON.parse(text) as Record<string, string>;
    expect(Object.keys(secret)).toEqual([NAME]);
    return secret[NAME] as string;
  };
  let before = first;
  for (const [value, where] of Object.entries(places)) {
    place(cofferd, componentOf(where));
    let answer = await read();
    for (; answer === before && before !== value; answer = await read()) await sleep(5);
    expect(answer).toBe(value);
    before = value;
  }
  expect(cofferd.log()).not.toMatch(/level=(error|fatal)/);
});
