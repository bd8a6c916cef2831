import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictDialect } from '@coffer/core';
import { answer, malformed, redirect, startFakeService } from '@coffer/fake-services';
import type { FakeGoogle } from '@coffer/fake-services/google';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { failureOf, keyOf, open, type Setup, start } from './open.ts';

const PROJECT = { project_id: 'my-project' };
const ROBOT = 'robot@my-project.iam.gserviceaccount.com';
const AUDIENCE = '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pool/providers/p';
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
const ALPHA = { alpha: 'value of alpha' };
const NO_CREDENTIALS =
  'failed to setup secretmanager client: credentials: could not find default credentials. See https://cloud.google.com/docs/authentication/external/set-up-adc for more information';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-gcp-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

function file(text: string | object): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text));
  return path;
}

/** A pool that takes the token `subject`, and whose members may act as the robot. */
function federated(fake: FakeGoogle, source: object, more: object = {}): Record<string, string> {
  const accepts = (token: string) => (token === 'subject' ? 'pod' : undefined);
  fake.identity.pools.set(AUDIENCE, { type: JWT_TYPE, accepts });
  fake.identity.tokenCreators.add(`pod ${ROBOT}`);
  const document = {
    type: 'external_account',
    audience: AUDIENCE,
    subject_token_type: JWT_TYPE,
    token_url: `${fake.url}/v1/token`,
    credential_source: source,
    ...more,
  };
  return { ...PROJECT, trustedTokenHosts: '127.0.0.1', credentialsJSON: JSON.stringify(document) };
}

function impersonation(fake: FakeGoogle, account = ROBOT): object {
  return {
    service_account_impersonation_url: `${fake.url}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    service_account_impersonation: { token_lifetime_seconds: 600 },
  };
}

async function read(fake: FakeGoogle, setup: Setup): Promise<object> {
  const { get, store } = await open(fake, setup);
  const values = await get('alpha');
  await store.close();
  return values;
}

describe('the key in the settings', () => {
  it('G7, G8, G9: any spelling of the project; any part of a key selects it, in the strict dialect its id alone', async () => {
    await using fake = await start();
    const { project_id, private_key_id, ...key } = keyOf(fake);
    for (const name of ['projectID', 'project_id', 'PROJECTID']) {
      expect(await read(fake, { properties: { ...key, [name]: 'my-project' } })).toEqual(ALPHA);
    }
    expect(fake.calls.every((call) => call.startsWith('GET projects/'))).toBe(true);
    const properties = { ...key, ...PROJECT };
    await expect(open(fake, { properties, dialect: strictDialect })).rejects.toMatchObject({ detail: NO_CREDENTIALS });
    await expect(open(fake, { properties: PROJECT })).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: NO_CREDENTIALS,
    });
    const strict = { ...properties, private_key_id: String(private_key_id) };
    expect(await read(fake, { properties: strict, dialect: strictDialect })).toEqual(ALPHA);
  });

  it.each([
    ['G3', {}, 'type'],
    ['G4', { type: 'service_account' }, 'private_key'],
    ['G5', { type: 'service_account', private_key: 'garbage' }, 'client_email'],
  ])('%s: misses the parts of a key in order', async (_, more, missing) => {
    await using fake = await start();
    const detail = `failed to setup secretmanager client: missing property \`${missing}\` in metadata`;
    for (const dialect of [undefined, strictDialect]) {
      const properties = { ...PROJECT, private_key_id: 'k', ...more };
      await expect(open(fake, { properties, ...(dialect && { dialect }) })).rejects.toMatchObject({ detail });
    }
  });

  it('G6, G11: refuses a key that is none, without quoting it', async () => {
    await using fake = await start();
    const garbage = [
      'canary-of-a-key',
      `-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----`,
      '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBl9ZEmJNYgGRbJFBqqpqQ==\n-----END EC PRIVATE KEY-----',
    ];
    for (const private_key of garbage) {
      const failure = await failureOf(open(fake, { properties: { ...keyOf(fake), private_key } }));
      expect(failure).toMatchObject({ code: 'failed_precondition', operation: 'init' });
      expect(failure.detail).toBe(
        'failed to setup secretmanager client: credentials: could not parse key: private key should be a PEM or plain PKCS1 or PKCS8',
      );
    }
  });

  it('G21: takes \\n for line ends, which the strict dialect does not', async () => {
    await using fake = await start();
    const key = keyOf(fake);
    const properties = { ...key, private_key: String(key.private_key).replaceAll('\n', '\\n') };
    expect(await read(fake, { properties })).toEqual(ALPHA);
    await expect(open(fake, { properties, dialect: strictDialect })).rejects.toThrow(/could not parse key/);
  });

  it('signs once an hour, not once a call', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    await Promise.all(Array.from({ length: 5 }, () => get('alpha')));
    await get('beta');
    expect(new Set(fake.service.requests.map(({ headers }) => headers.authorization)).size).toBe(1);
  });
});

describe('a credentials document', () => {
  it('is taken from the setting, a file, the environment and gcloud, in this order', async () => {
    await using fake = await start();
    const named = (email: string) => fake.key(email);
    const home = join(folder, 'home');
    mkdirSync(join(home, '.config', 'gcloud'), { recursive: true });
    writeFileSync(join(home, '.config', 'gcloud', 'application_default_credentials.json'), JSON.stringify(named('left@gcloud')));
    const environment = { HOME: home, GOOGLE_APPLICATION_CREDENTIALS: file(named('from@environment')) };
    const who = async (properties: Record<string, string>, around: Record<string, string>) => {
      await read(fake, { properties: { ...PROJECT, ...properties }, dependencies: { environment: around } });
      const [, claims = ''] = String(fake.service.requests.at(-1)?.headers.authorization).split('.');
      return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string }).iss;
    };
    expect(await who({ credentialsJSON: JSON.stringify(named('in@setting')) }, environment)).toBe('in@setting');
    expect(await who({ credentials_file: file(named('in@file')) }, environment)).toBe('in@file');
    expect(await who({}, environment)).toBe('from@environment');
    expect(await who({}, { HOME: home })).toBe('left@gcloud');
    expect(await who({}, { CLOUDSDK_CONFIG: join(home, '.config', 'gcloud') })).toBe('left@gcloud');
    // The reference has default credentials only.
    const strict = { properties: { ...PROJECT, credentialsJSON: 'x' }, dialect: strictDialect, dependencies: { environment } };
    expect(await read(fake, strict)).toEqual(ALPHA);
  });

  it.each([
    ['no JSON', 'canary {', /credentialsJSON is not JSON$/],
    ['no object', '["canary"]', /is not a JSON object$/],
    ['no type', '{"canary":1}', /type of the credentials is not known$/],
    ['another type', '{"type":"canary"}', /type of the credentials is not known$/],
    ['a type that is no text', '{"type":7}', /type of the credentials is not text$/],
    ['a key without an email', '{"type":"service_account","private_key":"canary"}', /have no client_email$/],
    ['an inherited member', '{"type":"service_account","__proto__":{"client_email":"canary"}}', /have no client_email$/],
    ['a person without a secret', '{"type":"authorized_user","client_id":"canary"}', /have no client_secret$/],
    ['federation without an audience', '{"type":"external_account"}', /have no audience$/],
    [
      'impersonation of nobody',
      '{"type":"impersonated_service_account","source_credentials":{}}',
      /have no service_account_impersonation_url$/,
    ],
    [
      'a chain',
      '{"type":"impersonated_service_account","source_credentials":{"type":"impersonated_service_account"}}',
      /impersonated themselves$/,
    ],
  ])('refuses %s at start, without quoting it', async (_, credentialsJSON, detail) => {
    await using fake = await start();
    const failure = await failureOf(open(fake, { properties: { ...PROJECT, credentialsJSON } }));
    expect(failure).toMatchObject({ code: 'failed_precondition', operation: 'init' });
    expect(failure.detail).toMatch(detail);
    expect(failure.detail).toMatch(/^failed to setup secretmanager client: credentials: /);
    expect(`${failure.detail}${failure.hint}`).not.toContain('canary');
    expect(failure.hint).toMatch(/./);
  });

  it('names a file that is not there or may not be read', async () => {
    await using fake = await start();
    const path = join(folder, 'missing.json');
    for (const setup of [
      { properties: { ...PROJECT, credentialsFile: path } },
      { properties: PROJECT, dependencies: { environment: { GOOGLE_APPLICATION_CREDENTIALS: path } } },
    ]) {
      await expect(open(fake, setup)).rejects.toMatchObject({
        code: 'failed_precondition',
        detail: expect.stringContaining(`open ${path}: no such file or directory`),
      });
    }
    await expect(open(fake, { properties: { ...PROJECT, credentialsFile: folder } })).rejects.toThrow(/is a directory/);
  });

  it('has to be of the component’s cloud', async () => {
    await using fake = await start();
    const credentialsJSON = JSON.stringify({ ...fake.key(), universe_domain: 'example.test' });
    const failure = await failureOf(open(fake, { properties: { ...PROJECT, credentialsJSON } }));
    expect(failure).toMatchObject({ code: 'failed_precondition', hint: 'set universeDomain: example.test' });
    expect(await read(fake, { properties: { ...PROJECT, credentialsJSON, universe_domain: 'example.test' } })).toEqual(ALPHA);
  });

  it('of a person: the refresh token is exchanged', async () => {
    await using fake = await start();
    const [client_id, client_secret, refresh_token] = ['id', 'secret-canary', 'refresh-canary'];
    fake.identity.refreshTokens.set(refresh_token, { clientId: client_id, clientSecret: client_secret, principal: 'me' });
    const person = { type: 'authorized_user', client_id, client_secret, refresh_token, token_uri: `${fake.url}/token` };
    const worker = { ...person, type: 'external_account_authorized_user', token_url: `${fake.url}/v1/oauthtoken` };
    const given = (document: object) => ({
      ...PROJECT,
      trustedTokenHosts: '127.0.0.1',
      credentialsJSON: JSON.stringify(document),
    });
    for (const document of [person, worker]) expect(await read(fake, { properties: given(document) })).toEqual(ALPHA);
    const { get } = await open(fake, { properties: given({ ...person, refresh_token: 'other' }) });
    const failure = await failureOf(get('alpha'));
    expect(failure.code).toBe('unauthenticated');
    expect(failure.detail).toBe(
      `failed to access secret version: rpc error: code = Unauthenticated desc = transport: per-RPC creds failed due to error: credentials: cannot fetch token: ${new URL(fake.url).host} answered 400: invalid_grant: Token has been expired or revoked.`,
    );
    expect(failure.hint).toContain('gcloud auth application-default login');
    // A service that repeats what it was sent is not repeated.
    const echo = answer(400, {}, { error: 'invalid_grant', error_description: `bad ${refresh_token}` });
    fake.service.inject(echo, { when: ({ path }) => path === '/token' });
    const echoed = await failureOf(read(fake, { properties: given(person) }));
    expect(echoed.detail).toMatch(/answered 400$/);
  });

  it('of an impersonated account: its source’s token buys one of the account', async () => {
    await using fake = await start();
    const key = fake.key();
    fake.identity.tokenCreators.add(`${key.client_email} ${ROBOT}`);
    const document = { type: 'impersonated_service_account', source_credentials: key, ...impersonation(fake) };
    const properties = { ...PROJECT, trustedTokenHosts: '127.0.0.1', credentialsJSON: JSON.stringify(document) };
    expect(await read(fake, { properties })).toEqual(ALPHA);
    expect(JSON.parse(String(fake.service.requests[0]?.body))).toMatchObject({ lifetime: '600s' });
    fake.identity.tokenCreators.clear();
    const failure = await failureOf(read(fake, { properties }));
    expect(failure.code).toBe('unauthenticated');
    expect(failure.hint).toContain('roles/iam.serviceAccountTokenCreator');
  });
});

describe('workload identity federation', () => {
  it.each([
    ['a text file', () => ({ file: file('subject') })],
    ['a JSON file', () => ({ file: file({ token: 'subject' }), format: { type: 'json', subject_token_field_name: 'token' } })],
  ])('exchanges the token in %s, for itself and for an account', async (_, source) => {
    await using fake = await start();
    expect(await read(fake, { properties: federated(fake, source()) })).toEqual(ALPHA);
    expect(fake.calls.map((call) => call.split('?')[0])).toEqual([
      'POST token',
      'GET projects/my-project/secrets/alpha/versions/latest:access',
    ]);
    expect(await read(fake, { properties: federated(fake, source(), impersonation(fake)) })).toEqual(ALPHA);
    expect(fake.calls.at(-2)).toBe(`POST projects/-/serviceAccounts/${ROBOT}:generateAccessToken`);
  });

  it('reads a token file anew for each exchange', async () => {
    await using fake = await start();
    const path = file('not yet');
    const printed = vi.spyOn(console, 'warn');
    const { get } = await open(fake, { properties: federated(fake, { file: path }) });
    const failure = await failureOf(get('alpha'));
    expect(failure.detail).toContain('answered 400: invalid_grant: The given credential is rejected by the attribute condition.');
    expect(failure.hint).toContain('attribute condition');
    writeFileSync(path, 'subject');
    expect(await get('alpha')).toEqual(ALPHA);
    rmSync(path);
    fake.tokens.revokeAll();
    await expect(get('alpha')).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: expect.stringContaining('cannot get the subject token'),
    });
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  it('asks an address for the token, through no redirect', async () => {
    await using fake = await start();
    await using platform = await startFakeService(({ headers }) =>
      headers['x-key'] === 'k' ? { status: 200, body: { value: 'subject' } } : { status: 403, body: 'canary-of-a-body' },
    );
    const format = { type: 'json', subject_token_field_name: 'value' };
    const source = { url: `${platform.url}/token`, headers: { 'X-Key': 'k' }, format };
    expect(await read(fake, { properties: federated(fake, source) })).toEqual(ALPHA);
    const refused = await failureOf(read(fake, { properties: federated(fake, { ...source, headers: {} }) }));
    expect(refused.code).toBe('unauthenticated');
    expect(refused.detail).toContain('cannot get the subject token: its address refused (status 403)');
    expect(JSON.stringify(refused)).not.toContain('canary');
    platform.inject(redirect(`${fake.url}/elsewhere`));
    await expect(read(fake, { properties: federated(fake, source) })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(fake.calls).not.toContain('GET /elsewhere');
  });

  it('of AWS: the caller’s identity is signed and exchanged', async () => {
    await using fake = await start();
    for (const [name, value] of Object.entries({
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_SESSION_TOKEN: 't',
    })) {
      vi.stubEnv(name, value);
    }
    const type = 'urn:ietf:params:aws:token-type:aws4_request';
    const source = {
      environment_id: 'aws1',
      regional_cred_verification_url: 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
    };
    const properties = federated(fake, source, { subject_token_type: type });
    fake.identity.pools.set(AUDIENCE, {
      type,
      accepts: (token) => {
        const { url, headers } = JSON.parse(decodeURIComponent(token)) as {
          url: string;
          headers: { key: string; value: string }[];
        };
        const header = (name: string) => headers.find(({ key }) => key.toLowerCase() === name)?.value;
        const isSigned = /^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/eu-central-1\/sts\/aws4_request/.test(
          header('authorization') ?? '',
        );
        const isFor =
          header('x-goog-cloud-target-resource') === AUDIENCE && url.startsWith('https://sts.eu-central-1.amazonaws.com');
        return isSigned && isFor ? 'role' : undefined;
      },
    });
    expect(await read(fake, { properties })).toEqual(ALPHA);
  });

  it('of a program: it runs only if the environment lets it', async () => {
    await using fake = await start();
    const program = file(`#!/bin/sh
echo '{"version":1,"success":true,"token_type":"${JWT_TYPE}","id_token":"subject","expiration_time":9999999999}'
`);
    chmodSync(program, 0o755);
    const properties = federated(fake, { executable: { command: program, timeout_millis: 5000 } });
    await expect(read(fake, { properties })).rejects.toThrow(/GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES/);
    vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1');
    expect(await read(fake, { properties })).toEqual(ALPHA);
  });

  it('refuses what it does not know, at start', async () => {
    await using fake = await start();
    for (const [source, text] of [
      [{ certificate: { use_default_certificate_config: true } }, /certificate is not supported/],
      [{}, /credential_source/],
      [{ file: 'a', url: 'b' }, /credential_source/],
    ] as const) {
      await expect(open(fake, { properties: federated(fake, source) })).rejects.toThrow(text);
    }
  });
});

describe('hosts that credentials go to', () => {
  const EVIL = 'https://sts.googleapis.com.evil.test/v1/token';
  it.each([
    ['token_url', EVIL],
    ['token_url', 'https://evil.test/v1/token'],
    ['token_url', 'http://sts.googleapis.com/v1/token'],
    ['token_url', 'https://sts.googleapis.com:8443/v1/token'],
    ['token_url', 'https://user@sts.googleapis.com/v1/token'],
    ['token_url', 'https://storage.googleapis.com/evil/token'],
    ['token_url', 'https://evilgoogleapis.com/sts'],
    ['token_url', 'https://127.0.0.1/v1/token'],
    ['token_url', 'file:///etc/passwd'],
    ['token_url', 'not an address'],
    ['service_account_impersonation_url', 'https://evil.test/v1/projects/-/serviceAccounts/a@b:generateAccessToken'],
    ['service_account_impersonation_url', 'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:signBlob'],
  ])('are refused at start in %s: %s', async (member, address) => {
    await using fake = await start();
    const document = {
      type: 'external_account',
      audience: AUDIENCE,
      subject_token_type: JWT_TYPE,
      token_url: 'https://sts.googleapis.com/v1/token',
      credential_source: { file: file('subject') },
      [member]: address,
    };
    const environment = { GOOGLE_APPLICATION_CREDENTIALS: file(document) };
    for (const setup of [
      { properties: { ...PROJECT, credentialsJSON: JSON.stringify(document) } },
      { properties: PROJECT, dependencies: { environment } },
      { properties: PROJECT, dependencies: { environment }, dialect: strictDialect },
    ]) {
      await expect(open(fake, setup)).rejects.toMatchObject({ code: 'failed_precondition', hint: expect.stringMatching(/./) });
    }
  });

  it.each([
    'https://sts.googleapis.com/v1/token',
    'https://sts.mtls.googleapis.com/v1/token',
    'https://sts.europe-west3.rep.googleapis.com/v1/token',
    'https://us-east1-sts.googleapis.com/v1/token',
    'https://sts-shop.p.googleapis.com/v1/token',
  ])('are taken when they are Google’s: %s', async (token_url) => {
    await using fake = await start();
    const document = { type: 'external_account', audience: AUDIENCE, subject_token_type: JWT_TYPE, token_url };
    const credentialsJSON = JSON.stringify({ ...document, credential_source: { file: file('subject') } });
    const { store } = await open(fake, { properties: { ...PROJECT, credentialsJSON } });
    await store.close();
  });

  it('gives a subject token only over an encrypted or near connection', async () => {
    await using fake = await start();
    const properties = federated(fake, { url: 'http://platform.example.test/token' });
    const failure = await failureOf(read(fake, { properties }));
    expect(failure.code).toBe('failed_precondition');
    expect(failure.detail).toContain('credential_source names http://platform.example.test, which is not encrypted');
  });

  it('does not follow a redirect of the token exchange', async () => {
    await using fake = await start();
    await using thief = await startFakeService(() => ({ status: 200, body: { access_token: 'x', expires_in: 3600 } }));
    const { get } = await open(fake, { properties: federated(fake, { file: file('subject') }) });
    fake.service.inject(redirect(`${thief.url}/v1/token`), { times: 1 });
    await expect(get('alpha')).rejects.toMatchObject({ code: 'unavailable' });
    expect(thief.requests).toEqual([]);
    expect(await get('alpha')).toEqual(ALPHA);
  });
});

describe('the metadata server', () => {
  const onGoogle = (fake: FakeGoogle, environment = {}) => ({
    properties: PROJECT,
    dependencies: { environment: { GCE_METADATA_HOST: new URL(fake.url).host, ...environment } },
  });

  it('gives tokens, and is not asked at start', async () => {
    await using fake = await start();
    fake.identity.instanceAccount = 'vm@my-project';
    const { get } = await open(fake, onGoogle(fake));
    expect(fake.calls).toEqual([]);
    expect(await get('alpha')).toEqual(ALPHA);
    expect(await get('beta')).toEqual({ beta: 'value of beta' });
    expect(fake.calls.filter((call) => call.includes('computeMetadata'))).toHaveLength(1);
  });

  it('is never asked through a proxy, which Secret Manager is', async () => {
    await using fake = await start();
    const name = 'projects/1/secrets/alpha/versions/7';
    await using proxy = await startFakeService(() => ({ status: 200, body: { name, payload: { data: '' } } }));
    const address = new URL('http://secretmanager.invalid');
    const proxies = { HTTP_PROXY: proxy.url };
    const { get } = await open(fake, { dependencies: { environment: proxies, address } });
    expect(await get('alpha')).toEqual({ alpha: '' });
    expect(proxy.requests.map(({ path }) => path)).toEqual([
      `${address.origin}/v1/projects/my-project/secrets/alpha/versions/latest:access`,
    ]);
    const environment = { ...proxies, GCE_METADATA_HOST: 'metadata.invalid' };
    const direct = await open(fake, { properties: PROJECT, dependencies: { environment, address } });
    await expect(direct.get('alpha')).rejects.toMatchObject({ code: 'unavailable' });
    expect(proxy.requests).toHaveLength(1);
  });

  it('is found by asking, when nothing else tells, and is to say whose it is', async () => {
    await using fake = await start();
    fake.identity.instanceAccount = 'vm@my-project';
    const dependencies = { environment: {}, metadataHost: new URL(fake.url).host };
    expect(await read(fake, { properties: PROJECT, dependencies })).toEqual(ALPHA);
    expect(fake.calls[0]).toBe('GET /');
    await using other = await startFakeService(() => ({ status: 200, body: 'latest' }));
    const elsewhere = { environment: {}, metadataHost: new URL(other.url).host };
    await expect(open(fake, { properties: PROJECT, dependencies: elsewhere })).rejects.toMatchObject({ detail: NO_CREDENTIALS });
    const aborted = open(fake, { properties: PROJECT, dependencies: { environment: { GCE_METADATA_HOST: 'no host' } } });
    await expect(aborted).rejects.toThrow(/GCE_METADATA_HOST is not a host/);
  });

  it('is known by the firmware, or by Cloud Run’s variables', async () => {
    await using fake = await start();
    const productFile = file('Google Compute Engine\n');
    await (await open(fake, { properties: PROJECT, dependencies: { environment: {}, productFile } })).store.close();
    await (await open(fake, { properties: PROJECT, dependencies: { environment: { K_SERVICE: 'shop' } } })).store.close();
    expect(fake.calls).toEqual([]);
  });

  it('says what to check when it has no account', async () => {
    await using fake = await start();
    fake.identity.instanceAccount = '';
    const failure = await failureOf((await open(fake, onGoogle(fake))).get('alpha'));
    expect(failure.code).toBe('unauthenticated');
    expect(failure.hint).toContain('Workload Identity');
  });
});

describe('tokens', () => {
  const onGoogle = async (fake: FakeGoogle) => {
    fake.identity.instanceAccount = 'vm@my-project';
    return await open(fake, {
      properties: { ...PROJECT, requestTimeout: '20s' },
      dependencies: { environment: { GCE_METADATA_HOST: new URL(fake.url).host } },
    });
  };
  const tokenCalls = (fake: FakeGoogle) => fake.calls.filter((call) => call.includes('computeMetadata')).length;

  it('are asked for once by all who wait; one who gives up leaves the others waiting', async () => {
    await using fake = await start();
    fake.service.delay = 30;
    const { store, get } = await onGoogle(fake);
    const controller = new AbortController();
    const impatient = store.get({ name: 'alpha', metadata: {} }, { signal: controller.signal });
    const others = Array.from({ length: 50 }, () => get('alpha'));
    controller.abort();
    await expect(impatient).rejects.toMatchObject({
      code: 'canceled',
      detail: 'failed to access secret version: rpc error: code = Canceled desc = context canceled',
    });
    expect(await Promise.all(others)).toEqual(others.map(() => ALPHA));
    expect(tokenCalls(fake)).toBe(1);
  });

  it('that the service refuses are replaced once in the call', async () => {
    await using fake = await start();
    const { get, bulk } = await onGoogle(fake);
    expect(await get('alpha')).toEqual(ALPHA);
    fake.tokens.revokeAll();
    expect(await get('alpha')).toEqual(ALPHA);
    expect(tokenCalls(fake)).toBe(2);
    for (let index = 0; index < 40; index++) fake.secrets.put(`s${index}`, 'v');
    let reads = 0;
    fake.service.inject(answer(500), {
      when: ({ path }) => path.endsWith(':access') && ++reads === 20 && !fake.tokens.revokeAll(),
    });
    expect(Object.keys(await bulk())).toHaveLength(43);
    expect(tokenCalls(fake)).toBe(3);
  });

  it('are replaced before their end while they go on being used', async () => {
    await using fake = await start();
    fake.tokens.lifetime = 60;
    const { get } = await onGoogle(fake);
    await get('alpha');
    fake.service.inject(answer(503), { when: ({ path }) => path.includes('computeMetadata') });
    // The token is in its last minutes, and no new one can be had.
    expect(await get('alpha')).toEqual(ALPHA);
    expect(await get('alpha')).toEqual(ALPHA);
    await vi.waitFor(() => expect(tokenCalls(fake)).toBe(2));
  });

  it('that end at once are asked for with every call', async () => {
    await using fake = await start();
    fake.tokens.lifetime = 5;
    const { get } = await onGoogle(fake);
    expect([await get('alpha'), await get('alpha')]).toEqual([ALPHA, ALPHA]);
    expect(tokenCalls(fake)).toBe(2);
  });

  it.each([
    ['unavailable', answer(503, {}, 'canary')],
    ['unavailable', malformed('{"access_token":"canary"')],
    ['unavailable', answer(200, {}, { access_token: 7 })],
    ['resource_exhausted', answer(429, {}, 'canary')],
    ['unauthenticated', answer(400, {}, { error: 'invalid_grant', error_description: 'canary '.repeat(2) })],
  ] as const)('that can’t be had are told apart: %s', async (code, fault) => {
    await using fake = await start();
    const { get } = await onGoogle(fake);
    fake.service.inject(fault, { when: ({ path }) => path.includes('computeMetadata'), times: 1 });
    const failure = await failureOf(get('alpha'));
    expect(failure.code).toBe(code);
    expect(failure.detail).toContain('credentials: cannot fetch token: ');
    expect(await get('alpha')).toEqual(ALPHA);
  });
});
