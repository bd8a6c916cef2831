import { randomUUID } from 'node:crypto';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { strictDialect } from '@coffer/core';
import { isSecretStoreError } from '@coffer/core/driver';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Setup } from './support.ts';

/** An emulator of AWS: `npm run test:backends` starts two. */
const endpoint = process.env.COFFER_TEST_AWS_ENDPOINT ?? '';
const backend = process.env.COFFER_TEST_AWS_BACKEND ?? '';
const run = `coffer-${randomUUID().slice(0, 8)}`;
const keys = { accessKey: 'test', secretKey: 'test' };
const client = new SecretsManagerClient({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey },
});
const named = (name: string) => `${run}/${name}`;
const arns: Record<string, string> = {};

/** Answers the id of the version. */
async function create(name: string, value: string | Buffer | undefined): Promise<string | undefined> {
  const content = value === undefined ? {} : typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
  const made = await client.send(new CreateSecretCommand({ Name: named(name), ...content }));
  arns[name] = made.ARN ?? '';
  return made.VersionId;
}

const open = ({ properties, ...setup }: Setup = {}) => openStore(endpoint, { properties: { ...keys, ...properties }, ...setup });
const only = { namePrefixes: `${run}/` };
let versions: readonly (string | undefined)[] = [];

beforeAll(async () => {
  await create('plain', 'hello');
  await create('json', '{"s":"x","n":12345678901234567890,"o":{"z":1,"a":"<&>"}}');
  await create('binary', Buffer.from([0, 255, 254, 128]));
  const first = await create('versions', 'one');
  const second = await client.send(new PutSecretValueCommand({ SecretId: named('versions'), SecretString: 'two' }));
  versions = [first, second.VersionId];
  await create('gone', 'x');
  await client.send(new DeleteSecretCommand({ SecretId: named('gone') }));
  await create('empty', undefined);
  for (let index = 0; index < 45; index++) await create(`many/${index}`, `value ${index}`);
});

describe(`single reads on ${backend || endpoint}`, () => {
  it('gives text, JSON members and binary values', async () => {
    await using store = await open();
    expect(await store.get(named('plain'))).toEqual({ [named('plain')]: 'hello' });
    expect(await store.get(named('binary'))).toEqual({ [named('binary')]: 'AP/+gA==' });
    await using multiple = await open({ properties: { multipleKeyValuesPerSecret: 'true' } });
    expect(await multiple.get(named('json'))).toEqual({ s: 'x', n: '12345678901234567890', o: '{"z":1,"a":"<&>"}' });
  });

  it('takes ARNs and partial ARNs', async () => {
    await using store = await open();
    const { plain: arn = '' } = arns;
    for (const id of [arn, arn.slice(0, -7)]) expect(await store.get(id)).toEqual({ [id]: 'hello' });
  });

  it('takes versions and stages', async () => {
    await using store = await open();
    const name = named('versions');
    expect(await store.get(name)).toEqual({ [name]: 'two' });
    expect(await store.get(name, { version_id: versions[0] ?? '' })).toEqual({ [name]: 'one' });
    expect(await store.get(name, { version_stage: 'AWSPREVIOUS' })).toEqual({ [name]: 'one' });
    expect((await store.store.get({ name, metadata: {} })).version).toBe(versions[1]);
    for (const version_stage of ['none'])
      await expect(store.get(name, { version_stage })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('tells what is missing, being deleted or without a value', async () => {
    await using store = await open();
    await expect(store.get(named('missing'))).rejects.toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining('ResourceNotFoundException'),
    });
    await expect(store.get(named('gone'))).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: expect.stringContaining('InvalidRequestException'),
    });
    await expect(store.get(named('empty'))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('pings', async () => {
    await using store = await open();
    await store.store.ping();
  });
});

describe(`reads of many on ${backend || endpoint}`, () => {
  const count = 45 + ['plain', 'json', 'binary', 'versions'].length;

  it('reads every secret with a value, twice the same', async () => {
    await using store = await open({ properties: only });
    const first = await store.bulk();
    expect(Object.keys(first)).toHaveLength(count);
    expect(first[named('many/7')]).toEqual({ [named('many/7')]: 'value 7' });
    expect(await store.bulk()).toEqual(first);
    for (const [name, values] of Object.entries(first)) expect(await store.get(name)).toEqual(values);
  });

  it('leaves none out without prefixes, however the backend takes filters', async () => {
    await using store = await open();
    const names = Object.keys(await store.bulk()).filter((name) => name.startsWith(`${run}/`));
    expect(names).toHaveLength(count);
  });

  it('lists names, those without a value too', async () => {
    await using store = await open({ properties: only });
    const names = (await store.list()).flat();
    expect(new Set(names).size).toBe(count + 1);
    expect(names).not.toContain(named('gone'));
  });

  it('reads several by name, ARN and partial ARN, and tells each that it can not', async () => {
    await using store = await open();
    const { plain: arn = '' } = arns;
    const names = [named('plain'), arn, arn.slice(0, -7), named('missing'), named('gone'), 'not a name', named('many/1')];
    const { found, failed } = await store.store.getMany({ names, metadata: {} });
    expect(Object.keys(found).toSorted()).toEqual([named('plain'), arn, arn.slice(0, -7), named('many/1')].toSorted());
    expect(failed[named('missing')]?.code).toBe('not_found');
    expect(failed[named('gone')]?.code).toBe('failed_precondition');
    expect(isSecretStoreError(failed['not a name'])).toBe(true);
  });

  it('fails for a secret without a value in the strict dialect, and names it', async () => {
    await using store = await open({ dialect: strictDialect });
    if (backend === 'ministack') {
      // It answers without a value, where AWS says that there is none; the reference gives no keys then.
      expect((await store.bulk())[named('empty')]).toEqual({});
      return;
    }
    await expect(store.bulk()).rejects.toMatchObject({
      detail: expect.stringMatching(/^couldn't get secret: coffer-\w+\/empty$/),
    });
  });

  it('is on a backend that takes batches', async () => {
    const { SecretValues } = await client.send(new BatchGetSecretValueCommand({ SecretIdList: [named('plain')] }));
    expect(SecretValues?.map(({ SecretString }) => SecretString)).toEqual(['hello']);
  });
});
