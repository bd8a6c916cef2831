import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictDialect } from '@coffer/core';
import { answer, reset, type SeenRequest } from '@coffer/fake-services';
import { ADMIN_KEYS, type FakeAws, startFakeAws } from '@coffer/fake-services/aws';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, type Setup } from './ssm.ts';

const ROLE = 'arn:aws:iam::123456789012:role/shop';
const KEYS = { accessKey: ADMIN_KEYS.accessKeyId, secretKey: ADMIN_KEYS.secretAccessKey };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aws-credentials-'));
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<FakeAws> {
  const fake = await startFakeAws();
  fake.parameterStore.put('app', 'value');
  fake.sts.roles.set(ROLE, {});
  return fake;
}

/** Who asked, once something was read. */
async function callerOf(fake: FakeAws, properties: Record<string, string> = {}, setup: Setup = {}): Promise<string | undefined> {
  await using connected = await connect(fake, properties, setup);
  expect(await connected.read()).toBe('value');
  return fake.calls.findLast(({ operation }) => operation === 'AmazonSSM.GetParameter')?.caller;
}

const ADMIN = 'arn:aws:iam::123456789012:user/admin';
const session = (name: string) => `arn:aws:sts::123456789012:assumed-role/shop/${name}`;

describe('who asks', () => {
  it('is the owner of the keys, also of temporary ones', async () => {
    await using fake = await start();
    expect(await callerOf(fake, KEYS)).toBe(ADMIN);
    const { accessKeyId, secretAccessKey, sessionToken } = fake.identities.session({ arn: 'arn:session', seconds: 900 });
    expect(await callerOf(fake, { accessKey: accessKeyId, secretKey: secretAccessKey, sessionToken })).toBe('arn:session');
    expect(fake.requests).toHaveLength(2);
  });

  it('S26: is who the default chain finds when there is only one of the keys', async () => {
    await using fake = await start();
    vi.stubEnv('AWS_ACCESS_KEY_ID', ADMIN_KEYS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', ADMIN_KEYS.secretAccessKey);
    expect(await callerOf(fake, { accessKey: 'other' }, { dialect: strictDialect })).toBe(ADMIN);
  });

  it('S27: is the assumed role, on top of keys or of the chain; strictly whoever it is without it', async () => {
    await using fake = await start();
    fake.sts.roles.set(ROLE, { externalId: 'x1' });
    const role = { assumeRoleArn: ROLE, externalId: 'x1' };
    expect(await callerOf(fake, { ...KEYS, ...role })).toBe(session('DaprDefaultSession'));
    expect(await callerOf(fake, { ...KEYS, ...role, sessionName: 'shop-1' })).toBe(session('shop-1'));
    vi.stubEnv('AWS_ACCESS_KEY_ID', ADMIN_KEYS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', ADMIN_KEYS.secretAccessKey);
    expect(await callerOf(fake, role)).toBe(session('DaprDefaultSession'));
    fake.calls.length = 0;
    expect(await callerOf(fake, { ...KEYS, ...role }, { dialect: strictDialect })).toBe(ADMIN);
    expect(fake.count('sts.AssumeRole')).toBe(0);
  });

  it('is told when the role can not be assumed', async () => {
    await using fake = await start();
    await using connected = await connect(fake, { ...KEYS, assumeRoleArn: `${ROLE}-other` });
    await expect(connected.read()).rejects.toMatchObject({
      code: 'permission_denied',
      hint: 'allow sts:AssumeRole in a policy of the identity',
      detail: expect.stringMatching(
        /^operation error SSM: GetParameter, get identity: get credentials: failed to refresh cached credentials, .*AccessDenied: User: .* is not authorized/,
      ),
    });
  });

  it('is whoever the shared file names now, when the keys before have ended', async () => {
    await using fake = await start();
    const write = ({ accessKeyId, secretAccessKey, sessionToken }: ReturnType<typeof fake.identities.session>) =>
      writeFileSync(
        join(folder, 'credentials'),
        `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken}\n`,
      );
    write(fake.identities.session({ arn: 'arn:first', seconds: 900 }));
    await using connected = await connect(fake, {});
    const caller = async () => {
      expect(await connected.read()).toBe('value');
      return fake.calls.findLast(({ operation }) => operation === 'AmazonSSM.GetParameter')?.caller;
    };
    expect(await caller()).toBe('arn:first');
    fake.identities.expireSessions();
    write(fake.identities.session({ arn: 'arn:second', seconds: 900 }));
    expect(await caller()).toBe('arn:second');
  });

  it('is what a profile says, with a role and a process', async () => {
    await using fake = await start();
    writeFileSync(
      join(folder, 'credentials'),
      `[default]\naws_access_key_id = ${ADMIN_KEYS.accessKeyId}\naws_secret_access_key = ${ADMIN_KEYS.secretAccessKey}\n`,
    );
    const output = JSON.stringify({
      Version: 1,
      AccessKeyId: ADMIN_KEYS.accessKeyId,
      SecretAccessKey: ADMIN_KEYS.secretAccessKey,
    });
    writeFileSync(join(folder, 'out.json'), output);
    writeFileSync(
      join(folder, 'config'),
      `[profile roled]\nrole_arn = ${ROLE}\nrole_session_name = from-profile\nsource_profile = default\n[profile run]\ncredential_process = cat ${folder}/out.json\n`,
    );
    expect(await callerOf(fake)).toBe(ADMIN);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', fake.url);
    vi.stubEnv('AWS_PROFILE', 'roled');
    expect(await callerOf(fake)).toBe(session('from-profile'));
    vi.stubEnv('AWS_PROFILE', 'run');
    expect(await callerOf(fake)).toBe(ADMIN);
  });

  it('is the role of a web identity (EKS service account)', async () => {
    await using fake = await start();
    const file = join(folder, 'token');
    writeFileSync(file, 'issued-token');
    fake.sts.roles.set(ROLE, { webIdentities: new Map([['issued-token', 'system:serviceaccount:shop:shop']]) });
    vi.stubEnv('AWS_ROLE_ARN', ROLE);
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
    vi.stubEnv('AWS_ROLE_SESSION_NAME', 'pod');
    vi.stubEnv('AWS_ENDPOINT_URL_STS', fake.url);
    expect(await callerOf(fake)).toBe(session('pod'));
  });

  it('is the role of the task (ECS) or of the pod (EKS Pod Identity)', async () => {
    await using fake = await start();
    fake.containerCredentials.roles.set('/v2/credentials/1', { roleArn: ROLE });
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${fake.url}/v2/credentials/1`);
    expect(await callerOf(fake)).toBe(session('task'));
    fake.containerCredentials.roles.set('/v1/credentials', { roleArn: ROLE, authorization: 'pod-token' });
    writeFileSync(join(folder, 'pod-token'), 'pod-token');
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${fake.url}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', join(folder, 'pod-token'));
    expect(await callerOf(fake)).toBe(session('task'));
  });

  it('is the role of the instance, by IMDSv2', async () => {
    await using fake = await start();
    fake.instanceMetadata.role = { name: 'shop' };
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', fake.url);
    expect(await callerOf(fake)).toBe(session('i-0123456789abcdef0'));
    expect(fake.requests[0]).toMatchObject({ method: 'PUT', path: '/latest/api/token' });
  });

  it('is nobody when nothing is found', async () => {
    await using fake = await start();
    await using connected = await connect(fake, {});
    await expect(connected.read()).rejects.toMatchObject({
      code: 'unauthenticated',
      hint: expect.stringContaining('accessKey and secretKey'),
    });
  });
});

describe('temporary credentials', () => {
  it('are fetched once for many calls at the same time', async () => {
    await using fake = await start();
    await using connected = await connect(fake, { ...KEYS, assumeRoleArn: ROLE });
    await Promise.all(Array.from({ length: 20 }, () => connected.read()));
    expect(fake.count('sts.AssumeRole')).toBe(1);
  });

  it('are renewed once when the service says that they have expired', async () => {
    await using fake = await start();
    await using connected = await connect(fake, { ...KEYS, assumeRoleArn: ROLE });
    await connected.read();
    fake.identities.expireSessions();
    await Promise.all(Array.from({ length: 20 }, () => connected.read()));
    expect(fake.count('sts.AssumeRole')).toBe(2);
  });

  it('are renewed where the identity that assumes the role has expired, too', async () => {
    await using fake = await start();
    fake.instanceMetadata.role = { name: 'shop' };
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', fake.url);
    await using connected = await connect(fake, { assumeRoleArn: ROLE });
    await connected.read();
    fake.identities.expireSessions();
    expect(await connected.read()).toBe('value');
  });

  it('are not asked for again and again when the service refuses all of them', async () => {
    await using fake = await start();
    await using connected = await connect(fake, { ...KEYS, secretKey: ADMIN_KEYS.secretAccessKey, sessionToken: 'wrong' });
    await expect(connected.read()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(fake.requests).toHaveLength(1);
  });

  it('are asked for again when STS is throttled or fails for a moment', async () => {
    await using fake = await start();
    const isSts = ({ headers }: SeenRequest) => headers['x-amz-target'] === undefined;
    const throttled = '<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>';
    fake.inject(answer(400, { 'content-type': 'text/xml' }, throttled), { when: isSts, times: 1 });
    fake.inject(reset(), { when: isSts, times: 1 });
    await using connected = await connect(fake, { ...KEYS, assumeRoleArn: ROLE });
    expect(await connected.read()).toBe('value');
  });

  it('do not hold a call longer than its time', async () => {
    await using fake = await start();
    fake.inject(() => undefined, { when: ({ headers }) => headers['x-amz-target'] === undefined });
    await using connected = await connect(fake, { ...KEYS, assumeRoleArn: ROLE, requestTimeout: '200ms' });
    await expect(connected.read()).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const controller = new AbortController();
    const reading = connected.read({ signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: 'canceled' });
  });
});
