import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SeenRequest } from '../src/fake-service.ts';
import { ACCESS_KEY, canonicalRequest, FakeHuawei, SECRET_KEY, signatureProblem } from '../src/huaweicloud/index.ts';

const NOW = Date.parse('2026-11-24T00:33:48Z');
const DATE = '20261124T003348Z';
const keys = new Map([[ACCESS_KEY, { secretKey: SECRET_KEY }]]);

/** A request of the reference, as it was recorded. */
const RECORDED: SeenRequest = {
  method: 'GET',
  path: '/v1/proj0000000000000000000000000001/secrets/db-password/versions/v1',
  search: '',
  query: new URLSearchParams(),
  headers: {
    host: 'kms.cn-north-4.myhuaweicloud.com',
    'user-agent': 'huaweicloud-usdk-go/3.0',
    'x-project-id': 'proj0000000000000000000000000001',
    'x-sdk-date': DATE,
    authorization:
      'SDK-HMAC-SHA256 Access=HWEXAMPLEACCESSKEY00, SignedHeaders=user-agent;x-project-id;x-sdk-date, Signature=4962bf72683aa33ce974136933f5c0285dbdfffbac03cf8b58c25adc88c31a93',
  },
  body: Buffer.alloc(0),
  clientName: undefined,
};

describe('the judge of signatures', () => {
  it('takes what the reference had signed', () => {
    expect(signatureProblem(RECORDED, keys, NOW)).toBeUndefined();
  });

  const header = (name: string, text: string): Partial<SeenRequest> => ({ headers: { ...RECORDED.headers, [name]: text } });
  const authorization = (from: string, to: string) =>
    header('authorization', String(RECORDED.headers.authorization).replace(from, to));
  it.each<[Partial<SeenRequest>, RegExp, number?]>([
    [{ method: 'HEAD' }, /not of this request/],
    [{ path: RECORDED.path.replace('v1', 'v2') }, /not of this request/],
    [{ search: '?limit=1' }, /not of this request/],
    [{ body: Buffer.from('x') }, /not of this request/],
    [header('x-project-id', 'another'), /not of this request/],
    [authorization('4962', '4963'), /not of this request/],
    [authorization('HWEX', 'HWAX'), /is not known/],
    [authorization('SDK-HMAC', 'AWS4-HMAC'), /of another form/],
    [authorization('x-project-id;x-sdk-date', 'x-sdk-date;x-project-id'), /not in order/],
    [authorization(';x-sdk-date', ''), /x-sdk-date is not signed/],
    [header('authorization', ''), /missing/],
    [header('x-security-token', 'x'), /security token/],
    [{}, /not within 15 minutes/, NOW + 16 * 60_000],
    [{}, /not within 15 minutes/, NOW - 16 * 60_000],
  ])('does not take %j', (change, reason, now = NOW) => {
    expect(signatureProblem({ ...RECORDED, ...change }, keys, now)).toMatch(reason);
  });

  it('knows temporary keys', () => {
    const temporary = new Map([[ACCESS_KEY, { secretKey: SECRET_KEY, securityToken: 'token', expiresAt: NOW + 1 }]]);
    expect(signatureProblem(RECORDED, temporary, NOW)).toMatch(/security token/);
    const request = { ...RECORDED, ...header('x-security-token', 'token') };
    expect(signatureProblem(request, temporary, NOW)).toBeUndefined();
    expect(signatureProblem(request, temporary, NOW + 1)).toBe('the temporary key has expired');
  });

  it('has one form for a path and a query, however they are escaped', () => {
    const formOf = (path: string, search: string) =>
      canonicalRequest({ ...RECORDED, path, search }, ['x-sdk-date'])
        .split('\n')
        .slice(1, 3);
    expect(formOf("/a%20b+c/'%E6%97%A5/d%2fe", '?marker&limit=100')).toEqual([
      '/a%20b%2Bc/%27%E6%97%A5/d%2Fe/',
      'limit=100&marker=',
    ]);
    expect(formOf('/', '?b=2+3&A=~%2A&b=1')).toEqual(['/', 'a=~%2A&b=1&b=2%203']);
  });
});

describe('the fake of Huawei Cloud', () => {
  const ask = async (fake: FakeHuawei, target: string, secretKey = SECRET_KEY) => {
    const [path = '', search = ''] = target.split('?');
    const names = ['x-project-id', 'x-sdk-date'];
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const headers: Record<string, string> = { 'x-project-id': fake.project, 'x-sdk-date': date };
    const form = canonicalRequest({ ...RECORDED, path, search: search && `?${search}`, headers }, names);
    const digest = (await crypto.subtle.digest('SHA-256', Buffer.from(form))) as ArrayBuffer;
    const text = `SDK-HMAC-SHA256\n${date}\n${Buffer.from(digest).toString('hex')}`;
    const signature = createHmac('sha256', secretKey).update(text).digest('hex');
    headers.authorization = `SDK-HMAC-SHA256 Access=${ACCESS_KEY}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
    const answer = await fetch(`${fake.url}${target}`, { headers });
    return { status: answer.status, ...((await answer.json()) as Record<string, unknown>) };
  };

  it('pages by the last name, as many as are asked for and no more than a thousand', async () => {
    await using fake = await FakeHuawei.start();
    for (const name of ['c', 'a', 'b']) fake.secrets.put(name, name);
    const list = (query: string) => ask(fake, `/v1/${fake.project}/secrets?${query}`);
    const named = (...names: readonly string[]) => names.map((name) => expect.objectContaining({ name }));
    expect(await list('limit=2')).toMatchObject({ secrets: named('a', 'b'), page_info: { next_marker: 'b', current_count: 2 } });
    expect(await list('limit=2&marker=b')).toMatchObject({ secrets: named('c'), page_info: { next_marker: null } });
    expect(await list('limit=1001')).toMatchObject({ status: 400, error_code: 'CSMS.0002' });
  });

  it('knows versions, states and its own addresses', async () => {
    await using fake = await FakeHuawei.start();
    fake.secrets.put('a', 'one');
    fake.secrets.put('a', Buffer.from([0, 1]));
    const read = (rest: string) => ask(fake, `/v1/${fake.project}/secrets/a/versions/${rest}`);
    expect(await read('v1')).toMatchObject({ version: { secret_string: 'one', version_metadata: { id: 'v1' } } });
    expect(await read('latest')).toMatchObject({ version: { secret_binary: 'AAE=', version_metadata: { id: 'v2' } } });
    expect(await read('v3')).toMatchObject({ status: 404, error_code: 'CSM.0506' });
    expect(await read('')).toMatchObject({ status: 404, error_code: 'APIG.0101' });
    fake.secrets.setState('a', 'DISABLED');
    expect(await read('v1')).toMatchObject({ status: 400, error_code: 'CSM.0402' });
    expect(await ask(fake, '/v1/another/secrets?limit=1')).toMatchObject({ status: 403, error_code: 'CSM.0403' });
    expect(await ask(fake, '/v3/projects?name=cn-north-4')).toMatchObject({ projects: [{ id: fake.project }] });
    expect(await ask(fake, '/v3/projects?name=mars-1')).toMatchObject({ projects: [] });
  });

  it('locks a key after five wrong signatures in a row', async () => {
    await using fake = await FakeHuawei.start();
    const target = `/v1/${fake.project}/secrets`;
    const wrong = async (times: number) => {
      for (let time = 0; time < times; time++) expect(await ask(fake, target, 'wrong')).toMatchObject({ status: 401 });
    };
    await wrong(4);
    expect(await ask(fake, target)).toMatchObject({ status: 200 });
    await wrong(5);
    expect(await ask(fake, target)).toMatchObject({ status: 401, error_msg: expect.stringContaining('reach the limit') });
  });
});
