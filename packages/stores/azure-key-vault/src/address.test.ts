import { checkSettings } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { addressOf } from './address.ts';
import { definition } from './definition.ts';

type Properties = Readonly<Record<string, string>>;

function read(properties: Properties, doubtful: 'refused' | 'tolerated' = 'refused') {
  const { metadata, problems } = checkSettings(definition, properties, doubtful);
  const address = addressOf(metadata);
  return {
    problems: problems.map(({ severity, name, message, hint }) => ({ severity, name, message, hint })),
    url: address?.url.href,
    authority: address?.cloud.authorityHost,
    resource: address?.cloud.resource,
  };
}

const PUBLIC = { authority: 'https://login.microsoftonline.com/', resource: 'https://vault.azure.net' };
const CHINA = { authority: 'https://login.chinacloudapi.cn/', resource: 'https://vault.azure.cn' };
const GOVERNMENT = { authority: 'https://login.microsoftonline.us/', resource: 'https://vault.usgovcloudapi.net' };

describe('addressOf', () => {
  it.each<readonly [id: string, Properties, url: string, cloud: object]>([
    ['A1', { vaultName: 'foo' }, 'https://foo.vault.azure.net/', PUBLIC],
    ['A1', { vaultName: 'foo', azureEnvironment: '' }, 'https://foo.vault.azure.net/', PUBLIC],
    ['A1', { vaultName: 'foo', azureCloud: 'AzurePublicCloud' }, 'https://foo.vault.azure.net/', PUBLIC],
    ['A2', { vaultName: 'foo', azureEnvironment: 'AZURECHINACLOUD' }, 'https://foo.vault.azure.cn/', CHINA],
    ['A2', { vaultName: 'foo', azureEnvironment: 'azureUSGovernment' }, 'https://foo.vault.usgovcloudapi.net/', GOVERNMENT],
    ['A3', { vaultName: 'foo.vault.azure.cn' }, 'https://foo.vault.azure.cn/', CHINA],
    ['A3', { vaultName: 'FOO.Vault.Azure.Net' }, 'https://foo.vault.azure.net/', PUBLIC],
    ['A4', { vaultName: 'https://foo.vault.usgovcloudapi.net' }, 'https://foo.vault.usgovcloudapi.net/', GOVERNMENT],
    ['A4', { vaultName: 'https://foo.vault.azure.net/' }, 'https://foo.vault.azure.net/', PUBLIC],
    ['A4', { vaultName: 'https://foo.vault.azure.net:443' }, 'https://foo.vault.azure.net/', PUBLIC],
    ['', { vaultUrl: 'https://foo.vault.azure.cn' }, 'https://foo.vault.azure.cn/', CHINA],
    ['', { vaultUri: 'https://vault.internal:8443/' }, 'https://vault.internal:8443/', PUBLIC],
    ['', { vaultUrl: 'https://[::1]:8443', azureEnvironment: 'AzureChina' }, 'https://[::1]:8443/', CHINA],
    [
      '',
      { vaultUrl: 'https://localhost:8444', azureAuthorityHost: 'https://localhost:8443' },
      'https://localhost:8444/',
      { authority: 'https://localhost:8443/', resource: 'https://vault.azure.net' },
    ],
  ])('%s %j is %s', (_, properties, url, cloud) => {
    expect(read(properties)).toEqual({ problems: [], url, ...cloud });
  });

  it('A5: an environment that the name contradicts is an error; Dapr takes the name', () => {
    const properties = { vaultName: 'foo.vault.azure.cn', azureEnvironment: 'AzurePublicCloud' };
    expect(read(properties).problems).toEqual([
      {
        severity: 'error',
        name: 'azureEnvironment',
        message: 'setting azureEnvironment is not the cloud that vaultName says',
        hint: 'leave it out',
      },
    ]);
    const { problems, ...address } = read(properties, 'tolerated');
    expect(problems).toMatchObject([{ severity: 'warning' }]);
    expect(address).toEqual({ url: 'https://foo.vault.azure.cn/', ...CHINA });
  });

  it('A7: no name is an error; Dapr starts and fails every read', () => {
    const message = 'setting vaultName is required';
    for (const properties of [{}, { vaultName: '' }, { vaultUrl: '' }] as Properties[]) {
      expect(read(properties).problems).toMatchObject([{ severity: 'error', name: 'vaultName', message }]);
    }
    const tolerated = { problems: [{ severity: 'warning', message }], url: 'https://.vault.azure.net/' };
    expect(read({}, 'tolerated')).toMatchObject(tolerated);
  });

  it.each<readonly [id: string, Properties, field: string, message: string]>([
    [
      'A6',
      { vaultName: 'foo', azureEnvironment: 'AZUREGERMANCLOUD' },
      'azureEnvironment',
      'invalid Azure cloud: AZUREGERMANCLOUD',
    ],
    ['', { vaultName: 'evil.example/#' }, 'vaultName', 'setting vaultName is not the name of a vault'],
    ['', { vaultName: 'evil.example/#.vault.azure.net' }, 'vaultName', 'setting vaultName is not the name of a vault'],
    ['', { vaultName: 'user@foo' }, 'vaultName', 'setting vaultName is not the name of a vault'],
    ['', { vaultName: 'foo.vault.microsoftazure.de' }, 'vaultName', 'setting vaultName is not the name of a vault'],
    ['', { vaultName: 'https://foo' }, 'vaultName', 'setting vaultName is not the name of a vault'],
    ['', { vaultName: ' foo' }, 'vaultName', 'setting vaultName is not the name of a vault'],
    ['', { vaultName: 'foo', vaultUrl: 'https://a.example' }, 'vaultUrl', 'settings vaultName and vaultUrl exclude each other'],
    ['', { vaultUrl: 'foo' }, 'vaultUrl', 'setting vaultUrl is not an https address without a path'],
    ['', { vaultUrl: 'http://foo.vault.azure.net' }, 'vaultUrl', 'setting vaultUrl is not an https address without a path'],
    ['', { vaultUrl: 'https://a.example/secrets' }, 'vaultUrl', 'setting vaultUrl is not an https address without a path'],
    ['', { vaultUrl: 'https://a:b@c.example' }, 'vaultUrl', 'setting vaultUrl is not an https address without a path'],
    [
      '',
      { vaultUrl: 'https://foo.vault.azure.cn', azureEnvironment: 'AzurePublic' },
      'azureEnvironment',
      'setting azureEnvironment is not the cloud of foo.vault.azure.cn',
    ],
    [
      '',
      { vaultName: 'foo', azureAuthorityHost: 'http://localhost' },
      'azureAuthorityHost',
      'setting azureAuthorityHost is not an https address',
    ],
    [
      '',
      { vaultName: 'foo', requestTimeout: 'soon' },
      'requestTimeout',
      'setting requestTimeout is not a duration such as 1h30m, 500ms, or whole seconds',
    ],
    ['', { vaultNam: 'foo' }, 'vaultNam', 'setting vaultNam is not known'],
    ['', { vaultName: 'foo', azureEnviroment: 'AzureChina' }, 'azureEnviroment', 'setting azureEnviroment is not known'],
  ])('%s %j is refused: %s', (_, properties, name, message) => {
    expect(read(properties).problems).toContainEqual(
      expect.objectContaining({ severity: 'error', name, message, hint: expect.any(String) }),
    );
  });
});
