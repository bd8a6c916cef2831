import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { strictDialect } from '@coffer/core';
import { answer, hang, malformed, redirect } from '@coffer/fake-services';
import { ADMIN_KEY, type FakeTencent } from '@coffer/fake-services/tencentcloud';
import { afterAll, describe, expect, it } from 'vitest';
import { renewedKeys } from '../src/credentials/renewed-keys.ts';
import { failureOf, open, REGION, type Setup, start } from './open.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'tencentcloud-ssm-'));
afterAll(() => rmSync(folder, { recursive: true }));

const V1 = { VersionID: 'v1' };
const VALUE = { alpha: 'first of alpha' };
const metadataCalls = ({ path: at }: { path: string }) => at.startsWith('/latest/');
const stsCalls = ({ headers }: { headers: object }) =>
  'x-tc-action' in headers && headers['x-tc-action'] === 'AssumeRoleWithWebIdentity';

function onMachine(
  fake: FakeTencent,
  environment: Record<string, string> = {},
  properties: Record<string, string> = REGION,
): Setup {
  return { properties, dependencies: { environment, metadataAddress: new URL(fake.url) } };
}

function inPod(fake: FakeTencent): Setup {
  const tokenFile = path.join(folder, 'token');
  writeFileSync(tokenFile, 'a-pod-token\n');
  fake.roles.podRole = { roleArn: 'qcs::cam::uin/1:roleName/reader', providerId: 'cls-1', webIdentityToken: 'a-pod-token' };
  const environment = {
    TKE_REGION: 'ap-guangzhou',
    TKE_PROVIDER_ID: 'cls-1',
    TKE_ROLE_ARN: 'qcs::cam::uin/1:roleName/reader',
    TKE_WEB_IDENTITY_TOKEN_FILE: tokenFile,
  };
  return onMachine(fake, environment, { stsEndpoint: fake.url });
}

describe('the key', () => {
  it('of the settings goes before all others', async () => {
    await using fake = await start();
    fake.roles.machineRole = 'reader';
    const environment = { TENCENTCLOUD_SECRET_ID: 'AKIDother', TENCENTCLOUD_SECRET_KEY: 'other' };
    const properties = { ...REGION, ...ADMIN_KEY };
    const { get } = await open(fake, onMachine(fake, environment, properties));
    expect(await get('alpha', V1)).toEqual(VALUE);
    expect(fake.calls[0]?.secretId).toBe(ADMIN_KEY.secretId);
  });

  it('of the environment is next, with its token, and so is its region', async () => {
    await using fake = await start();
    fake.addKey({ secretId: 'AKIDtemporary', secretKey: 'temporary', token: 'the-token' });
    const environment = {
      TENCENTCLOUD_SECRET_ID: 'AKIDtemporary',
      TENCENTCLOUD_SECRET_KEY: 'temporary',
      TENCENTCLOUD_TOKEN: 'the-token',
      TENCENTCLOUD_REGION: 'ap-guangzhou',
    };
    const { get } = await open(fake, onMachine(fake, environment, {}));
    expect(await get('alpha', V1)).toEqual(VALUE);
    expect(fake.requests[0]?.headers['x-tc-token']).toBe('the-token');
  });

  it('of the environment is not made up for when it is there by half', async () => {
    await using fake = await start();
    fake.roles.machineRole = 'reader';
    for (const name of ['TENCENTCLOUD_SECRET_ID', 'TENCENTCLOUD_SECRET_KEY']) {
      const failure = await failureOf(open(fake, onMachine(fake, { [name]: 'x' })));
      expect(failure).toMatchObject({ code: 'failed_precondition', detail: 'secret params are empty', operation: 'init' });
      expect(failure.hint).toContain('TENCENTCLOUD_SECRET_KEY');
    }
    expect(fake.requests).toHaveLength(0);
  });

  it.each([{ secretId: 'x' }, { secretKey: 'x' }, { token: 'x' }, { secretId: '', secretKey: '' }])(
    'T1: of the settings is not made up for when it is there by half: %j',
    async (properties) => {
      await using fake = await start();
      fake.roles.machineRole = 'reader';
      for (const setup of [{}, { dialect: strictDialect }]) {
        const failure = await failureOf(open(fake, { ...onMachine(fake, {}, { ...properties }), ...setup }));
        expect(failure).toMatchObject({ code: 'failed_precondition', detail: 'secret params are empty' });
      }
      expect(fake.requests).toHaveLength(0);
    },
  );

  it('T1: strictly, is only looked for in the settings', async () => {
    await using fake = await start();
    const failure = await failureOf(open(fake, { ...inPod(fake), dialect: strictDialect }));
    expect(failure.detail).toBe('secret params are empty');
    expect(fake.requests).toHaveLength(0);
  });
});

describe('the key of a machine', () => {
  it('is that of its role, asked for once and sent with its token', async () => {
    await using fake = await start();
    fake.roles.machineRole = 'reader';
    const { get, bulk } = await open(fake, onMachine(fake));
    expect(await get('alpha', V1)).toEqual(VALUE);
    expect(Object.keys(await bulk())).toHaveLength(2);
    expect(fake.roles.issued).toHaveLength(1);
    expect(fake.requests.filter(metadataCalls).map(({ path: at }) => at)).toEqual([
      '/latest/meta-data/cam/security-credentials/',
      '/latest/meta-data/cam/security-credentials/reader',
    ]);
  });

  it.each<[name: string, break_: (fake: FakeTencent) => void]>([
    ['no role is bound', () => undefined],
    ['nobody answers', (fake) => fake.inject(hang(), { when: metadataCalls })],
    ['a captive portal answers', (fake) => fake.inject(answer(200, {}, '<html>canary</html>'), { when: metadataCalls })],
    ['somebody sends it elsewhere', (fake) => fake.inject(redirect('http://127.0.0.1:1/'), { when: metadataCalls })],
    [
      'there is none for the role',
      (fake) => {
        fake.roles.machineRole = 'reader';
        fake.inject(malformed('{"Code":"Failed","TmpSecretId":"canary"}'), { when: ({ path: at }) => at.endsWith('/reader') });
      },
    ],
  ])('is missed at the start when %s', async (_, break_) => {
    await using fake = await start();
    break_(fake);
    const failure = await failureOf(open(fake, onMachine(fake)));
    expect(failure).toMatchObject({ code: 'failed_precondition', detail: 'secret params are empty' });
    expect(failure.hint).toContain('bind a role to the instance');
    expect(`${failure.stack}${failure.hint}`).not.toContain('canary');
  });

  it('that the caller does not wait for is none', async () => {
    await using fake = await start();
    fake.inject(hang());
    const { TencentSsmStore } = await import('../src/store.ts');
    const { cofferDialect } = await import('@coffer/core');
    const store = new TencentSsmStore({ environment: {}, metadataAddress: new URL(fake.url) });
    const controller = new AbortController();
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const metadata = {
      secretId: undefined,
      secretKey: undefined,
      token: undefined,
      region: 'r',
      endpoint: undefined,
      stsEndpoint: undefined,
      requestTimeout: 30_000,
    };
    const init = store.init({ component: 't', metadata, dialect: cofferDialect, logger }, { signal: controller.signal });
    while (fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort();
    expect(await failureOf(init)).toMatchObject({ code: 'canceled' });
    await store.close();
  });

  it('that is taken back is asked for anew, and once for all who read', async () => {
    await using fake = await start();
    fake.roles.machineRole = 'reader';
    for (let index = 0; index < 30; index++) fake.secrets.put(`s${index}`, 'v');
    const { get, bulk } = await open(fake, onMachine(fake));
    expect(await get('alpha', V1)).toEqual(VALUE);
    fake.roles.revoke();
    expect(Object.keys(await bulk(V1))).toHaveLength(32);
    expect(fake.roles.issued).toHaveLength(1);
    // Not for ever: the second refusal in a short while is told.
    fake.roles.revoke();
    expect(await failureOf(get('alpha', V1))).toMatchObject({ code: 'unauthenticated' });
  });

  it('that ends in the middle of a bulk read is replaced', async () => {
    let now = Date.now();
    await using fake = await start({ now: () => now });
    fake.roles.machineRole = 'reader';
    for (let index = 0; index < 60; index++) fake.secrets.put(`s${index}`, 'v');
    const { bulk } = await open(fake, onMachine(fake));
    fake.roles.lifetime = 3600;
    const read = bulk(V1);
    while (fake.count('GetSecretValue') < 20) await new Promise((resolve) => setTimeout(resolve, 1));
    // For the server it is over now; requests stay within the five minutes that clocks may differ.
    now += 200_000;
    for (const key of fake.roles.issued.splice(0)) fake.addKey({ ...key, expiresAt: now });
    expect(Object.keys(await read)).toHaveLength(62);
    expect(fake.roles.issued).toHaveLength(1);
  });
});

describe('the key of a pod', () => {
  it('is that of its role, for its token', async () => {
    await using fake = await start();
    const { get } = await open(fake, inPod(fake));
    expect(fake.requests).toHaveLength(0);
    expect(await get('alpha', V1)).toEqual(VALUE);
    expect(fake.calls[0]).toMatchObject({
      action: 'AssumeRoleWithWebIdentity',
      input: { RoleSessionName: 'coffer', ProviderId: 'cls-1' },
    });
    expect(fake.requests[0]?.headers).toMatchObject({
      authorization: 'SKIP',
      'x-tc-region': 'ap-guangzhou',
      'x-tc-version': '2018-08-13',
    });
    expect(fake.requests.some(metadataCalls)).toBe(false);
  });

  it('is asked for with the token that the file has then', async () => {
    await using fake = await start();
    const setup = inPod(fake);
    const { get } = await open(fake, setup);
    await get('alpha', V1);
    fake.roles.podRole = { roleArn: 'qcs::cam::uin/1:roleName/reader', providerId: 'cls-1', webIdentityToken: 'another-token' };
    writeFileSync(path.join(folder, 'token'), 'another-token');
    fake.roles.revoke();
    expect(await get('alpha', V1)).toEqual(VALUE);
  });

  it('that is refused fails the read, in the words of the token service', async () => {
    await using fake = await start();
    const { get } = await open(fake, inPod(fake));
    fake.roles.podRole = undefined;
    const failure = await failureOf(get('alpha', V1));
    expect(failure).toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('TKE_ROLE_ARN') });
    expect(failure.detail).toContain('Code=ResourceNotFound.RoleNotFound, ');
  });

  it('is none where its file or an answer can’t be read', async () => {
    await using fake = await start();
    const setup = inPod(fake);
    const { get } = await open(fake, setup);
    fake.inject(malformed('{"Response":{"Credentials":{"TmpSecretKey":"canary"}}}'), { when: stsCalls, times: 1 });
    const failure = await failureOf(get('alpha', V1));
    expect(failure.code).toBe('unavailable');
    expect(failure.stack).not.toContain('canary');
    rmSync(path.join(folder, 'token'));
    expect(await failureOf(get('alpha', V1))).toMatchObject({
      code: 'failed_precondition',
      detail: "TKE_WEB_IDENTITY_TOKEN_FILE can't be read: no such file or directory",
    });
  });
});

describe('keys that are renewed', () => {
  const keysUntil = (expiresAt: number, secretId = 'a') => ({ secretId, secretKey: 'k', token: 't', expiresAt });

  it('are used while they are good for long, and renewed beside the reads shortly before their end', async () => {
    const given = [keysUntil(Date.now() + 60_000, 'first'), keysUntil(Date.now() + 3_600_000, 'second')];
    let times = 0;
    const keys = renewedKeys(async () => given[times++] ?? keysUntil(0), 1000);
    expect(await keys.current()).toMatchObject({ secretId: 'first' });
    expect(await keys.current()).toMatchObject({ secretId: 'first' });
    await new Promise(setImmediate);
    expect(await keys.current()).toMatchObject({ secretId: 'second' });
    expect(times).toBe(2);
  });

  it('are the same when their name is, and refused once in a while', async () => {
    let times = 0;
    const keys = renewedKeys(async () => keysUntil(Date.now() + 3_600_000, times++ === 0 ? 'first' : 'second'), 1000);
    const first = await keys.current();
    expect(keys.refuse({ ...first })).toBe(true);
    const second = await keys.current();
    expect([keys.refuse(first), keys.refuse(second)]).toEqual([true, false]);
    expect([await keys.current(), times]).toEqual([second, 2]);
  });
});
