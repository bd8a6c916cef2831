import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictDialect } from '@coffer/core';
import { answer, hang } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { renewedCredentials } from '../src/credentials/renewed-credentials.ts';
import { failureOf, keyOf, open, start } from './open.ts';

const REGION = { regionId: 'cn-hangzhou' };
const METADATA = '/latest/meta-data/ram/security-credentials/';
const ROLE = { roleArn: 'acs:ram::1:role/coffer', providerArn: 'acs:ram::1:oidc-provider/ack', token: 'ey.example.token' };

async function podOf(token: string = ROLE.token) {
  const tokenFile = join(await mkdtemp(join(tmpdir(), 'coffer-oidc-')), 'token');
  await writeFile(tokenFile, `${token}\n`);
  const environment = {
    ALIBABA_CLOUD_ROLE_ARN: ROLE.roleArn,
    ALIBABA_CLOUD_OIDC_PROVIDER_ARN: ROLE.providerArn,
    ALIBABA_CLOUD_OIDC_TOKEN_FILE: tokenFile,
  };
  return { tokenFile, environment };
}

describe('credentials', () => {
  it('are those of the settings, with their security token', async () => {
    await using fake = await start();
    const { accessKeyId, accessKeySecret, securityToken } = fake.identities.issue(60_000);
    const { get } = await open(fake, { properties: { ...REGION, accessKeyId, accessKeySecret, securityToken } });
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(fake.service.requests[0]?.headers['x-acs-security-token']).toBe(securityToken);
  });

  it('are those of the environment', async () => {
    await using fake = await start();
    const { accessKeyId, accessKeySecret, securityToken } = fake.identities.issue(60_000);
    const environment = {
      ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: securityToken,
    };
    const { get } = await open(fake, { properties: REGION, environment });
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    const half = open(fake, { properties: REGION, environment: { ...environment, ALIBABA_CLOUD_ACCESS_KEY_SECRET: '' } });
    await expect(half).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: 'ALIBABA_CLOUD_ACCESS_KEY_SECRET is not set, and its counterpart is',
    });
  });

  it('are those of a pod, for its OIDC token, which does not stand in the address', async () => {
    await using fake = await start();
    fake.trusted = ROLE;
    const { environment } = await podOf();
    const { get } = await open(fake, { properties: REGION, environment });
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(fake.actions).toEqual(['AssumeRoleWithOIDC', 'GetSecretParameter']);
    const [request] = fake.service.requests;
    expect([request?.method, request?.headers.host, request?.headers.authorization]).toEqual([
      'POST',
      'sts.cn-hangzhou.aliyuncs.com',
      undefined,
    ]);
    expect(request?.search).not.toContain(ROLE.token);
    expect(request?.body.toString()).toContain('RoleSessionName=coffer');
  });

  it.each<[what: string, change: Partial<typeof ROLE>, detail: RegExp]>([
    ['role', { roleArn: 'acs:ram::1:role/other' }, /^AssumeRoleWithOIDC: EntityNotExist\.Role: /],
    ['provider', { providerArn: 'acs:ram::1:oidc-provider/other' }, /^AssumeRoleWithOIDC: EntityNotExist\.OIDCProvider: /],
    ['token', { token: 'another' }, /^AssumeRoleWithOIDC: AuthenticationFail\.OIDCToken\.Invalid: This JWT \*\*\* is invalid/],
  ])('of a pod are refused at start where the %s is wrong', async (_, change, detail) => {
    await using fake = await start();
    fake.trusted = { ...ROLE, ...change };
    const { environment } = await podOf();
    const failure = await failureOf(open(fake, { properties: REGION, environment }));
    expect(failure).toMatchObject({ code: 'unauthenticated', detail: expect.stringMatching(detail) });
    expect(failure.hint).toMatch(/trust policy/);
  });

  it('of a pod say which file is missing or empty', async () => {
    await using fake = await start();
    const { environment } = await podOf('');
    await expect(open(fake, { properties: REGION, environment })).rejects.toMatchObject({ code: 'unauthenticated' });
    const elsewhere = { ...environment, ALIBABA_CLOUD_OIDC_TOKEN_FILE: '/nowhere/token' };
    await expect(open(fake, { properties: REGION, environment: elsewhere })).rejects.toMatchObject({
      detail: 'open /nowhere/token: no such file or directory',
    });
  });

  it.each(['hardened', 'both', 'tokenless'] as const)('are those of the instance (metadata service: %s)', async (mode) => {
    await using fake = await start();
    fake.instanceRole = 'coffer-reader';
    fake.metadataMode = mode;
    const { get } = await open(fake, { properties: REGION });
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    const paths = fake.service.requests.map(({ path }) => path);
    expect(paths).toEqual(['/latest/api/token', METADATA, `${METADATA}coffer-reader`, '/']);
  });

  it('of the instance are not asked for without a token where that is forbidden', async () => {
    await using fake = await start();
    fake.instanceRole = 'coffer-reader';
    fake.metadataMode = 'tokenless';
    const environment = { ALIBABA_CLOUD_IMDSV1_DISABLED: 'true' };
    await expect(open(fake, { properties: REGION, environment })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(fake.service.requests.map(({ path }) => path)).toEqual(['/latest/api/token']);
  });

  it('are those of the role that the settings or the environment name', async () => {
    await using fake = await start();
    fake.instanceRole = 'named';
    // The setting goes before what the environment has.
    const { environment } = await podOf();
    await open(fake, { properties: { ...REGION, ecsRamRole: 'named' }, environment });
    await open(fake, { properties: REGION, environment: { ALIBABA_CLOUD_ECS_METADATA: 'named' } });
    expect(fake.service.requests.map(({ path }) => path)).toEqual([
      '/latest/api/token',
      `${METADATA}named`,
      '/latest/api/token',
      `${METADATA}named`,
    ]);
    const other = open(fake, { properties: { ...REGION, ecsRamRole: 'other' } });
    await expect(other).rejects.toMatchObject({ code: 'unauthenticated', detail: 'metadata service knows no such role' });
  });

  it('that are nowhere fail the start, and say what to set', async () => {
    await using fake = await start();
    const disabled = { ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true' };
    const failure = await failureOf(open(fake, { properties: REGION, environment: disabled }));
    expect(failure).toMatchObject({ code: 'failed_precondition', detail: 'no credentials are found', operation: 'init' });
    expect(failure.hint).toMatch(/accessKeyId/);
    expect(fake.service.requests).toEqual([]);
    fake.service.inject(hang());
    await expect(open(fake, { properties: REGION })).rejects.toMatchObject({ detail: 'no credentials are found' });
  });

  it('that are not in the settings are none under the strict dialect', async () => {
    await using fake = await start();
    fake.instanceRole = 'coffer-reader';
    const { accessKeyId, accessKeySecret } = fake.key;
    const environment = { ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId, ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret };
    const { get } = await open(fake, { properties: REGION, environment, dialect: strictDialect });
    await expect(get('alpha')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(fake.service.requests.map(({ headers }) => headers.authorization?.slice(0, 45))).toEqual([
      'ACS3-HMAC-SHA256 Credential=,SignedHeaders=ho',
    ]);
  });
});

describe('credentials that end', () => {
  it('are replaced at once when the service does not take them any more', async () => {
    await using fake = await start();
    fake.instanceRole = 'coffer-reader';
    const { get } = await open(fake, { properties: REGION });
    await get('alpha');
    for (const session of fake.sessions) session.expiresAt = 0;
    // Twenty reads find out, and one of them asks.
    expect(await Promise.all(Array.from({ length: 20 }, () => get('beta')))).toHaveLength(20);
    expect(fake.sessions).toHaveLength(2);
  });

  it('are replaced before they end, with the token of then', async () => {
    await using fake = await start();
    fake.trusted = ROLE;
    fake.sessionTime = 20_000;
    const { environment, tokenFile } = await podOf();
    const { get } = await open(fake, { properties: REGION, environment });
    fake.trusted = { ...ROLE, token: 'the.next.one' };
    await writeFile(tokenFile, 'the.next.one');
    fake.sessionTime = 3_600_000;
    await get('alpha');
    await get('alpha');
    expect(fake.actions.filter((action) => action === 'AssumeRoleWithOIDC')).toHaveLength(2);
  });

  it('that last are not asked for again', async () => {
    await using fake = await start();
    const { get } = await open(fake, { properties: { ...keyOf(fake), accessKeySecret: 'wrong' } });
    const failure = await failureOf(get('alpha'));
    expect(failure).toMatchObject({ code: 'unauthenticated', retryable: false });
    expect(fake.service.requests).toHaveLength(1);
  });

  it('leave the others waiting when one caller gives up, and end with the store', async () => {
    await using fake = await start();
    fake.instanceRole = 'coffer-reader';
    const { get, store } = await open(fake, { properties: REGION });
    for (const session of fake.sessions) session.expiresAt = 0;
    fake.service.inject(hang(), { when: ({ path }) => path === '/latest/api/token', times: 1 });
    const controller = new AbortController();
    const given = store.get({ name: 'alpha', metadata: {} }, { signal: controller.signal });
    const waiting = get('alpha');
    while (fake.service.requests.filter(({ path }) => path === '/latest/api/token').length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: 'canceled' });
    await store.close();
    await expect(waiting).rejects.toMatchObject({ code: expect.stringMatching(/^(canceled|unavailable)$/) });
  });

  it('go on being used when an early replacement fails', async () => {
    let asked = 0;
    const source = async () => {
      asked++;
      if (asked > 1) throw new Error('not now');
      return { keyId: 'k', secret: 's', token: 't', expiresAt: Date.now() + 120_000 };
    };
    const credentials = renewedCredentials(source, 1000);
    for (let time = 0; time < 5; time++) expect((await credentials.current()).keyId).toBe('k');
    expect(asked).toBe(2);
  });

  it('are whole, or none', async () => {
    await using fake = await start();
    fake.instanceRole = 'coffer-reader';
    for (const body of [{ Code: 'Failed' }, { Code: 'Success', AccessKeyId: 'a' }, {}, 'no JSON']) {
      fake.service.clearFaults();
      fake.service.inject(answer(200, {}, body), { when: ({ path }) => path.endsWith('/coffer-reader') });
      await expect(open(fake, { properties: REGION })).rejects.toMatchObject({
        code: 'unavailable',
        detail: 'metadata service gave no whole credentials',
      });
    }
  });
});
