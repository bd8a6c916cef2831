import { expect, it } from 'vitest';
import { startCofferd } from './support/cofferd.ts';

type Properties = Readonly<Record<string, string>>;

const VAULT = { vaultAddr: 'https://127.0.0.1:1', vaultToken: 'canary-token' };
const AWS = { region: 'eu-west-1' };
const HTTP = { url: 'https://vault.test/{name}', valuePath: '$.value' };

/** Of every driver one setting that is missing, empty, of the wrong type, misspelt, and contradictory, where there can be one. */
const BAD: readonly (readonly [type: string, properties: Properties, message: string, hint: string])[] = [
  ['local.env', { prefx: 'A_' }, 'setting prefx is not known', 'did you mean prefix?'],
  ['local.file', {}, 'missing local secrets file in metadata', 'Path of a JSON file'],
  ['local.file', { secretsFile: 's.json', multiValued: 'yep' }, 'setting multiValued is not a boolean', 'use true or false'],
  ['kubernetes', { defaultNamespce: 'a' }, 'setting defaultNamespce is not known', 'did you mean defaultNamespace?'],
  ['kubernetes', { requestTimeout: 'soon' }, 'setting requestTimeout is not a duration', 'Time limit'],
  ['kubernetes', { secretTypes: 'a,!b' }, 'both with and without !', 'drop the entries with !'],
  ['hashicorp.vault', {}, 'token mount path and token not set', 'vaultToken'],
  ['hashicorp.vault', { ...VAULT, vaultTokenMountPath: '/t' }, 'token mount path and token both set', 'one'],
  ['hashicorp.vault', { ...VAULT, vaultTokn: 'canary-x' }, 'setting vaultTokn is not known', 'did you mean vaultToken?'],
  ['hashicorp.vault', { ...VAULT, vaultAddr: 'vault.test' }, 'setting vaultAddr', 'https://'],
  ['hashicorp.vault', { ...VAULT, vaultValueType: 'list' }, 'invalid value type list', 'map or text'],
  ['aws.secretmanager', { ...AWS, accessKey: 'canary-key' }, 'setting accessKey needs secretKey beside it', 'both'],
  ['aws.secretmanager', { ...AWS, multipleKeyValuesPerSecret: '?' }, 'is not a boolean', 'use true or false'],
  ['aws.parameterstore', { ...AWS, prefx: '/a/' }, 'setting prefx is not known', 'did you mean prefix?'],
  ['aws.parameterstore', { ...AWS, endpoint: 'localhost' }, 'setting endpoint is not an http or https address', 'http://'],
  ['azure.keyvault', {}, 'setting vaultName is required', 'write the name of the vault'],
  ['azure.keyvault', { vaultName: 'a', azureEnvironment: 'Mars' }, 'invalid Azure cloud: Mars', 'AzurePublicCloud'],
  ['azure.keyvault', { vaultName: 'a', vaultUrl: 'https://b' }, 'exclude each other', 'keep one of them'],
  ['azure.keyvault', { vaultName: 'a', azureClientSecret: 'canary-s' }, 'needs azureTenantId', 'write all three'],
  ['gcp.secretmanager', {}, 'missing property `project_id` in metadata', 'project'],
  ['gcp.secretmanager', { projectID: '', privateKey: 'x' }, 'missing property `project_id` in metadata', 'project'],
  ['gcp.secretmanager', { projectID: 'p', locaton: 'x' }, 'setting locaton is not known', 'did you mean location?'],
  ['alicloud.parameterstore', { accessKeyId: 'a' }, 'RegionId is empty, please set a valid RegionId', 'regionId'],
  ['alicloud.parameterstore', { regionId: 'a/b' }, 'regionId is not a region', 'such as cn-hangzhou'],
  ['alicloud.parameterstore', { regionId: 'a', accessKeySecret: 'canary-s' }, 'without accessKeyId', 'set accessKeyId too'],
  ['tencentcloud.ssm', { secretId: 'a' }, 'secret params are empty', 'set secretKey'],
  ['tencentcloud.ssm', { secretId: 'a', secretKey: '' }, 'secret params are empty', 'set secretKey'],
  ['tencentcloud.ssm', { regin: 'ap-guangzhou' }, 'setting regin is not known', 'did you mean region?'],
  ['tencentcloud.ssm', { endpoint: 'http://ssm.test' }, 'endpoint is http', 'use https'],
  ['huaweicloud.csms', {}, 'unexpected empty parameter: regionId', 'Region'],
  ['huaweicloud.csms', { region: 'Mars 1' }, 'unexpected regionId: Mars 1', 'small letters'],
  ['huaweicloud.csms', { region: 'cn-north-4', accessKey: 'k' }, 'accessKey is set without secretAccessKey', 'both'],
  [
    'huaweicloud.csms',
    { region: 'cn-north-4', secretAccesKey: 'canary-k' },
    'setting secretAccesKey is not known',
    'secretAccessKey',
  ],
  ['sops', {}, 'setting secretsFile is required', 'Path of a file encrypted by sops'],
  ['sops', { secretsFile: 's.yaml', format: 'toml' }, 'setting format is not one of yaml, json', 'Format of the file'],
  ['sops', { secretsFile: 's.yaml', ageKeyFile: '' }, 'setting ageKeyFile is empty', 'SOPS_AGE_KEY'],
  ['sops', { secretsFile: 's.yaml', agekeys: 'canary-k' }, 'setting agekeys is not known', 'did you mean ageKey?'],
  ['sops', { secretsFile: 's.yaml', maxFileSize: '0' }, 'setting maxFileSize leaves room for no file', 'write a size'],
  ['http', { valuePath: '$' }, 'setting url is required', 'Address of one secret'],
  ['http', { ...HTTP, url: 'https://vault.test/' }, 'setting url has no place for the name of the secret', 'write {name}'],
  ['http', { ...HTTP, url: 'http://vault.test/{name}' }, 'setting url is http', 'allowHttp'],
  ['http', { ...HTTP, url: 'https://169.254.169.254/{name}' }, 'where clouds give credentials', 'allowLinkLocal'],
  ['http', { ...HTTP, valuePath: '$.a[' }, 'setting valuePath is no JSONPath', 'RFC 9535'],
  ['http', { ...HTTP, 'heador.X-Key': 'canary-k' }, 'setting heador.X-Key is not known', 'did you mean header.X-Key?'],
  ['http', { ...HTTP, 'header.X-Key': 'canary-k\nb' }, 'setting header.X-Key has a line break', 'value alone'],
  ['http', { ...HTTP, token: 'canary-t', username: 'u', password: 'p' }, 'two ways to log in', 'keep one'],
];

it('every component with a bad setting fails alone, and is told by file, name, setting and what to write; the others serve', async () => {
  const files = Object.fromEntries(
    BAD.map(([type, properties], index) => {
      const metadata = Object.entries(properties).map(([name, value]) => ({ name, value }));
      const spec = { type: `secretstores.${type}`, version: 'v1', ignoreErrors: true, metadata };
      const component = { apiVersion: 'dapr.io/v1alpha1', kind: 'Component', metadata: { name: `bad-${index}` }, spec };
      return [`components/bad-${index}.yaml`, JSON.stringify(component)];
    }),
  );
  const good = { type: 'secretstores.local.env', version: 'v1', metadata: [] };
  const component = { apiVersion: 'dapr.io/v1alpha1', kind: 'Component', metadata: { name: 'good' }, spec: good };
  await using cofferd = await startCofferd({
    files: { ...files, 'components/good.yaml': JSON.stringify(component) },
    args: ['--log-as-json'],
    env: { GREETING: 'hello' },
  });

  const response = await cofferd.get('/v1.0/secrets/good/GREETING');
  expect(await response.json()).toEqual({ GREETING: 'hello' });
  const metadata = (await (await cofferd.get('/v1.0/metadata')).json()) as { components: readonly { name: string }[] };
  expect(metadata.components.map(({ name }) => name)).toEqual(['good']);

  const lines = cofferd.log().trim().split('\n');
  const told = lines.map((line) => JSON.parse(line).msg as string).filter((text) => text.includes("can't be started"));
  expect(told).toHaveLength(BAD.length);
  for (const [index, [type, , message, hint]] of BAD.entries()) {
    const start = `Component bad-${index} (secretstores.${type}/v1) of `;
    const line = told.find((text) => text.startsWith(start)) ?? '';
    expect(line, start).toContain(`bad-${index}.yaml:1 `);
    expect(line).toContain(message);
    expect(line).toContain(hint);
  }
  expect(cofferd.log()).not.toContain('canary-');
});
