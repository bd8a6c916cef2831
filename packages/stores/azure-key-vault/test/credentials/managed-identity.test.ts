import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, hang, startFakeService } from '@coffer/fake-services';
import {
  type FakeDirectory,
  startFakeAppService,
  startFakeArc,
  startFakeCloudShell,
  startFakeImds,
  startFakeMachineLearning,
} from '@coffer/fake-services/azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImdsProbe, managedIdentityLogin } from '../../src/credentials/managed-identity.ts';
import { BRIEF } from '../../src/credentials/retry.ts';
import { directoryOf, logIn, SYSTEM, strictDialect, transportOf, USER } from './setup.ts';

const HEADER = 'made-up-identity-header';
const VAULT = 'https://vault.azure.net';
const identityOf = ({ issuer }: FakeDirectory, token: string) => issuer.read(token)?.oid;
const byClientId = { azureClientId: USER.clientId };
const byObjectId = { azureManagedIdentityObjectId: USER.objectId };
const byResourceId = { azureManagedIdentityResourceId: USER.resourceId };

describe('the metadata service of a machine', () => {
  it.each([
    ['the machine itself', {}, {}, SYSTEM],
    ['a user-assigned identity by client id', byClientId, { client_id: USER.clientId }, USER],
    ['by object id', byObjectId, { object_id: USER.objectId }, USER],
    ['by resource id', byResourceId, { msi_res_id: USER.resourceId }, USER],
  ])('gives a token to %s', async (_, properties, query, identity) => {
    const directory = directoryOf();
    await using imds = await startFakeImds(directory);
    const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url };
    const { token } = await logIn({ properties, environment });
    expect(imds.requests).toEqual([]);
    expect(identityOf(directory, await token())).toBe(identity.objectId);
    const [probe, asked] = imds.requests;
    expect([probe?.search, probe?.headers.metadata]).toEqual(['', undefined]);
    expect([asked?.method, asked?.path, asked?.headers.metadata]).toEqual(['GET', '/metadata/identity/oauth2/token', 'true']);
    expect(Object.fromEntries(asked?.query ?? [])).toEqual({ 'api-version': '2018-02-01', resource: VAULT, ...query });
    await token();
    expect(imds.requests).toHaveLength(3);
  });

  it.each([404, 410, 429, 500, 503])('is asked again after a %d', async (status) => {
    await using imds = await startFakeImds(directoryOf());
    imds.inject(answer(status, {}, { error: 'made up' }), { when: ({ search }) => search !== '', times: 2 });
    const { token } = await logIn({ environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url } });
    await token();
    expect(imds.requests).toHaveLength(4);
  });

  it('is waited for as long as it says, and no longer than the caller waits', async () => {
    await using imds = await startFakeImds(directoryOf());
    imds.inject(answer(429, { 'retry-after': '1' }), { when: ({ search }) => search !== '', times: 1 });
    const { token } = await logIn({ environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url } });
    const start = performance.now();
    await token();
    expect(performance.now() - start).toBeGreaterThan(990);
    imds.inject(answer(429, { 'retry-after': '20' }), { when: ({ search }) => search !== '' });
    const failing = token(AbortSignal.timeout(300));
    await expect(failing).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('that asks for a longer wait than there is time is given up at once', async () => {
    await using imds = await startFakeImds(directoryOf());
    imds.inject(answer(429, { 'retry-after': '3600' }), { when: ({ search }) => search !== '' });
    const { token } = await logIn({ environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url } });
    await expect(token()).rejects.toMatchObject({ code: 'resource_exhausted', retryable: true });
    expect(imds.requests).toHaveLength(2);
  });

  it('hands on when the machine has no identity, in the words of the reference', async () => {
    const directory = directoryOf();
    directory.system = undefined;
    await using imds = await startFakeImds(directory);
    const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url };
    const { token } = await logIn({ properties: { azureAuthMethods: 'managedidentity' }, environment });
    await expect(token()).rejects.toMatchObject({
      code: 'unauthenticated',
      detail:
        'ChainedTokenCredential: failed to acquire a token.\nAttempted credentials:\n\tManagedIdentityCredential: failed to authenticate a system assigned identity. The endpoint responded with {"error":"invalid_request","error_description":"Identity not found"}',
    });
  });

  it('says which setting names an identity that is not assigned', async () => {
    await using imds = await startFakeImds(directoryOf());
    const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url };
    const { token } = await logIn({ properties: { azureManagedIdentityObjectId: SYSTEM.objectId }, environment });
    await expect(token()).rejects.toMatchObject({
      code: 'unauthenticated',
      hint: 'assign the identity to this machine, or check azureManagedIdentityObjectId',
    });
  });

  it('that refuses connections is told apart at once, one that never answers after a second', async () => {
    const silent = await startFakeService(() => ({ status: 200 }));
    silent.inject(hang());
    const refused = await startFakeService(() => ({ status: 200 }));
    await refused.close();
    const detail =
      'ChainedTokenCredential: failed to acquire a token.\nAttempted credentials:\n\tmanaged identity\n\tAzureCLICredential: Azure CLI not found on path';
    try {
      for (const url of [silent.url, 'http://127.0.0.1:9']) {
        const { token } = await logIn({ environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: url } });
        const start = performance.now();
        await expect(token()).rejects.toMatchObject({ code: 'unauthenticated', detail });
        expect(performance.now() - start).toBeLessThan(15_000);
      }
    } finally {
      await silent.close();
    }
  });

  it('is asked on its own without a program that follows', async () => {
    const { token } = await logIn({
      properties: { azureAuthMethods: 'mi' },
      environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' },
    });
    await expect(token()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('lets go of the socket when the caller gives up', async () => {
    await using imds = await startFakeImds(directoryOf());
    const ended = new Promise<void>((resolve) => {
      imds.inject((response) => void response.once('close', resolve), { when: ({ search }) => search !== '' });
    });
    const { token } = await logIn({ environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url } });
    const controller = new AbortController();
    const given = token(controller.signal);
    given.catch(() => undefined);
    while (imds.requests.length < 2) await sleep(5);
    controller.abort();
    // Far below the time limit of a request, at which the socket ends anyway.
    const late = sleep(5_000, 'late', { ref: false });
    expect(await Promise.race([ended, late])).not.toBe('late');
    await expect(given).rejects.toMatchObject({ code: 'canceled' });
  });

  it.each([['{"access_token":""}'], ['<html>'], ['{"access_token":"x","expires_on":"soon"}']])(
    'that answers %s gives no token',
    async (body) => {
      await using imds = await startFakeImds(directoryOf());
      imds.inject(answer(200, {}, body), { when: ({ search }) => search !== '', times: 1 });
      const { token } = await logIn({ environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url } });
      await token();
      expect(imds.requests).toHaveLength(3);
    },
  );

  it('A36: is not looked for when a component starts; by the strict dialect it is', async () => {
    await using imds = await startFakeImds(directoryOf());
    const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: imds.url };
    const properties = { azureTenantId: 't', azureClientId: 'c', azureClientSecret: 's' };
    await logIn({ properties, environment });
    expect(imds.requests).toHaveLength(0);
    await logIn({ properties, environment, dialect: strictDialect });
    expect(imds.requests.map(({ path, search }) => path + search)).toEqual(['/metadata/identity/oauth2/token']);
  });
});

describe('App Service and Container Apps', () => {
  it.each([
    ['the application itself', {}, {}, SYSTEM],
    ['a user-assigned identity by client id', byClientId, { client_id: USER.clientId }, USER],
    ['by object id', byObjectId, { principal_id: USER.objectId }, USER],
    ['by resource id', byResourceId, { mi_res_id: USER.resourceId }, USER],
  ])('give a token to %s', async (_, properties, query, identity) => {
    const directory = directoryOf();
    await using service = await startFakeAppService(directory, HEADER);
    const environment = { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: HEADER };
    const { token } = await logIn({ properties, environment });
    expect(identityOf(directory, await token())).toBe(identity.objectId);
    expect(service.requests).toHaveLength(1);
    const [asked] = service.requests;
    expect([asked?.method, asked?.path, asked?.headers['x-identity-header']]).toEqual(['GET', '/msi/token', HEADER]);
    expect(Object.fromEntries(asked?.query ?? [])).toEqual({ 'api-version': '2019-08-01', resource: VAULT, ...query });
  });

  it('refuse a wrong header, and nothing else is tried', async () => {
    await using service = await startFakeAppService(directoryOf(), HEADER);
    const environment = { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: 'another' };
    const { token } = await logIn({ environment });
    const failing = token();
    await expect(failing).rejects.toMatchObject({ code: 'unauthenticated', retryable: false });
    await expect(failing).rejects.not.toThrow('another');
    expect(service.requests).toHaveLength(1);
  });

  it('A13: take the client id that the settings have', async () => {
    const directory = directoryOf();
    await using shell = await startFakeMachineLearning(directory, 'made-up');
    const environment = { MSI_ENDPOINT: shell.url, MSI_SECRET: 'made-up' };
    const { token } = await logIn({ properties: byClientId, environment });
    expect(identityOf(directory, await token())).toBe(USER.objectId);
  });
});

describe('other places', () => {
  it('A10: Azure Machine Learning, whose times are dates', async () => {
    const directory = directoryOf();
    await using service = await startFakeMachineLearning(directory, 'made-up');
    const properties = { azureAuthMethods: 'cert,managedIdentity' };
    const { credential } = await logIn({ properties, environment: { MSI_ENDPOINT: service.url, MSI_SECRET: 'made-up' } });
    const token = await credential.getToken('https://vault.azure.net/.default');
    expect(Math.abs((token?.expiresOnTimestamp ?? 0) - Date.now() - directory.lifetime * 1000)).toBeLessThan(5_000);
    expect(service.requests[0]?.headers.secret).toBe('made-up');
    const wrong = await logIn({ properties: byObjectId, environment: { MSI_ENDPOINT: service.url, MSI_SECRET: 'made-up' } });
    await expect(wrong.token()).rejects.toThrow('Azure Machine Learning knows only an identity by its client id');
  });

  it('Cloud Shell', async () => {
    const directory = directoryOf();
    await using service = await startFakeCloudShell(directory);
    const { token } = await logIn({ environment: { MSI_ENDPOINT: service.url } });
    expect(identityOf(directory, await token())).toBe(SYSTEM.objectId);
    const named = await logIn({ properties: byClientId, environment: { MSI_ENDPOINT: service.url } });
    await expect(named.token()).rejects.toThrow('Cloud Shell knows only the identity of the place itself');
  });

  describe('Azure Arc', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'azure-arc-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const open = (url: string, arcFolder: string) => {
      const environment = { IDENTITY_ENDPOINT: `${url}/metadata/identity/oauth2/token`, IMDS_ENDPOINT: 'http://localhost:40342' };
      const client = transportOf().local;
      const probe = new ImdsProbe(environment, client);
      const identity = { by: 'system' } as const;
      return managedIdentityLogin({
        identity,
        environment,
        client,
        probe,
        patience: BRIEF,
        probeLimit: 1_000,
        probing: 'before',
        arcFolder,
      });
    };
    const request = { scope: 'https://vault.azure.net/.default', signal: new AbortController().signal };

    it('gives a token to whoever can read its file', async () => {
      const directory = directoryOf();
      await using agent = await startFakeArc(directory, folder);
      const { token } = await open(agent.url, folder).token(request);
      expect(identityOf(directory, token)).toBe(SYSTEM.objectId);
      expect(agent.requests).toHaveLength(2);
    });

    it('has no other file read to it', async () => {
      await using agent = await startFakeArc(directoryOf(), join(folder, 'elsewhere'));
      await expect(open(agent.url, folder).token(request)).rejects.toThrow('the agent names a file outside');
      expect(agent.requests).toHaveLength(1);
    });
  });

  it('Service Fabric is not supported, and says so', async () => {
    const environment = { IDENTITY_ENDPOINT: 'https://x/', IDENTITY_HEADER: 'h', IDENTITY_SERVER_THUMBPRINT: 't' };
    const { token } = await logIn({ environment });
    await expect(token()).rejects.toThrow('Service Fabric is not supported');
  });
});
