import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { ssm } from 'tencentcloud-sdk-nodejs-ssm';
import { describe, expect, it } from 'vitest';
import type { SeenRequest } from '../src/index.ts';
import { type RecordedCase, seenRequestOf } from '../src/recorded/index.ts';
import { ADMIN_KEY, type FakeTencent, signerOf, startFakeTencent, type TencentKey } from '../src/tencentcloud/index.ts';

type Client = InstanceType<typeof ssm.v20190923.Client>;

/** The vendor's client. It leaves the port out of what it signs, so it is led to the fake by name. */
function clientOf(fake: FakeTencent, key: TencentKey = ADMIN_KEY, region = fake.region): Client {
  const agent = Object.assign(new http.Agent(), { createConnection: () => net.connect(fake.port, '127.0.0.1') });
  const { secretId, secretKey, token } = key;
  const credential = { secretId, secretKey, ...(token === undefined ? {} : { token }) };
  return new ssm.v20190923.Client({
    credential,
    region,
    profile: { language: 'en-US', httpProfile: { protocol: 'http://', agent } },
  });
}

describe('the official client', () => {
  it('reads text and bytes by version', async () => {
    await using fake = await startFakeTencent();
    fake.secrets.put('alpha', 'one', { version: 'v1' });
    fake.secrets.put('alpha', 'two', { version: 'v2' });
    fake.secrets.put('bytes', Buffer.from([0, 255]));
    const client = clientOf(fake);
    const read = (SecretName: string, VersionId: string) => client.GetSecretValue({ SecretName, VersionId });
    expect(await read('alpha', 'v1')).toMatchObject({
      SecretName: 'alpha',
      VersionId: 'v1',
      SecretString: 'one',
      SecretBinary: '',
    });
    expect(await read('bytes', 'v1')).toMatchObject({ SecretBinary: 'AP8=', SecretString: '' });
    expect((await client.ListSecretVersionIds({ SecretName: 'alpha' })).Versions?.map(({ VersionId }) => VersionId)).toEqual([
      'v2',
      'v1',
    ]);
    expect(await client.DescribeSecret({ SecretName: 'alpha' })).toMatchObject({ Status: 'Enabled', SecretType: 0 });
  });

  it('lists by pages, states and kinds, the newest first', async () => {
    await using fake = await startFakeTencent();
    for (let index = 0; index < 25; index++) fake.secrets.put(`s${index}`, 'v');
    fake.secrets.enable('s0', false);
    fake.secrets.put('db', 'v', { isProduct: true });
    const client = clientOf(fake);
    const names = async (request: Parameters<Client['ListSecrets']>[0]) =>
      (await client.ListSecrets(request)).SecretMetadatas?.map(({ SecretName }) => SecretName);
    expect(await names({})).toHaveLength(20);
    expect(await names({ Offset: 20, Limit: 100 })).toEqual(['s4', 's3', 's2', 's1', 's0']);
    expect(await names({ Offset: 20, Limit: 100, State: 1 })).toEqual(['s4', 's3', 's2', 's1']);
    expect(await names({ State: 2, OrderType: 1 })).toEqual(['s0']);
    expect(await names({ SecretType: 1 })).toEqual(['db']);
    expect(await names({ SearchSecretName: 's23' })).toEqual(['s23']);
    await expect(client.ListSecrets({ Limit: 101 })).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  });

  it('is refused in the words of the API', async () => {
    await using fake = await startFakeTencent({ limit: 12 });
    fake.secrets.put('alpha', 'v');
    fake.secrets.put('off', 'v');
    fake.secrets.enable('off', false);
    const codeOf = (client: Client, SecretName: string, VersionId = 'v1') =>
      client.GetSecretValue({ SecretName, VersionId }).then(
        () => '',
        (cause: { code?: string }) => cause.code,
      );
    expect(await codeOf(clientOf(fake), 'nope')).toBe('ResourceNotFound');
    expect(await codeOf(clientOf(fake), 'alpha', 'v2')).toBe('ResourceNotFound');
    expect(await codeOf(clientOf(fake), 'alpha', 'SSM_Current')).toBe('ResourceNotFound');
    expect(await codeOf(clientOf(fake), 'alpha', '')).toBe('InvalidParameterValue');
    expect(await codeOf(clientOf(fake), 'off')).toBe('ResourceUnavailable.ResourceDisabled');
    expect(await codeOf(clientOf(fake, ADMIN_KEY, 'mars-1'), 'alpha')).toBe('UnsupportedRegion');
    expect(await codeOf(clientOf(fake, { ...ADMIN_KEY, secretKey: 'x' }), 'alpha')).toBe('AuthFailure.SignatureFailure');
    expect(await codeOf(clientOf(fake, { ...ADMIN_KEY, secretId: 'x' }), 'alpha')).toBe('AuthFailure.SecretIdNotFound');
    expect(await codeOf(clientOf(fake, { ...ADMIN_KEY, token: 'x' }), 'alpha')).toBe('AuthFailure.TokenFailure');
    fake.deny((action, name) => action === 'GetSecretValue' && name === 'alpha');
    expect(await codeOf(clientOf(fake), 'alpha')).toBe('UnauthorizedOperation');
    const more = await Promise.all(Array.from({ length: 13 }, () => codeOf(clientOf(fake), 'nope')));
    expect(more).toContain('RequestLimitExceeded');
  });
});

describe('a signature of method v3', () => {
  // The vector of a request that a daprd sent.
  const key: TencentKey = { secretId: 'AKIDexampleTencentSecretId', secretKey: 'example-tencent-secret-key' };
  const file = new URL('../../stores/tencentcloud-ssm/test/recorded/exchanges.json', import.meta.url);
  const [recorded] = (JSON.parse(readFileSync(file, 'utf8')) as RecordedCase[])[0]?.upstream ?? [];
  if (recorded === undefined) throw new Error('nothing is recorded');
  const request = seenRequestOf(recorded.request);
  const now = 1_795_480_430_000;
  const judge = (change: Partial<SeenRequest> = {}, at = now) =>
    signerOf({ ...request, ...change }, { service: 'ssm', keyOf: (id) => (id === key.secretId ? key : undefined), now: at });
  const header = (name: string, value: string) => ({ headers: { ...request.headers, [name]: value } });

  it('verifies within five minutes', () => {
    expect(judge()).toBe(key);
    expect(judge({}, now + 299_000)).toBe(key);
    expect(() => judge({}, now + 301_000)).toThrow('more than 300 seconds');
    expect(() => judge({}, now - 301_000)).toThrow('more than 300 seconds');
  });

  it('is of the body, the host, the content type, and of nobody else’s key', () => {
    for (const change of [
      { body: Buffer.from('{}') },
      header('host', 'other'),
      header('content-type', 'text/plain'),
      { path: '/x' },
    ]) {
      expect(() => judge(change)).toThrow('Please check your signature is correct.');
    }
    expect(() => judge(header('x-tc-token', 't'))).toThrow('The token is not valid.');
  });

  it.each([
    ['none', ''],
    ['another method', 'HMAC-SHA1 Credential=a'],
    ['another service', recorded.request.headers.find(([name]) => name === 'Authorization')?.[1].replace('/ssm/', '/cvm/') ?? ''],
    [
      'too few headers',
      recorded.request.headers.find(([name]) => name === 'Authorization')?.[1].replace('content-type;host', 'host') ?? '',
    ],
  ])('that is %s is no authorization', (_, authorization) => {
    expect(() => judge(header('authorization', authorization))).toThrow('The Authorization header of the request is invalid.');
  });

  it('has the date of its timestamp', () => {
    expect(() => judge(header('x-tc-timestamp', String(now / 1000 + 86_400)), now + 86_400_000)).toThrow('Authorization header');
    expect(() => judge(header('x-tc-timestamp', 'soon'))).toThrow('Authorization header');
  });
});

describe('keys of roles', () => {
  it('come from the metadata service, by the name of the role, and end', async () => {
    let now = Date.now();
    await using fake = await startFakeTencent({ now: () => now });
    fake.secrets.put('alpha', 'v');
    const at = `${fake.url}/latest/meta-data/cam/security-credentials/`;
    expect((await fetch(at)).status).toBe(404);
    fake.roles.machineRole = 'reader';
    expect(await (await fetch(at)).text()).toBe('reader');
    expect((await fetch(`${at}other`)).status).toBe(404);
    const given = (await (await fetch(`${at}reader`)).json()) as Record<string, string>;
    expect(given).toMatchObject({ Code: 'Success', ExpiredTime: Math.floor(now / 1000) + 7200 });
    const { TmpSecretId: secretId = '', TmpSecretKey: secretKey = '', Token: token = '' } = given;
    const read = () => clientOf(fake, { secretId, secretKey, token }).GetSecretValue({ SecretName: 'alpha', VersionId: 'v1' });
    expect(await read()).toMatchObject({ SecretString: 'v' });
    await expect(
      clientOf(fake, { secretId, secretKey }).GetSecretValue({ SecretName: 'alpha', VersionId: 'v1' }),
    ).rejects.toMatchObject({
      code: 'AuthFailure.TokenFailure',
    });
    now += 280_000;
    fake.roles.revoke();
    await expect(read()).rejects.toMatchObject({ code: 'AuthFailure.SecretIdNotFound' });
  });
});
