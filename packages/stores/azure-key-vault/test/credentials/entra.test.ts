import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { answer, type FakeService, hang, malformed, redirect } from '@coffer/fake-services';
import { type FakeDirectory, readJwt, signJwt, startFakeEntra } from '@coffer/fake-services/azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate, pkcs12Of } from './certificates.ts';
import { CLIENT, directoryOf, logIn, SCOPE, SECRET, strictDialect, TENANT, tls } from './setup.ts';

const ids = { azureTenantId: TENANT, azureClientId: CLIENT };
const bySecret = { ...ids, azureClientSecret: SECRET };
const owner = ({ issuer }: FakeDirectory, token: string) => issuer.read(token)?.appid;
const tokenRequests = ({ requests }: FakeService) => requests.filter(({ method }) => method === 'POST');
const formOf = (service: FakeService) => new URLSearchParams(tokenRequests(service).at(-1)?.body.toString());

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'azure-entra-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
function fileOf(content: string | Buffer): string {
  const path = join(folder, `${Math.random()}`);
  writeFileSync(path, content);
  return path;
}

describe('a client secret', () => {
  it.each([
    ['bare names', { tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET }],
    ['A24: names of old', { spnTenantId: TENANT, spnClientId: CLIENT, spnClientSecret: SECRET }],
    ['names of today', bySecret],
  ])('gives a token: %s', async (_, properties) => {
    const directory = directoryOf();
    await using entra = await startFakeEntra(directory, { tls });
    const { token } = await logIn({ properties, entra });
    expect(owner(directory, await token())).toBe(CLIENT);
    const form = formOf(entra);
    expect(tokenRequests(entra).map(({ path }) => path)).toEqual([`/${TENANT}/oauth2/v2.0/token`]);
    expect(form.get('grant_type')).toBe('client_credentials');
    expect(form.get('scope')?.split(' ')).toContain(SCOPE);
    expect([form.get('client_id'), form.get('client_secret')]).toEqual([CLIENT, SECRET]);
  });

  it('that is wrong is told as Entra tells it, and nothing else is tried', async () => {
    await using entra = await startFakeEntra(directoryOf(), { tls });
    for (const dialect of [undefined, strictDialect]) {
      const properties = { ...bySecret, azureClientSecret: 'made-up-wrong-secret' };
      const { token } = await logIn({ properties, entra, ...(dialect === undefined ? {} : { dialect }) });
      const failure: unknown = await token().catch((cause) => cause);
      expect(failure).toMatchObject({
        code: 'unauthenticated',
        retryable: false,
        detail:
          'ChainedTokenCredential authentication failed. failed to acquire a token.\nAttempted credentials:\n\tClientSecretCredential authentication failed. AADSTS7000215: Invalid client secret provided.',
        hint: 'check azureClientSecret: it is the value of a secret, not its id',
      });
      expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('made-up-wrong-secret');
      expect(JSON.stringify(failure)).not.toContain('made-up-wrong-secret');
    }
    expect(tokenRequests(entra)).toHaveLength(2);
  });

  it.each([
    ['another application', { azureClientId: '00000000-0000-0000-0000-000000000099' }, 'AADSTS700016', 'azureClientId is not'],
    ['another tenant', { azureTenantId: '00000000-0000-0000-0000-000000000098' }, 'AADSTS90002', 'check azureTenantId'],
  ])('of %s', async (_, changed, text, hint) => {
    await using entra = await startFakeEntra(directoryOf(), { tls });
    const { token } = await logIn({ properties: { ...bySecret, ...changed }, entra });
    const failing = token();
    await expect(failing).rejects.toThrow(text);
    await expect(failing).rejects.toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining(hint) });
  });

  it.each([429, 500, 503])('is sent again after a %d', async (status) => {
    await using entra = await startFakeEntra(directoryOf(), { tls });
    entra.inject(answer(status, {}, { error: 'temporarily_unavailable' }), { when: ({ method }) => method === 'POST', times: 1 });
    const { token } = await logIn({ properties: bySecret, entra });
    await token();
    expect(tokenRequests(entra)).toHaveLength(2);
  });

  it('is given up when Entra asks for a longer wait than there is time', async () => {
    await using entra = await startFakeEntra(directoryOf(), { tls });
    entra.inject(answer(429, { 'retry-after': '3600' }), { when: ({ method }) => method === 'POST' });
    const { token } = await logIn({ properties: bySecret, entra });
    await expect(token()).rejects.toMatchObject({ code: 'resource_exhausted', retryable: true });
  });

  it('is not sent to where an answer points', async () => {
    await using entra = await startFakeEntra(directoryOf(), { tls });
    await using other = await startFakeEntra(directoryOf(), { tls });
    entra.inject(redirect(`https://localhost:${other.port}/${TENANT}/oauth2/v2.0/token`), {
      when: ({ method }) => method === 'POST',
    });
    const { token } = await logIn({ properties: bySecret, entra });
    await expect(token()).rejects.toMatchObject({ code: 'unavailable' });
    expect(other.requests).toEqual([]);
  });

  it('leaves the socket when the caller gives up', async () => {
    await using entra = await startFakeEntra(directoryOf(), { tls });
    const ended = new Promise<void>((resolve) => {
      entra.inject((response) => void response.once('close', resolve), { when: ({ method }) => method === 'POST' });
    });
    const { token } = await logIn({ properties: bySecret, entra });
    const controller = new AbortController();
    const given = token(controller.signal);
    given.catch(() => undefined);
    while (tokenRequests(entra).length === 0) await sleep(5);
    controller.abort();
    // Far below the time limit of a request, at which the socket ends anyway.
    const late = sleep(5_000, 'late', { ref: false });
    expect(await Promise.race([ended, late])).not.toBe('late');
    await expect(given).rejects.toMatchObject({ code: 'canceled' });
  });

  it('to a service that hangs or speaks no JSON', async () => {
    await using entra = await startFakeEntra(directoryOf(), { tls });
    const { token } = await logIn({ properties: bySecret, entra });
    entra.inject(malformed(), { when: ({ method }) => method === 'POST', times: 1 });
    await expect(token()).rejects.toMatchObject({ code: 'unknown' });
    entra.inject(hang());
    await expect(token(AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('answers a challenge with a fresh token', async () => {
    await using entra = await startFakeEntra(directoryOf(), { tls });
    const { credential } = await logIn({ properties: bySecret, entra });
    await credential.getToken(SCOPE, { claims: '{"access_token":{"nbf":{"essential":true}}}' });
    expect(formOf(entra).get('claims')).toContain('nbf');
  });
});

describe('a certificate', () => {
  const { certificate, key } = makeCertificate('shop');

  it.each([
    ['PEM in a file', () => ({ azureCertificateFile: fileOf(`${certificate}${key}`) })],
    ['PEM in the settings', () => ({ azureCertificate: `${key}${certificate}` })],
    [
      'PKCS#12 in a file',
      () => ({ spnCertificateFile: fileOf(pkcs12Of(key, [certificate], 'pw', 'aes256')), spnCertificatePassword: 'pw' }),
    ],
  ])('signs for the application: %s', async (_, properties) => {
    const directory = directoryOf({ certificates: [certificate] });
    await using entra = await startFakeEntra(directory, { tls });
    const { token } = await logIn({ properties: { ...ids, ...properties() }, entra });
    expect(owner(directory, await token())).toBe(CLIENT);
    const jwt = readJwt(formOf(entra).get('client_assertion') ?? '');
    expect(jwt?.claims).toMatchObject({ iss: CLIENT, sub: CLIENT, jti: expect.any(String) });
  });

  it('that is not registered is refused', async () => {
    const other = makeCertificate('other');
    await using entra = await startFakeEntra(directoryOf({ certificates: [other.certificate] }), { tls });
    const { token } = await logIn({ properties: { ...ids, azureCertificate: `${certificate}${key}` }, entra });
    const failing = token();
    await expect(failing).rejects.toThrow('ClientCertificateCredential authentication failed. AADSTS700027');
    await expect(failing).rejects.toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('upload') });
  });

  it('is read again for every token', async () => {
    const renewed = makeCertificate('shop');
    const directory = directoryOf({ certificates: [certificate, renewed.certificate] });
    await using entra = await startFakeEntra(directory, { tls });
    const file = fileOf(`${certificate}${key}`);
    const { token } = await logIn({ properties: { ...ids, azureCertificateFile: file }, entra });
    const thumbprintNow = async () => {
      await token();
      return readJwt(formOf(entra).get('client_assertion') ?? '')?.header['x5t#S256'];
    };
    const before = await thumbprintNow();
    expect(await thumbprintNow()).toBe(before);
    writeFileSync(file, `${renewed.certificate}${renewed.key}`);
    expect(await thumbprintNow()).not.toBe(before);
    rmSync(file);
    await expect(token()).rejects.toThrow('failed to read the certificate file');
  });

  it('A37: that can not be read fails the component', async () => {
    const properties = { ...ids, azureCertificateFile: '/nowhere/shop.pem' };
    const missing = 'failed to read the certificate file (/nowhere/shop.pem): open /nowhere/shop.pem: no such file or directory';
    const detail = `no suitable token provider for Azure AD; errors: ${missing}`;
    await expect(logIn({ properties })).rejects.toMatchObject({ detail, hint: 'check azureCertificateFile' });
    await logIn({ properties, dialect: strictDialect, environment: { IDENTITY_ENDPOINT: 'http://127.0.0.1:9' } });
    const alone = { ...properties, azureAuthMethods: 'cert' };
    await expect(logIn({ properties: alone, dialect: strictDialect, route: () => 'http://127.0.0.1:9' })).rejects.toMatchObject({
      detail,
    });
  });
});

describe('workload identity', () => {
  const cluster = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const issuer = 'https://cluster.example/';
  const subject = 'system:serviceaccount:shop:shop';
  const federated = [{ issuer, subject, publicKey: cluster.publicKey }];
  const tokenFor = (claims: object = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: issuer, sub: subject, aud: ['api://AzureADTokenExchange'], exp: now + 3600, nbf: now, ...claims };
    return signJwt(cluster.privateKey, { kid: 'cluster' }, all);
  };
  const webhook = (file: string, entra: FakeService) => ({
    AZURE_FEDERATED_TOKEN_FILE: file,
    AZURE_TENANT_ID: TENANT,
    AZURE_CLIENT_ID: CLIENT,
    AZURE_AUTHORITY_HOST: `https://localhost:${entra.port}/`,
  });

  it('of what the AKS webhook puts into a pod, with the token read again', async () => {
    const directory = directoryOf({ federated });
    await using entra = await startFakeEntra(directory, { tls });
    const file = fileOf(tokenFor());
    const { token } = await logIn({ environment: webhook(file, entra) });
    expect(owner(directory, await token())).toBe(CLIENT);
    const form = formOf(entra);
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const rotated = tokenFor({ jti: 'rotated' });
    writeFileSync(file, rotated);
    await token();
    expect(formOf(entra).get('client_assertion')).toBe(rotated);
  });

  it.each([
    ['another subject', { sub: 'system:serviceaccount:other:other' }, 'AADSTS700213', 'must name this subject'],
    ['one that is over', { exp: 1 }, 'AADSTS700024', 'check the clock'],
  ])('refused: %s', async (_, claims, text, hint) => {
    await using entra = await startFakeEntra(directoryOf({ federated }), { tls });
    const { token } = await logIn({ environment: webhook(fileOf(tokenFor(claims)), entra) });
    const failing = token();
    await expect(failing).rejects.toThrow(`WorkloadIdentityCredential authentication failed. ${text}`);
    await expect(failing).rejects.toMatchObject({ hint: expect.stringContaining(hint) });
  });

  it('without its file is a failure, not a reason to go on', async () => {
    await using entra = await startFakeEntra(directoryOf({ federated }), { tls });
    const { token } = await logIn({ environment: webhook('/nowhere/token', entra) });
    await expect(token()).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: expect.stringContaining('WorkloadIdentityCredential authentication failed. open /nowhere/token: no such file'),
    });
    const empty = await logIn({ environment: webhook(fileOf(' \n'), entra) });
    await expect(empty.token()).rejects.toThrow('is empty');
  });

  it('of settings: another application and another file than those of the pod; the strict dialect knows the pod alone', async () => {
    const directory = directoryOf({ federated });
    await using entra = await startFakeEntra(directory, { tls });
    const environment = { ...webhook('/nowhere/token', entra), AZURE_CLIENT_ID: 'another' };
    const properties = { azureClientId: CLIENT, azureFederatedTokenFile: fileOf(tokenFor()) };
    const { token } = await logIn({ properties, environment });
    expect(owner(directory, await token())).toBe(CLIENT);
    const strict = await logIn({ properties, environment, dialect: strictDialect, route: closedMetadata });
    await expect(strict.token()).rejects.toThrow('open /nowhere/token');
  });
});

const closedMetadata = (url: string) => url.replace('http://169.254.169.254', 'http://127.0.0.1:9');

describe('AZURE_AUTHORITY_HOST', () => {
  it('counts for every way to log in', async () => {
    const directory = directoryOf();
    await using entra = await startFakeEntra(directory, { tls });
    const environment = { AZURE_AUTHORITY_HOST: `https://localhost:${entra.port}` };
    const { token } = await logIn({ properties: bySecret, environment });
    expect(owner(directory, await token())).toBe(CLIENT);
  });

  it.each(['http://localhost:1', 'localhost', 'https://'])('must be an https address: %s', async (host) => {
    await expect(logIn({ properties: bySecret, environment: { AZURE_AUTHORITY_HOST: host } })).rejects.toThrow(
      'the variable AZURE_AUTHORITY_HOST is not an https address',
    );
  });

  it.each([
    ['AzureChinaCloud', 'https://login.chinacloudapi.cn/', 'https://vault.azure.cn/.default'],
    ['AZUREUSGOVERNMENT', 'https://login.microsoftonline.us/', 'https://vault.usgovcloudapi.net/.default'],
  ])('does not count in %s, which has an authority and an audience of its own', async (azureEnvironment, authority, scope) => {
    const directory = directoryOf();
    await using entra = await startFakeEntra(directory, { tls, authority: authority.slice(0, -1) });
    const seen: string[] = [];
    const route = (url: string) => {
      seen.push(url);
      return url.replace(authority, `https://localhost:${entra.port}/`);
    };
    const environment = { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com' };
    const { credential } = await logIn({ properties: { ...bySecret, azureEnvironment }, environment, route });
    const token = await credential.getToken(scope);
    expect(directory.issuer.read(token?.token ?? '')?.aud).toBe(scope.replace('/.default', ''));
    expect(seen.at(-1)?.replace(/\?.*/, '')).toBe(`${authority}${TENANT}/oauth2/v2.0/token`);
  });
});
