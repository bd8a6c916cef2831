import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { answer, type FakeService } from '@coffer/fake-services';
import { aws, type FakeMethod, verifySignature } from '@coffer/fake-services/vault/login';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoginSession } from '../../src/login/login-session.ts';
import { logged, openLogin, type Properties, pathsOf, startVault } from './support.ts';

const PRINCIPAL = 'arn:aws:iam::123456789012:role/shop';
const KEY = { secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', principal: PRINCIPAL };
const keys = new Map<string, typeof KEY & { sessionToken?: string }>([
  ['AKIDSTATIC', KEY],
  ['ASIATEMPORARY', { ...KEY, sessionToken: 'session/token+with=signs' }],
]);
const roles = { shop: { principal: PRINCIPAL, ttl: 60_000 }, other: { principal: 'arn:aws:iam::123456789012:role/other' } };

const folder = mkdtempSync(join(tmpdir(), 'vault-aws-'));
const open: LoginSession[] = [];
let service: FakeService;

beforeEach(() => {
  // No profile of the machine, no metadata service.
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, join(folder, 'none'));
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDSTATIC');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEY.secretAccessKey);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(open.splice(0).map((login) => login.close()));
  await service.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(method: FakeMethod, properties: Properties = {}): Promise<LoginSession> {
  const vault = await startVault({ methods: { aws: method } });
  service = vault.service;
  const login = openLogin(service.url, { vaultAuthMethod: 'aws', ...properties }, { logger: logged().logger });
  open.push(login);
  return login;
}

function sent(): Record<string, string> {
  const body = JSON.parse(service.requests[0]?.body.toString() ?? '{}') as Record<string, string>;
  const text = (name: string) => Buffer.from(body[name] ?? '', 'base64').toString();
  return { ...body, url: text('iam_request_url'), headers: text('iam_request_headers') };
}

describe('a login with AWS', () => {
  it('signs a question to the global endpoint, which the server can ask', async () => {
    const login = await start(aws({ keys, roles }), { vaultRole: 'shop' });
    await expect(login.token({})).resolves.toMatch(/^s\./);
    expect(sent()).toMatchObject({ role: 'shop', iam_http_request_method: 'POST', url: 'https://sts.amazonaws.com/' });
  });

  it('for the role that has the name of the principal', async () => {
    const login = await start(aws({ keys, roles }));
    await expect(login.token({})).resolves.toMatch(/^s\./);
    expect(sent()).not.toHaveProperty('role');
  });

  it('in a region, for one server only', async () => {
    const method = aws({ keys, roles, region: 'eu-central-1', serverId: 'vault.example.com' });
    const settings = { vaultAwsRegion: 'eu-central-1', vaultAwsServerId: 'vault.example.com' };
    await expect((await start(method, settings)).token({})).resolves.toMatch(/^s\./);
    expect(sent().url).toBe('https://sts.eu-central-1.amazonaws.com/');
  });

  it('in China', async () => {
    const method = aws({ keys, roles, region: 'cn-north-1' });
    await expect((await start(method, { vaultAwsRegion: 'cn-north-1' })).token({})).resolves.toMatch(/^s\./);
    expect(sent().url).toBe('https://sts.cn-north-1.amazonaws.com.cn/');
  });

  it('with temporary keys, other ones at once after some were refused', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIAENDED');
    vi.stubEnv('AWS_SESSION_TOKEN', keys.get('ASIATEMPORARY')?.sessionToken);
    const login = await start(aws({ keys, roles }));
    await expect(login.token({})).rejects.toThrow('InvalidClientTokenId');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIATEMPORARY');
    await expect(login.token({})).resolves.toMatch(/^s\./);
    expect(pathsOf(service)).toEqual(['auth/aws/login', 'auth/aws/login']);
  });

  it('with the keys of a profile', async () => {
    const path = join(folder, 'credentials');
    const lines = ['[default]', 'aws_access_key_id = AKIDSTATIC', `aws_secret_access_key = ${KEY.secretAccessKey}`];
    writeFileSync(path, lines.join('\n'));
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path);
    await expect((await start(aws({ keys, roles }))).token({})).resolves.toMatch(/^s\./);
  });

  it.each<[string, Parameters<typeof aws>[0], Properties, string]>([
    [
      'the wrong role',
      { keys, roles },
      { vaultRole: 'other' },
      `IAM Principal "${PRINCIPAL}" does not belong to the role "other"`,
    ],
    ['no role', { keys, roles }, { vaultRole: 'none' }, 'entry for role "none" not found'],
    ['no server id', { keys, roles, serverId: 'v' }, {}, 'missing header "X-Vault-AWS-IAM-Server-ID"'],
    ['the wrong server id', { keys, roles, serverId: 'v' }, { vaultAwsServerId: 'w' }, 'expected "v" but got "w"'],
    ['the wrong region', { keys, roles, region: 'eu-west-1' }, {}, 'Credential should be scoped to a valid region'],
    ['keys that nobody knows', { keys: new Map(), roles }, {}, 'InvalidClientTokenId'],
    [
      'a wrong secret key',
      { keys: new Map([['AKIDSTATIC', { ...KEY, secretAccessKey: 'x' }]]), roles },
      {},
      'SignatureDoesNotMatch',
    ],
  ])('is refused with %s', async (_, server, properties, reason) => {
    const login = await start(aws(server), properties);
    await expect(login.token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: expect.stringContaining(reason),
      hint: expect.stringMatching(/^check vaultRole and its bound_iam_principal_arn/),
    });
  });

  it('without credentials asks nothing', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    const login = await start(aws({ keys, roles }));
    await expect(login.token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: 'the default chain of AWS has no credentials',
    });
    expect(service.requests).toEqual([]);
  });

  it('shows neither key nor signature when the server repeats them', async () => {
    const login = await start(aws({ keys, roles }));
    await login.token({});
    const { authorization } = JSON.parse(sent().headers ?? '') as { authorization: string };
    const other = await start(() => [400, `refused: ${authorization}`]);
    service.inject(answer(400, {}, { errors: [authorization] }));
    const failure = await other.token({}).catch((error) => error);
    for (const secret of [KEY.secretAccessKey, authorization.split('Signature=')[1] ?? '-']) {
      expect(failure.message + failure.stack + JSON.stringify(failure)).not.toContain(secret);
    }
  });
});

it('without the package tells how to add it', async () => {
  const text = `
    import { registerHooks } from 'node:module';
    // As if it were not installed: looked for from a folder without packages.
    const resolve = (name, context, next) =>
      next(name, name === '@coffer/aws-client' ? { ...context, parentURL: 'file:///none/x.js' } : context);
    registerHooks({ resolve });
    const { awsLogin } = await import(${JSON.stringify(new URL('../../src/login/aws.ts', import.meta.url).href)});
    const failure = await awsLogin({}, { logger: console }).prepare({}).catch((error) => error);
    console.log(JSON.stringify([failure.code, failure.detail, failure.hint]));
  `;
  const args = ['--conditions=@coffer/source', '--input-type=module', '--eval', text];
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(JSON.parse(stdout)).toEqual([
    'failed_precondition',
    'vaultAuthMethod: aws needs the package @coffer/aws-client',
    'pnpm add @coffer/aws-client',
  ]);
});

it('the check of signatures knows the example of AWS', () => {
  // "GET https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", from AWS's description of signature version 4.
  const headers = {
    host: 'iam.amazonaws.com',
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  };
  const url = new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08');
  const key = () => ({ secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' });
  const at = Date.UTC(2015, 7, 30, 12, 40);
  expect(verifySignature({ method: 'GET', url, headers, body: '' }, key, at)).toMatchObject({
    region: 'us-east-1',
    service: 'iam',
  });
  expect(verifySignature({ method: 'GET', url, headers, body: 'x' }, key, at)).toBe('SignatureDoesNotMatch');
});
