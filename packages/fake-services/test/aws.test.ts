import { createHash, sign, X509Certificate } from 'node:crypto';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { ADMIN_KEYS, type FakeAws, startFakeAws } from '../src/aws/index.ts';
import { createAuthority } from '../src/index.ts';

function clientOf(fake: FakeAws, more: SecretsManagerClientConfig = {}): SecretsManagerClient {
  return new SecretsManagerClient({ endpoint: fake.url, region: fake.region, credentials: ADMIN_KEYS, maxAttempts: 1, ...more });
}

describe('the official client', () => {
  it('reads what is there, by name, ARN, partial ARN, version and stage', async () => {
    await using fake = await startFakeAws();
    const { arn } = fake.secretsManager.put('team/app', 'one', { versionId: '00000000-0000-4000-8000-000000000001' });
    fake.secretsManager.put('team/app', 'two');
    const client = clientOf(fake);
    const get = async (input: ConstructorParameters<typeof GetSecretValueCommand>[0]) =>
      (await client.send(new GetSecretValueCommand(input))).SecretString;
    for (const SecretId of ['team/app', arn, arn.slice(0, -7)]) expect(await get({ SecretId })).toBe('two');
    expect(await get({ SecretId: 'team/app', VersionStage: 'AWSPREVIOUS' })).toBe('one');
    expect(await get({ SecretId: 'team/app', VersionId: '00000000-0000-4000-8000-000000000001' })).toBe('one');
    await expect(get({ SecretId: 'team/app', VersionStage: 'none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('staging label: none'),
    });
    await expect(get({ SecretId: 'nothing' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(get({ SecretId: 'a b' })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('is refused over the limits that AWS documents', async () => {
    await using fake = await startFakeAws();
    const client = clientOf(fake);
    const ids = Array.from({ length: 21 }, (_, index) => `s${index}`);
    const refusals = [
      client.send(new CreateSecretCommand({ Name: 'big', SecretString: 'x'.repeat(65_537) })),
      client.send(new BatchGetSecretValueCommand({ SecretIdList: ids })),
      client.send(new BatchGetSecretValueCommand({ Filters: [{ Key: 'name', Values: ['a'] }], MaxResults: 21 })),
      client.send(new ListSecretsCommand({ MaxResults: 101 })),
    ];
    for (const refusal of refusals) await expect(refusal).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(client.send(new BatchGetSecretValueCommand({}))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(client.send(new ListSecretsCommand({ NextToken: 'x' }))).rejects.toMatchObject({
      name: 'InvalidNextTokenException',
    });
  });

  it('gets a batch by filter in pages, and each refusal by itself', async () => {
    await using fake = await startFakeAws();
    for (let index = 0; index < 45; index++) fake.secretsManager.put(`s${index}`, `value ${index}`);
    const { arn } = fake.secretsManager.put('hidden', 'x');
    fake.identities.user('reader', { accessKeyId: 'AKIAREADER', secretAccessKey: 'reader' }, [
      { action: ['secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'] },
      { action: 'secretsmanager:GetSecretValue', resource: 'arn:aws:secretsmanager:*:secret:s*' },
    ]);
    const client = clientOf(fake, { credentials: { accessKeyId: 'AKIAREADER', secretAccessKey: 'reader' } });
    const names: (string | undefined)[] = [];
    const refused: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const command = new BatchGetSecretValueCommand({ Filters: [{ Key: 'name', Values: ['!:'] }], MaxResults: 20, NextToken });
      const page = await client.send(command);
      names.push(...(page.SecretValues ?? []).map(({ Name }) => Name));
      refused.push(...(page.Errors ?? []).map(({ SecretId, ErrorCode }) => `${ErrorCode} ${SecretId}`));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(new Set(names).size).toBe(45);
    expect(refused).toEqual([`AccessDeniedException ${arn}`]);
    expect(fake.count('secretsmanager.BatchGetSecretValue')).toBe(3);
  });

  it.each([
    ['a wrong secret', { credentials: { ...ADMIN_KEYS, secretAccessKey: 'wrong' } }, 'InvalidSignatureException'],
    ['an unknown key', { credentials: { ...ADMIN_KEYS, accessKeyId: 'AKIANOBODY' } }, 'UnrecognizedClientException'],
    ['a token that is not its own', { credentials: { ...ADMIN_KEYS, sessionToken: 'x' } }, 'UnrecognizedClientException'],
    ['another region', { region: 'eu-west-1' }, 'InvalidSignatureException'],
    ['another day', { systemClockOffset: -86_400_000 }, 'InvalidSignatureException'],
  ])('is refused with %s', async (_, config, name) => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('s', 'x');
    await expect(clientOf(fake, config).send(new GetSecretValueCommand({ SecretId: 's' }))).rejects.toMatchObject({ name });
    expect(fake.calls).toEqual([]);
  });

  it('is told when a session has expired', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('s', 'x');
    const session = fake.identities.session({ arn: 'arn:aws:sts::123456789012:assumed-role/r/s', seconds: 900 });
    const client = clientOf(fake, { credentials: session });
    await client.send(new GetSecretValueCommand({ SecretId: 's' }));
    fake.identities.expireSessions();
    await expect(client.send(new GetSecretValueCommand({ SecretId: 's' }))).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
  });

  it('is told by KMS', async () => {
    await using fake = await startFakeAws();
    const kmsKeyId = 'arn:aws:kms:us-east-1:123456789012:key/k';
    fake.secretsManager.put('s', 'x', { kmsKeyId });
    fake.identities.user('reader', { accessKeyId: 'AKIAREADER', secretAccessKey: 'reader' }, [{ action: 'secretsmanager:*' }]);
    const command = new GetSecretValueCommand({ SecretId: 's' });
    const reader = clientOf(fake, { credentials: { accessKeyId: 'AKIAREADER', secretAccessKey: 'reader' } });
    await expect(reader.send(command)).rejects.toMatchObject({ message: 'Access to KMS is not allowed' });
    fake.secretsManager.disabledKeys.add(kmsKeyId);
    await expect(clientOf(fake).send(command)).rejects.toMatchObject({ name: 'DecryptionFailure' });
  });
});

describe('the signature that AWS publishes as an example', () => {
  // The GET of IAM's ListUsers in AWS's description of Signature Version 4.
  it('is the one that is calculated here', async () => {
    const { callerOf } = await import('../src/aws/signature.ts');
    const { Identities } = await import('../src/aws/identities.ts');
    const now = Date.parse('2015-08-30T12:36:00Z');
    const identities = new Identities('123456789012', () => now);
    identities.user('example', { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' });
    const search = '?Action=ListUsers&Version=2010-05-08';
    const request = {
      method: 'GET',
      path: '/',
      search,
      query: new URLSearchParams(search),
      headers: {
        host: 'iam.amazonaws.com',
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'x-amz-date': '20150830T123600Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
      },
      body: Buffer.alloc(0),
      clientName: undefined,
    };
    const scope = { identities, region: 'us-east-1', service: 'iam', now };
    expect(callerOf(request, scope).accessKeyId).toBe('AKIDEXAMPLE');
    expect(() => callerOf({ ...request, body: Buffer.from('x') }, scope)).toThrow(/does not match/);
  });
});

describe('identities', () => {
  it('come from the instance metadata for a token that was put before', async () => {
    await using fake = await startFakeAws();
    fake.instanceMetadata.role = { name: 'web' };
    const root = `${fake.url}/latest/meta-data/iam/security-credentials/`;
    expect((await fetch(root)).status).toBe(401);
    const put = { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' } };
    const token = await (await fetch(`${fake.url}/latest/api/token`, put)).text();
    const headers = { 'x-aws-ec2-metadata-token': token };
    expect(await (await fetch(root, { headers })).text()).toBe('web');
    const credentials = (await (await fetch(`${root}web`, { headers })).json()) as Record<string, string>;
    expect(credentials).toMatchObject({ Code: 'Success', Type: 'AWS-HMAC' });
    const { AccessKeyId = '', SecretAccessKey = '', Token = '' } = credentials;
    fake.secretsManager.put('s', 'x');
    const session = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
    await clientOf(fake, { credentials: session }).send(new GetSecretValueCommand({ SecretId: 's' }));
    expect(fake.calls.at(-1)?.caller).toBe('arn:aws:sts::123456789012:assumed-role/web/i-0123456789abcdef0');
  });

  it('come from a container agent, for its token', async () => {
    await using fake = await startFakeAws();
    fake.containerCredentials.roles.set('/v1/credentials', {
      roleArn: 'arn:aws:iam::123456789012:role/pod',
      authorization: 'jwt',
    });
    expect((await fetch(`${fake.url}/v1/credentials`)).status).toBe(401);
    const answer = await fetch(`${fake.url}/v1/credentials`, { headers: { authorization: 'jwt' } });
    expect(await answer.json()).toMatchObject({ RoleArn: 'arn:aws:iam::123456789012:role/pod' });
  });

  it('come from STS for a token of an issuer', async () => {
    await using fake = await startFakeAws();
    const RoleArn = 'arn:aws:iam::123456789012:role/pod';
    fake.sts.roles.set(RoleArn, {
      webIdentities: new Map([
        ['good', 'system:serviceaccount:a:b'],
        ['old', undefined],
      ]),
    });
    const ask = async (WebIdentityToken: string, RoleSessionName = 'coffer') => {
      const Action = 'AssumeRoleWithWebIdentity';
      const body = new URLSearchParams({ Action, Version: '2011-06-15', RoleArn, RoleSessionName, WebIdentityToken });
      const answer = await fetch(fake.url, { method: 'POST', body });
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await ask('good')).toMatch(/^200 .*<SessionToken>/s);
    expect(await ask('old')).toMatch(/^400 .*<Code>ExpiredTokenException</s);
    expect(await ask('forged')).toMatch(/^400 .*<Code>InvalidIdentityToken</s);
    expect(await ask('good', 'a session')).toMatch(/^400 .*<Code>ValidationError</s);
  });

  it('come from Roles Anywhere for a certificate of a trusted authority, and for no other', async () => {
    await using fake = await startFakeAws();
    const arns = {
      trustAnchorArn: 'arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/t',
      profileArn: 'arn:aws:rolesanywhere:us-east-1:123456789012:profile/p',
      roleArn: 'arn:aws:iam::123456789012:role/r',
    };
    const authority = createAuthority();
    fake.rolesAnywhere.trustAnchors.set(arns.trustAnchorArn, authority.cert);
    fake.rolesAnywhere.profiles.set(arns.profileArn, { roleArns: [arns.roleArn] });
    const body = JSON.stringify({ ...arns, durationSeconds: 900 });
    const ask = async ({ cert, key }: { cert: string; key: string }, signed = body) => {
      const leaf = new X509Certificate(cert);
      const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
      const headers = { host: new URL(fake.url).host, 'x-amz-date': date, 'x-amz-x509': leaf.raw.toString('base64') };
      const names = Object.keys(headers).join(';');
      const lines = Object.entries(headers).map((pair) => `${pair.join(':')}\n`);
      const digest = (text: string) => createHash('sha256').update(text).digest('hex');
      const scope = `${date.slice(0, 8)}/us-east-1/rolesanywhere/aws4_request`;
      const canonical = ['POST', '/sessions', '', lines.join(''), names, digest(signed)].join('\n');
      const text = ['AWS4-X509-ECDSA-SHA256', date, scope, digest(canonical)].join('\n');
      const signature = sign('sha256', Buffer.from(text), key).toString('hex');
      const credential = `${BigInt(`0x${leaf.serialNumber}`)}/${scope}`;
      const authorization = `AWS4-X509-ECDSA-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
      const answer = await fetch(`${fake.url}/sessions`, { method: 'POST', headers: { ...headers, authorization }, body });
      return { status: answer.status, body: (await answer.json()) as object };
    };
    const trusted = await ask(authority.issue('workload'));
    expect(trusted).toMatchObject({ status: 201, body: { credentialSet: [{ roleArn: arns.roleArn }] } });
    expect((await ask(createAuthority().issue('workload'))).status).toBe(403);
    expect((await ask(authority.issue('workload'), `${body} `)).body).toMatchObject({ message: /does not match/ });
  });
});
