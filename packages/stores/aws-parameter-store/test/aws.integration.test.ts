import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  LabelParameterVersionCommand,
  type LabelParameterVersionCommandInput,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { strictDialect } from '@coffer/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { failureOf, openWith } from './open.ts';

const endpoint = process.env.COFFER_TEST_AWS_ENDPOINT ?? '';
const backend = process.env.COFFER_TEST_AWS_BACKEND ?? '';
const region = 'us-east-1';
const STATIC = { region, endpoint, accessKey: 'test', secretKey: 'test' };
/** Nothing else on the backend has it. */
const BASE = `/coffer-${randomBytes(4).toString('hex')}`;
/** Whose the static keys are, and so the parameters. */
const ACCOUNT = backend === 'ministack' ? '000000000000' : '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/shop`;
const client = new SSMClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
let folder: string;

const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  client.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true, ...more }));
const label = (input: LabelParameterVersionCommandInput) => client.send(new LabelParameterVersionCommand(input));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parameter-store-'));
  await put(`${BASE}/app/db/host`, 'db.local');
  await put(`${BASE}/app/db/pass`, 's3cret', { Type: 'SecureString' });
  await put(`${BASE}/app/list`, 'a,b,c', { Type: 'StringList' });
  await put(`${BASE}/app/text`, '日本 <a&b> "q"');
  await put(`${BASE}/apple`, 'not app');
  for (const value of ['one', 'two', 'three']) await put(`${BASE}/versions`, value);
  await label({ Name: `${BASE}/versions`, ParameterVersion: 1, Labels: ['prod'] });
  for (let index = 1; index <= 45; index++) await put(`${BASE}/many/p${index}`, `value ${index}`, { Type: 'SecureString' });
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => {
  client.destroy();
  rmSync(folder, { recursive: true });
});

describe(`aws-parameter-store on ${backend}`, () => {
  it('reads every type, decrypted', async () => {
    await using opened = await openWith({ ...STATIC, prefix: `${BASE}/app/` });
    expect(await opened.get('db/host')).toEqual({ 'db/host': 'db.local' });
    expect(await opened.get('db/pass')).toEqual({ 'db/pass': 's3cret' });
    expect(await opened.get('list')).toEqual({ list: 'a,b,c' });
    expect(await opened.get('text')).toEqual({ text: '日本 <a&b> "q"' });
  });

  it('reads versions and labels, by name and by request', async () => {
    await using opened = await openWith({ ...STATIC, prefix: BASE });
    for (const [version, value] of [
      ['1', 'one'],
      ['2', 'two'],
      ['prod', 'one'],
    ] as const) {
      expect(await opened.get('/versions', { version_id: version })).toEqual({ '/versions': value });
      expect(await opened.get(`/versions:${version}`)).toEqual({ [`/versions:${version}`]: value });
    }
    const { version, data } = await opened.store.get({ name: '/versions', metadata: {} });
    expect([version, data?.['/versions']]).toEqual(['3', 'three']);
    const names = ['/versions', '/versions:1', '/versions:prod'];
    const { found, failed } = await opened.many(names);
    expect(names.map((name) => found[name]?.data?.[name])).toEqual(['three', 'one', 'one']);
    expect(Object.keys(failed)).toEqual([]);
  });

  it('reads by ARN', async () => {
    await using opened = await openWith(STATIC);
    const arn = `arn:aws:ssm:${region}:${ACCOUNT}:parameter${BASE}/app/db/host`;
    expect(await opened.get(arn)).toEqual({ [arn]: 'db.local' });
  });

  it('tells what is missing', async () => {
    await using opened = await openWith({ ...STATIC, prefix: BASE });
    for (const [name, metadata] of [
      ['/none', {}],
      ['/versions', { version_id: '9' }],
      ['/versions', { version_id: 'nolabel' }],
    ] as const) {
      const failure = await failureOf(opened.get(name, metadata));
      expect(failure).toMatchObject({
        code: 'not_found',
        detail: expect.stringMatching(/^couldn't get secret: operation error SSM: GetParameter, /),
      });
    }
    const { found, failed } = await opened.many(['/app/list', '/none']);
    expect([Object.keys(found), Object.keys(failed), failed['/none']?.code]).toEqual([['/app/list'], ['/none'], 'not_found']);
  });

  it('reads 45 at once, by path, by beginning and by name', async () => {
    const names = Array.from({ length: 45 }, (_, index) => `${index + 1}`);
    const expected = (before: string) =>
      Object.fromEntries(names.map((n) => [`${before}${n}`, { [`${before}${n}`]: `value ${n}` }]));
    await using byPath = await openWith({ ...STATIC, prefix: `${BASE}/many/` });
    expect(await byPath.bulk()).toEqual(expected('p'));
    await using byBeginning = await openWith({ ...STATIC, prefix: `${BASE}/many/p` });
    expect(await byBeginning.bulk()).toEqual(expected(''));
    expect((await byBeginning.list()).toSorted()).toEqual(names.toSorted());
    const { found } = await byBeginning.many(names);
    expect(Object.keys(found)).toHaveLength(45);
  });

  it('keeps to the boundary of the prefix', async () => {
    const keys = async (prefix: string) => {
      await using opened = await openWith({ ...STATIC, prefix });
      return Object.keys(await opened.bulk()).toSorted();
    };
    expect(await keys(`${BASE}/app`)).toEqual(['/db/host', '/db/pass', '/list', '/text', 'le']);
    expect(await keys(`${BASE}/app/`)).toEqual(['db/host', 'db/pass', 'list', 'text']);
    expect(await keys(`${BASE}/nothing/`)).toEqual([]);
  });

  it('answers strictly as Dapr does', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_SSM', endpoint);
    await using opened = await openWith({ ...STATIC, prefix: `${BASE}/app/db/host` }, { dialect: strictDialect });
    expect(await opened.bulk()).toEqual({ '': { '': 'db.local' } });
    expect(await opened.get(':1')).toEqual({ '': 'db.local' });
  });

  it('pings', async () => {
    await using opened = await openWith(STATIC);
    await opened.store.ping();
  });

  it('reads with an assumed role', async () => {
    await using opened = await openWith({ ...STATIC, prefix: BASE, stsEndpoint: endpoint, assumeRoleArn: ROLE });
    expect(await opened.get('/app/list')).toEqual({ '/app/list': 'a,b,c' });
  });

  it('reads as a web identity', async () => {
    writeFileSync(join(folder, 'token'), 'a.b.c');
    vi.stubEnv('AWS_ROLE_ARN', ROLE);
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'token'));
    vi.stubEnv('AWS_ENDPOINT_URL_STS', endpoint);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    await using opened = await openWith({ region, endpoint, prefix: BASE });
    expect(await opened.get('/app/list')).toEqual({ '/app/list': 'a,b,c' });
  });

  it('reads as the role of the instance', async (context) => {
    context.skip(backend !== 'moto', 'only moto has instance metadata');
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', endpoint);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    await using opened = await openWith({ region, endpoint, prefix: BASE });
    expect(await opened.get('/app/list')).toEqual({ '/app/list': 'a,b,c' });
  });
});
