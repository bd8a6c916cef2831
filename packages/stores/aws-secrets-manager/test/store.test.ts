import { strictDialect } from '@coffer/core';
import { decodeMetadata } from '@coffer/core/driver';
import { startFakeAws } from '@coffer/fake-services/aws';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { SecretsManagerStore } from '../src/store.ts';
import { openStore, reader } from './support.ts';

const VERSION = '00000000-0000-4000-8000-000000000001';
const multiple = { multipleKeyValuesPerSecret: 'true' };

describe('secretstores.aws.secretmanager: get', () => {
  it('S1: starts with capitalised settings and asks nobody', async () => {
    await using fake = await startFakeAws();
    const properties = { AccessKey: 'a', Region: 'a', Endpoint: fake.url, SecretKey: 'a', SessionToken: 'a' };
    const { metadata, problems } = decodeMetadata(definition.metadata, properties);
    expect([metadata.region, metadata.endpoint, problems]).toEqual(['a', fake.url, []]);
    await using open = await openStore(fake.url);
    expect(open.store.features()).toEqual(['LIST', 'GET_MANY', 'PING']);
    expect(fake.requests).toEqual([]);
  });

  it('S3, S4, S5, S6: sends a version only when the request names one', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('plain', 'one', { versionId: VERSION });
    fake.secretsManager.put('plain', 'two', { stages: ['AWSCURRENT', 'dev'] });
    await using open = await openStore(fake.url);
    const inputs = () => fake.calls.splice(0).map(({ operation, input }) => [operation, input]);
    expect(await open.get('plain')).toEqual({ plain: 'two' });
    expect(await open.get('plain', { version_id: '', version_stage: '' })).toEqual({ plain: 'two' });
    expect(await open.get('plain', { version_id: VERSION })).toEqual({ plain: 'one' });
    expect(await open.get('plain', { version_stage: 'dev' })).toEqual({ plain: 'two' });
    expect(await open.get('plain', { version_id: VERSION, version_stage: 'AWSPREVIOUS' })).toEqual({ plain: 'one' });
    const get = 'secretsmanager.GetSecretValue';
    expect(inputs()).toEqual([
      [get, { SecretId: 'plain' }],
      [get, { SecretId: 'plain' }],
      [get, { SecretId: 'plain', VersionId: VERSION }],
      [get, { SecretId: 'plain', VersionStage: 'dev' }],
      [get, { SecretId: 'plain', VersionId: VERSION, VersionStage: 'AWSPREVIOUS' }],
    ]);
    expect((await open.store.get({ name: 'plain', metadata: { version_stage: 'AWSPREVIOUS' } })).version).toBe(VERSION);
    await expect(open.get('plain', { version_id: VERSION, version_stage: 'dev' })).rejects.toMatchObject({
      code: 'failed_precondition',
    });
    await expect(open.get('plain', { version_id: '1' })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(open.get('plain', { version_stage: 'x' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('sends an empty version in the strict dialect, which the service refuses', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('plain', 'x');
    await using open = await openStore(fake.url, { dialect: strictDialect });
    await expect(open.get('plain', { version_id: '' })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(fake.calls.at(-1)?.input).toEqual({ SecretId: 'plain', VersionId: '' });
  });

  it('S2, S7, S9, S10, S11, S12, S13, S14: gives the members of a JSON object, as their source says', async () => {
    await using fake = await startFakeAws();
    const secrets = {
      object: '{"key1":"value1","key2":"value2","key3":{"nested":"value3"}}',
      text: 'not json',
      array: '["a","b"]',
      quoted: '"quoted"',
      number: '5',
      null: ' null\n',
      kinds: '{"n":5,"b":true,"z":null,"f":1.50,"e":1E5,"o":{"z":1, "a":"<&>"}}',
      exact: '{"n":12345678901234567890,"m":9007199254740993}',
      names: '{"__proto__":"p","constructor":"c","":"empty","10":"a","9":"b"}',
      trailing: '{"a":"1"} x',
      twice: '{"a":"1","a":"2"}',
      surrogate: '{"a":"\\ud83d","b":"\\udcff"}',
    };
    for (const [name, value] of Object.entries(secrets)) fake.secretsManager.put(name, value);
    await using open = await openStore(fake.url, { properties: multiple });
    expect(open.store.features()).toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
    expect(await open.get('object')).toEqual({ key1: 'value1', key2: 'value2', key3: '{"nested":"value3"}' });
    for (const name of ['text', 'array', 'quoted', 'number', 'null', 'trailing'] as const) {
      expect(await open.get(name)).toEqual({ [name]: secrets[name] });
    }
    expect(await open.get('kinds')).toEqual({ n: '5', b: 'true', z: 'null', f: '1.50', e: '1E5', o: '{"z":1, "a":"<&>"}' });
    expect(await open.get('exact')).toEqual({ n: '12345678901234567890', m: '9007199254740993' });
    expect(Object.entries(await open.get('names'))).toEqual(
      expect.arrayContaining([
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['', 'empty'],
      ]),
    );
    expect(await open.get('twice')).toEqual({ a: '2' });
    expect(await open.get('surrogate')).toEqual({ a: '\ufffd', b: '\ufffd' });

    await using strict = await openStore(fake.url, { properties: multiple, dialect: strictDialect });
    expect(await strict.get('null')).toEqual({});
    expect(await strict.get('kinds')).toEqual({
      n: '5',
      b: 'true',
      z: 'null',
      f: '1.5',
      e: '100000',
      o: '{"a":"\\u003c\\u0026\\u003e","z":1}',
    });
    expect(await strict.get('exact')).toEqual({ n: '12345678901234567000', m: '9007199254740992' });
    fake.secretsManager.put('overflow', '{"n":1e999}');
    expect(await strict.get('overflow')).toEqual({ overflow: '{"n":1e999}' });
  });

  it('S8, S25: gives one value when the option is off', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('json', '{"a":1}');
    await using open = await openStore(fake.url);
    expect(await open.get('json')).toEqual({ json: '{"a":1}' });
    expect(open.store.features()).not.toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
    expect(new SecretsManagerStore().features()).not.toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
  });

  it('S15: has the name that was asked for as key; in the strict dialect the one that the service has', async () => {
    await using fake = await startFakeAws();
    const { arn } = fake.secretsManager.put('team/app', 'x');
    await using open = await openStore(fake.url);
    await using strict = await openStore(fake.url, { dialect: strictDialect });
    for (const name of ['team/app', arn, arn.slice(0, -7)]) {
      expect(await open.get(name)).toEqual({ [name]: 'x' });
      expect(await strict.get(name)).toEqual({ 'team/app': 'x' });
    }
  });

  it('S16: gives a binary secret as base64, whatever is in it', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('binary', Buffer.from([0, 255, 254, 128]));
    fake.secretsManager.put('text', Buffer.from('hello'));
    await using open = await openStore(fake.url, { properties: multiple });
    expect(await open.get('binary')).toEqual({ binary: 'AP/+gA==' });
    expect(await open.get('text')).toEqual({ text: 'aGVsbG8=' });
    await using strict = await openStore(fake.url, { dialect: strictDialect });
    expect(await strict.get('binary')).toEqual({});
  });

  it('S17: tells missing, denied, deleted and undecipherable secrets apart, each with what to do', async () => {
    await using fake = await startFakeAws();
    const kmsKeyId = 'arn:aws:kms:us-east-1:123456789012:key/k';
    const { arn } = fake.secretsManager.put('hidden', 'x');
    fake.secretsManager.put('locked', 'x', { kmsKeyId });
    fake.secretsManager.put('gone', 'x');
    fake.secretsManager.delete('gone');
    fake.secretsManager.put('empty', undefined);
    const statements = [{ action: 'secretsmanager:GetSecretValue' }, { effect: 'Deny', action: '*', resource: arn }] as const;
    await using open = await openStore(fake.url, { properties: reader(fake, statements) });
    const before =
      "couldn't get secret: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: ";
    const failure = (name: string) => open.store.get({ name, metadata: {} }).catch((cause) => cause);
    for (const [name, code, words, hint] of [
      ['missing', 'not_found', 'ResourceNotFoundException', /ARN/],
      ['empty', 'not_found', 'staging label: AWSCURRENT', /put a value/],
      [
        'hidden',
        'permission_denied',
        'is not authorized to perform: secretsmanager:GetSecretValue',
        /allow secretsmanager:GetSecretValue/,
      ],
      ['locked', 'permission_denied', 'Access to KMS is not allowed', /kms:Decrypt/],
      ['gone', 'failed_precondition', 'marked for deletion', /RestoreSecret/],
      ['a b', 'invalid_argument', 'Invalid name', undefined],
    ] as const) {
      const { detail, ...told } = await failure(name);
      expect(detail.slice(0, before.length)).toBe(before);
      expect(detail).toContain(words);
      expect(told).toMatchObject({ code, operation: 'get', secret: name });
      if (hint !== undefined) expect(told.hint).toMatch(hint);
    }
    fake.secretsManager.disabledKeys.add(kmsKeyId);
    await using admin = await openStore(fake.url);
    await expect(admin.get('locked')).rejects.toMatchObject({
      code: 'failed_precondition',
      hint: expect.stringContaining('KMS'),
    });
  });

  it('tells credentials that are not accepted', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('s', 'x');
    for (const properties of [{ secretKey: 'wrong' }, { accessKey: 'AKIANOBODY' }, { sessionToken: 'none' }]) {
      await using open = await openStore(fake.url, { properties });
      await expect(open.get('s')).rejects.toMatchObject({ code: 'unauthenticated' });
      await expect(open.store.ping()).rejects.toMatchObject({ code: 'unauthenticated' });
      await expect(open.bulk()).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('keeps names that are odd apart', async () => {
    await using fake = await startFakeAws();
    for (const name of ['__proto__', 'constructor', 'a+b=c@d_e-f.g', 'n'.repeat(512)])
      fake.secretsManager.put(name, `of ${name}`);
    await using open = await openStore(fake.url);
    for (const name of ['__proto__', 'constructor', 'a+b=c@d_e-f.g', 'n'.repeat(512)]) {
      const { data } = await open.store.get({ name, metadata: {} });
      expect(Object.entries(data ?? {})).toEqual([[name, `of ${name}`]]);
    }
    for (const name of ['', '😀', 'a?b', '..\\a', 'x'.repeat(1024), '\udcff']) {
      await expect(open.get(name)).rejects.toMatchObject({ code: 'invalid_argument' });
    }
  });
});

describe('secretstores.aws.secretmanager: who asks', () => {
  it('S27: assumes a role; the strict dialect does not', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('s', 'x');
    const assumeRoleArn = 'arn:aws:iam::123456789012:role/shop';
    fake.sts.roles.set(assumeRoleArn, {});
    const properties = { assumeRoleArn, stsEndpoint: fake.url };
    await using open = await openStore(fake.url, { properties });
    await open.get('s');
    expect(fake.calls.map(({ operation, caller }) => `${operation} ${caller}`)).toEqual([
      'sts.AssumeRole arn:aws:iam::123456789012:user/admin',
      'secretsmanager.GetSecretValue arn:aws:sts::123456789012:assumed-role/shop/DaprDefaultSession',
    ]);
    await using strict = await openStore(fake.url, { properties, dialect: strictDialect });
    await strict.get('s');
    expect(fake.calls.at(-1)?.caller).toBe('arn:aws:iam::123456789012:user/admin');
  });

  it('renews a session that has ended in the middle of everything', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('s', 'x');
    const assumeRoleArn = 'arn:aws:iam::123456789012:role/shop';
    fake.sts.roles.set(assumeRoleArn, {});
    await using open = await openStore(fake.url, { properties: { assumeRoleArn, stsEndpoint: fake.url } });
    await open.get('s');
    fake.identities.expireSessions();
    expect(await open.get('s')).toEqual({ s: 'x' });
    expect(fake.count('sts.AssumeRole')).toBe(2);
  });

  it('S29: takes awsRegion for the region; the strict dialect does not', async () => {
    await using fake = await startFakeAws({ region: 'eu-west-1' });
    fake.secretsManager.put('s', 'x');
    const setup = { properties: { region: undefined, awsRegion: 'eu-west-1' }, environment: { AWS_REGION: 'us-east-1' } };
    await using open = await openStore(fake.url, setup);
    expect(await open.get('s')).toEqual({ s: 'x' });
    await using strict = await openStore(fake.url, { ...setup, dialect: strictDialect });
    await expect(strict.get('s')).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('secretstores.aws.secretmanager: ping and close', () => {
  it('X5: pings with one page of one name, and is content with a refusal of it', async () => {
    await using fake = await startFakeAws();
    await using open = await openStore(fake.url, { properties: reader(fake, [{ action: 'secretsmanager:GetSecretValue' }]) });
    await open.store.ping();
    expect(fake.calls.map(({ operation, input }) => [operation, input])).toEqual([
      ['secretsmanager.ListSecrets', { MaxResults: 1 }],
    ]);
    await fake.close();
    await expect(open.store.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('does nothing more when it is closed, twice', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('s', 'x');
    await using open = await openStore(fake.url);
    await open.get('s');
    await open.store.close();
    await open.store.close();
    await expect(open.get('s')).rejects.toMatchObject({ code: 'unavailable', detail: 'the store is closed' });
    await expect(open.bulk()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
