import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
  type SSMClientConfig,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { ADMIN_KEYS, type FakeAws, startFakeAws } from '../src/aws/index.ts';

function clientOf(fake: FakeAws, more: SSMClientConfig = {}): SSMClient {
  return new SSMClient({ endpoint: fake.url, region: fake.region, credentials: ADMIN_KEYS, maxAttempts: 1, ...more });
}

describe('the official client', () => {
  it('reads what it has put, by name, ARN, version and label', async () => {
    await using fake = await startFakeAws();
    const client = clientOf(fake);
    await client.send(new PutParameterCommand({ Name: '/a/b', Value: 'one', Type: 'SecureString' }));
    await client.send(new PutParameterCommand({ Name: '/a/b', Value: 'two', Overwrite: true }));
    await client.send(new LabelParameterVersionCommand({ Name: '/a/b', ParameterVersion: 1, Labels: ['live'] }));
    const get = async (Name: string, WithDecryption = true) =>
      (await client.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
    expect(await get('/a/b')).toMatchObject({ Name: '/a/b', Value: 'two', Version: 2, Type: 'SecureString' });
    for (const selector of [':1', ':live']) {
      expect(await get(`/a/b${selector}`)).toMatchObject({ Name: '/a/b', Value: 'one', Version: 1, Selector: selector });
    }
    expect(await get('arn:aws:ssm:us-east-1:123456789012:parameter/a/b:1')).toMatchObject({ Value: 'one' });
    expect((await get('/a/b', false))?.Value).not.toBe('two');
    await expect(get('/none')).rejects.toMatchObject({ name: 'ParameterNotFound' });
    await expect(get('/a/b:7')).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
    await expect(get('a b')).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('reads ten names at once, and is told which are none', async () => {
    await using fake = await startFakeAws();
    for (const name of ['a', 'b']) fake.parameterStore.put(name, `of ${name}`);
    const answer = await clientOf(fake).send(new GetParametersCommand({ Names: ['a', 'none', 'b', 'a:7'] }));
    expect(answer.Parameters?.map(({ Value }) => Value)).toEqual(['of b', 'of a']);
    expect(answer.InvalidParameters).toEqual(['a:7', 'none']);
  });

  it('goes through pages, by path and by beginning', async () => {
    await using fake = await startFakeAws();
    for (let index = 0; index < 23; index++) fake.parameterStore.put(`/a/p${index}`, `${index}`);
    fake.parameterStore.put('/ab', 'x');
    fake.parameterStore.put('/a/deep/p', 'x');
    const client = clientOf(fake);
    const page = (Recursive: boolean, NextToken?: string) =>
      client.send(new GetParametersByPathCommand({ Path: '/a', Recursive, ...(NextToken === undefined ? {} : { NextToken }) }));
    const sizes: number[] = [];
    for (let token: string | undefined = ''; token !== undefined; ) {
      const { Parameters = [], NextToken } = await page(true, token || undefined);
      sizes.push(Parameters.length);
      token = NextToken;
    }
    expect(sizes).toEqual([10, 10, 4]);
    const filter = { Key: 'Name', Option: 'BeginsWith', Values: ['/a'] };
    expect((await client.send(new DescribeParametersCommand({ ParameterFilters: [filter] }))).Parameters).toHaveLength(25);
    await expect(page(false, 'no token')).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
  });

  it('is refused over the limits that AWS documents', async () => {
    await using fake = await startFakeAws();
    const client = clientOf(fake);
    const names = Array.from({ length: 11 }, (_, index) => `p${index}`);
    const refusals = [
      client.send(new GetParametersCommand({ Names: names })),
      client.send(new GetParametersCommand({ Names: ['a', 'a'] })),
      client.send(new GetParametersByPathCommand({ Path: '/a', MaxResults: 11 })),
      client.send(new GetParametersByPathCommand({ Path: 'a' })),
      client.send(new DescribeParametersCommand({ MaxResults: 51 })),
      client.send(new PutParameterCommand({ Name: 'big', Value: 'x'.repeat(4097), Type: 'String' })),
    ];
    for (const refusal of refusals) await expect(refusal).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('is refused what no policy allows, the key included', async () => {
    await using fake = await startFakeAws();
    fake.parameterStore.put('/a/b', 'x', { type: 'SecureString', kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/k' });
    fake.parameterStore.put('/a/c', 'x');
    fake.identities.user('reader', { accessKeyId: 'AKIAREADER', secretAccessKey: 'reader' }, [
      { action: 'ssm:GetParameter', resource: '*parameter/a/*' },
    ]);
    const client = clientOf(fake, { credentials: { accessKeyId: 'AKIAREADER', secretAccessKey: 'reader' } });
    await client.send(new GetParameterCommand({ Name: '/a/c' }));
    const denials = [
      client.send(new GetParameterCommand({ Name: '/a/b', WithDecryption: true })),
      client.send(new GetParameterCommand({ Name: '/other' })),
      client.send(new GetParametersCommand({ Names: ['/a/c'] })),
      client.send(new GetParametersByPathCommand({ Path: '/a' })),
      client.send(new DescribeParametersCommand({})),
    ];
    for (const denial of denials) await expect(denial).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
