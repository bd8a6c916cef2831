import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictDialect } from '@coffer/core';
import { answer, createAuthority, reset, type SeenRequest, startFakeService } from '@coffer/fake-services';
import { ADMIN_KEYS, awsThrottled, startFakeAws } from '@coffer/fake-services/aws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerIdentityRequest } from '../src/index.ts';
import { connect } from './ssm.ts';

const KEYS = { accessKey: ADMIN_KEYS.accessKeyId, secretKey: ADMIN_KEYS.secretAccessKey };
const FOUND = { status: 200, body: { Parameter: { Name: 'app', Value: 'value' } } };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aws-connection-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a connection', () => {
  it('goes through the proxy that the environment names', async () => {
    await using proxy = await startFakeService(() => FOUND);
    const fake = { url: 'http://ssm.example.test', region: 'us-east-1' };
    await using connected = await connect(fake, KEYS, { environment: { HTTP_PROXY: proxy.url } });
    expect(await connected.read()).toBe('value');
    expect(proxy.requests.map(({ path, headers }) => [path, headers.host])).toEqual([
      ['http://ssm.example.test/', 'ssm.example.test'],
    ]);
  });

  it('trusts the certificates of AWS_CA_BUNDLE', async () => {
    const authority = createAuthority();
    const bundle = join(folder, 'bundle.pem');
    writeFileSync(bundle, authority.cert);
    await using fake = await startFakeService(() => FOUND, { tls: authority.issue('host', ['127.0.0.1']) });
    const at = { url: fake.url, region: 'us-east-1' };
    await using trusting = await connect(at, KEYS, { environment: { AWS_CA_BUNDLE: bundle } });
    expect(await trusting.read()).toBe('value');
    await using wary = await connect(at, KEYS);
    await expect(wary.read()).rejects.toMatchObject({ code: 'unavailable', retryable: false });
    await expect(connect(at, KEYS, { environment: { AWS_CA_BUNDLE: '/none' } })).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: 'failed to read custom CA bundle: open /none: no such file or directory',
    });
  });

  it('signs with the time of the service once it has learnt it', async () => {
    const later = new Date(Date.now() + 3_600_000);
    await using fake = await startFakeService(() => FOUND);
    const wrongTime = { __type: 'InvalidSignatureException', message: 'Signature expired' };
    fake.inject(answer(400, { 'content-type': 'application/x-amz-json-1.1', date: later.toUTCString() }, wrongTime), {
      times: 1,
    });
    await using connected = await connect({ url: fake.url, region: 'us-east-1' }, KEYS);
    expect(await connected.read()).toBe('value');
    const hours = fake.requests.map(({ headers }) => Number(String(headers['x-amz-date']).slice(9, 11)));
    expect(hours[1]).toBe(later.getUTCHours());
    expect(hours).toHaveLength(2);
  });

  it.each(['retry-after', 'x-amz-retry-after'])('waits as long as %s says, if there is time', async (header) => {
    await using fake = await startFakeService(() => FOUND);
    await using connected = await connect({ url: fake.url, region: 'us-east-1' }, KEYS);
    fake.inject(awsThrottled({ [header]: '0' }), { times: 4 });
    expect(await connected.read()).toBe('value');
    expect(fake.requests).toHaveLength(5);
    fake.clearFaults();
    fake.inject(awsThrottled({ [header]: '99000' }));
    await expect(connected.read()).rejects.toMatchObject({ code: 'resource_exhausted' });
    expect(fake.requests).toHaveLength(6);
  });

  it('keeps its connections, and sends again what a closed one did not take', async () => {
    await using fake = await startFakeAws();
    fake.parameterStore.put('app', 'value');
    await using connected = await connect(fake, KEYS);
    for (let index = 0; index < 3; index++) expect(await connected.read()).toBe('value');
    expect(fake.connections).toBe(1);
    fake.dropConnections();
    expect(await connected.read()).toBe('value');
    fake.inject(reset(), { times: 2 });
    expect(await connected.read()).toBe('value');
  });

  it('says who it is to the service, and nothing else', async () => {
    await using fake = await startFakeService(() => FOUND);
    await using connected = await connect({ url: fake.url, region: 'us-east-1' }, KEYS);
    await connected.read();
    const [{ method, path, headers, body }] = fake.requests as [SeenRequest];
    expect([method, path, body.toString()]).toEqual(['POST', '/', '{"Name":"app"}']);
    expect(headers['user-agent']).toMatch(/coffer/);
  });

  it('ignores settings of its own in the strict dialect', async () => {
    await using fake = await startFakeAws();
    fake.parameterStore.put('app', 'value');
    fake.inject((response) => void setTimeout(() => response.destroy(), 300), { times: 1 });
    await using connected = await connect(fake, { ...KEYS, requestTimeout: '1ms' }, { dialect: strictDialect });
    expect(await connected.read()).toBe('value');
  });
});

describe('callerIdentityRequest', () => {
  it('is what STS accepts, with a session and a header that is signed along', async () => {
    await using fake = await startFakeAws({ region: 'eu-west-1' });
    const { arn, accessKeyId, secretAccessKey, sessionToken } = fake.identities.session({ arn: 'arn:session', seconds: 900 });
    const header = { 'x-vault-aws-iam-server-id': 'vault.example' };
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    const options = { region: 'eu-west-1', endpoint: fake.url, headers: header };
    const { method, url, headers, body } = await callerIdentityRequest(options, credentials);
    const { host: _, ...sent } = headers;
    const answered = await (await fetch(url, { method, headers: sent, body })).text();
    expect(answered).toContain(`<Arn>${arn}</Arn>`);
    expect(headers.authorization).toContain('x-vault-aws-iam-server-id');
    const changed = await fetch(url, { method, headers: { ...sent, 'x-vault-aws-iam-server-id': 'other' }, body });
    expect(changed.status).toBe(403);
  });

  it('goes to the STS of the region', async () => {
    const hostOf = async (region: string) => (await callerIdentityRequest({ region }, ADMIN_KEYS)).url.host;
    expect(await hostOf('eu-west-1')).toBe('sts.eu-west-1.amazonaws.com');
    expect(await hostOf('cn-north-1')).toBe('sts.cn-north-1.amazonaws.com.cn');
  });
});

describe('the package', () => {
  it.each(['metadata', 'index'])('loads no SDK with %s', (entry) => {
    const script = `await import('./src/${entry}.ts'); const m = await import('node:module'); console.log(JSON.stringify(Object.keys(m.default._cache)))`;
    const args = ['--conditions=@coffer/source', '--input-type=module', '-e', script];
    expect(JSON.parse(execFileSync(process.execPath, args, { cwd: `${import.meta.dirname}/..`, encoding: 'utf8' }))).toEqual([]);
  });
});
