import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { osErrorCode } from '@coffer/core/driver';
import { answer } from '@coffer/fake-services';
import { startFakeAppService, startFakeEntra, startFakeImds } from '@coffer/fake-services/azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { azureCliLogin } from '../../src/credentials/azure-cli.ts';
import { makeCertificate } from './certificates.ts';
import { CLIENT, directoryOf, logIn, problemsOf, SCOPE, SECRET, SYSTEM, strictDialect, TENANT, tls, USER } from './setup.ts';

const NOBODY = 'http://127.0.0.1:9';
const ids = { azureTenantId: TENANT, azureClientId: CLIENT };
const bySecret = { ...ids, azureClientSecret: SECRET };
const pem = makeCertificate('shop');
const byCertificate = { ...ids, azureCertificate: `${pem.certificate}${pem.key}` };
const federated = { AZURE_FEDERATED_TOKEN_FILE: '/nowhere/token', AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT };
const noMetadata = { AZURE_POD_IDENTITY_AUTHORITY_HOST: NOBODY };
const NOT_FOUND = 'AzureCLICredential: Azure CLI not found on path';
const attempted = (...texts: string[]) =>
  `ChainedTokenCredential: failed to acquire a token.\nAttempted credentials:${texts.map((text) => `\n\t${text}`).join('')}`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'azure-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder for PATH with a program `az` that does this. */
function azThat(script: string): string {
  const path = mkdtempSync(join(folder, 'bin-'));
  writeFileSync(join(path, 'az'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(path, 'az'), 0o755);
  return `${path}:${process.env.PATH}`;
}
const inHalfAnHour = () => Math.floor(Date.now() / 1000) + 1800;

describe('azureAuthMethods', () => {
  it.each([
    ['A8', 'None', "all Azure auth methods have been disabled with auth method 'None'"],
    ['A8', 'mi, none', "all Azure auth methods have been disabled with auth method 'None'"],
    ['A11', 'creds,managedidentity,SUPERAUTH', 'invalid Azure auth method: superauth'],
    ['A11', 'superauth,none', 'invalid Azure auth method: superauth'],
    ['A12', 'creds,', 'invalid Azure auth method: '],
  ])('%s: %s', async (_, azureAuthMethods, detail) => {
    for (const dialect of [undefined, strictDialect]) {
      const properties = { ...bySecret, azureAuthMethods };
      const given = { properties, environment: { MSI_ENDPOINT: NOBODY }, ...(dialect === undefined ? {} : { dialect }) };
      await expect(logIn(given)).rejects.toMatchObject({ code: 'invalid_argument', detail });
    }
    const problems = problemsOf({ ...bySecret, azureAuthMethods }, 'tolerated');
    expect(problems).toMatchObject([{ severity: 'error', name: 'azureAuthMethods', message: detail }]);
  });

  it('A9, A17: methods that lack what they need', async () => {
    const properties = { azureClientId: CLIENT, azureAuthMethods: 'clientcredentials,clientcertificate,workloadidentity' };
    const failing = logIn({ properties });
    await expect(failing).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: expect.stringMatching(/^no suitable token provider for Azure AD; errors: /),
    });
    await expect(logIn({ properties: { azureAuthMethods: 'spiffe' } })).rejects.toThrow('no suitable token provider');
  });

  it.each(['creds', 'ClientCredentials', ' creds , mi '])('takes names in any case with spaces around them: %s', async (text) => {
    const directory = directoryOf();
    await using entra = await startFakeEntra(directory, { tls });
    const { token } = await logIn({ properties: { ...bySecret, azureAuthMethods: text }, entra });
    await token();
    expect(entra.requests.some(({ method }) => method === 'POST')).toBe(true);
  });

  it('is the order in which they are tried', async () => {
    const directory = directoryOf();
    await using entra = await startFakeEntra(directory, { tls });
    await using service = await startFakeAppService(directory, 'h');
    const environment = { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: 'h' };
    const properties = { ...bySecret, azureClientId: USER.clientId, azureAuthMethods: 'mi,creds' };
    const { token } = await logIn({ properties, environment, entra });
    expect(directory.issuer.read(await token())?.oid).toBe(USER.objectId);
    expect(entra.requests).toEqual([]);
  });

  it('A14, A15: SPIFFE has no identity here and hands on', async () => {
    await using service = await startFakeAppService(directoryOf(), 'h');
    const environment = { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: 'h' };
    const properties = { ...ids, azureClientId: USER.clientId, azureAuthMethods: 'spiffeworkloadidentity,managedidentity' };
    const { token } = await logIn({ properties, environment });
    await token();
    const alone = await logIn({ properties: { ...ids, azureAuthMethods: 'spiffe' } });
    await expect(alone.token()).rejects.toThrow('SpiffeWorkloadIdentityCredential: there is no SPIFFE identity');
  });
});

describe('without azureAuthMethods', () => {
  /** What is asked, in its order, when nobody answers. */
  async function triedBy(given: Parameters<typeof logIn>[0]): Promise<string> {
    const { token } = await logIn({ ...given, environment: { ...noMetadata, ...given.environment } });
    const failure: unknown = await token().catch((cause) => cause);
    return failure instanceof Error && 'detail' in failure ? String(failure.detail) : '';
  }

  it('whatever the environment offers: nothing', async () => {
    expect(await triedBy({})).toBe(attempted('managed identity', NOT_FOUND));
  });

  it('the strict dialect tries the same, and SPIFFE when the application is named', async () => {
    const route = (url: string) => url.replace('http://169.254.169.254', NOBODY);
    expect(await triedBy({ dialect: strictDialect, route })).toBe(attempted('managed identity', NOT_FOUND));
    expect(await triedBy({ dialect: strictDialect, route, properties: ids })).toBe(
      attempted('SpiffeWorkloadIdentityCredential: there is no SPIFFE identity in this process', 'managed identity', NOT_FOUND),
    );
  });

  it('no program is run on a host of Azure', async () => {
    expect(await triedBy({ environment: { IDENTITY_ENDPOINT: `${NOBODY}/`, IMDS_ENDPOINT: NOBODY } })).not.toContain('CLI');
    const directory = directoryOf();
    directory.system = undefined;
    await using imds = await startFakeImds(directory);
    const path = azThat('echo should not run >&2; exit 1');
    const text = await triedBy({ environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url, PATH: path } });
    expect(text).toContain('Identity not found');
    expect(text).toContain('AzureCLICredential: not used on a host of Azure');
  });

  it('a token of the pod goes before its managed identity, and a failure of it is final', async () => {
    await using imds = await startFakeImds(directoryOf());
    const environment = { ...federated, AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url };
    expect(await triedBy({ environment })).toContain('open /nowhere/token');
    expect(imds.requests).toEqual([]);
  });

  it('credentials in the settings are the only way; for the strict dialect the first one', async () => {
    await using imds = await startFakeImds(directoryOf());
    await using entra = await startFakeEntra(directoryOf(), { tls });
    const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url };
    for (const properties of [bySecret, byCertificate]) {
      await using wrong = await startFakeEntra(directoryOf({ secrets: [] }), { tls });
      const { token } = await logIn({ properties, environment, entra: wrong });
      await expect(token()).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    expect(imds.requests).toEqual([]);
    const strict = await logIn({ properties: bySecret, environment, entra, dialect: strictDialect });
    await strict.token();
    expect(imds.requests).toHaveLength(1);
  });

  it('an identity by object id or resource id is the only way; the strict dialect does not know these settings', async () => {
    const directory = directoryOf();
    await using imds = await startFakeImds(directory);
    const environment = { ...federated, AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url };
    const properties = { azureManagedIdentityResourceId: USER.resourceId };
    const { token } = await logIn({ properties, environment });
    expect(directory.issuer.read(await token())?.oid).toBe(USER.objectId);
    const strict = await logIn({
      properties,
      environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url },
      dialect: strictDialect,
    });
    expect(directory.issuer.read(await strict.token())?.oid).toBe(SYSTEM.objectId);
  });
});

describe('the chain', () => {
  it('asks only the way that worked from then on', async () => {
    const directory = directoryOf();
    await using imds = await startFakeImds(directory);
    const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url, PATH: azThat('exit 3') };
    const { token } = await logIn({ properties: { azureAuthMethods: 'cli,mi' }, environment });
    await token();
    directory.system = undefined;
    await expect(token()).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: expect.stringMatching(/^ManagedIdentityCredential: failed to authenticate a system assigned identity/),
    });
    directory.system = SYSTEM;
    await token();
  });

  it('stops at a failure that is not an absence', async () => {
    await using service = await startFakeAppService(directoryOf(), 'h');
    service.inject(answer(403, {}, { statusCode: 403, message: 'made up' }));
    const environment = { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: 'h', PATH: azThat('exit 3') };
    const { token } = await logIn({ properties: { azureAuthMethods: 'mi,cli' }, environment });
    const failing = token();
    await expect(failing).rejects.toThrow('ChainedTokenCredential authentication failed. failed to acquire a token.');
    await expect(failing).rejects.not.toThrow('CLI');
  });
});

describe('Azure CLI', () => {
  const request = (signal: AbortSignal = new AbortController().signal) => ({ scope: SCOPE, signal });
  const options = { tenantId: undefined, platform: 'linux', limit: 20_000 } as const;

  it('is asked without a shell and without a secret', async () => {
    const arguments_ = join(folder, 'arguments');
    const json = JSON.stringify({ accessToken: 'made-up-token', expires_on: inHalfAnHour(), expiresOn: '2020-01-01' });
    const PATH = azThat(`printf '%s\\n' "$@" > ${arguments_}; echo '${json}'`);
    const login = azureCliLogin({ ...options, tenantId: TENANT, environment: { PATH } });
    const { token, expiresOnTimestamp } = await login.token(request());
    expect([token, expiresOnTimestamp > Date.now()]).toEqual(['made-up-token', true]);
    expect(readFileSync(arguments_, 'utf8').split('\n')).toEqual([
      ...['account', 'get-access-token', '--output', 'json', '--resource', 'https://vault.azure.net'],
      ...['--tenant', TENANT, ''],
    ]);
  });

  it.each([
    ['echo "ERROR: Please run \'az login\' to setup account." >&2; exit 1', "ERROR: Please run 'az login' to setup account."],
    ['echo no json', 'the answer of Azure CLI holds no token'],
    ['exit 2', 'Azure CLI failed'],
  ])('that does not work hands on: %s', async (script, text) => {
    const login = azureCliLogin({ ...options, environment: { PATH: azThat(script) } });
    await expect(login.token(request())).rejects.toMatchObject({
      name: 'LoginUnavailable',
      message: `AzureCLICredential: ${text}`,
    });
  });

  it('that is not there, or takes too long', async () => {
    const absent = azureCliLogin({ ...options, environment: { PATH: '/nowhere' } });
    await expect(absent.token(request())).rejects.toThrow(NOT_FOUND);
    const slow = azureCliLogin({ ...options, limit: 100, environment: { PATH: azThat('exec sleep 60') } });
    await expect(slow.token(request())).rejects.toThrow('timed out waiting for Azure CLI');
  });

  it('ends when the caller gives up', async () => {
    const pidFile = join(folder, 'pid');
    const login = azureCliLogin({ ...options, environment: { PATH: azThat(`echo $$ > ${pidFile}; exec sleep 600`) } });
    const controller = new AbortController();
    const given = login.token(request(controller.signal));
    given.catch(() => undefined);
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') await sleep(5);
    controller.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    const isRunning = () => {
      try {
        return process.kill(Number(readFileSync(pidFile, 'utf8')), 0);
      } catch (cause) {
        if (osErrorCode(cause) === 'ESRCH') return false;
        throw cause;
      }
    };
    while (isRunning()) await sleep(5);
  });

  it.each(['a;b', '$(id)', '--help x', 'a b', 'a\nb'])('is not given a tenant with odd characters: %j', async (tenantId) => {
    const login = azureCliLogin({ ...options, tenantId, environment: { PATH: azThat('exit 0') } });
    await expect(login.token(request())).rejects.toThrow('azureTenantId has characters that no tenant has');
  });
});
