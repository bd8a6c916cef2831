import { strictDialect } from '@coffer/core';
import type { GetManyData } from '@coffer/core/driver';
import { answer } from '@coffer/fake-services';
import { awsThrottled, type FakeAws, startFakeAws } from '@coffer/fake-services/aws';
import { describe, expect, it } from 'vitest';
import { openStore, reader } from './support.ts';

const LIST = 'secretsmanager.ListSecrets';
const BATCH = 'secretsmanager.BatchGetSecretValue';
const GET = 'secretsmanager.GetSecretValue';
const ALL = { action: ['secretsmanager:ListSecrets', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:GetSecretValue'] };
const UNBATCHED = { action: ['secretsmanager:ListSecrets', 'secretsmanager:GetSecretValue'] };

function fill(fake: FakeAws, count: number): Record<string, Record<string, string>> {
  const expected: Record<string, Record<string, string>> = {};
  for (let index = 0; index < count; index++) {
    fake.secretsManager.put(`s${index}`, `value ${index}`);
    expected[`s${index}`] = { [`s${index}`]: `value ${index}` };
  }
  return expected;
}

const counts = (fake: FakeAws) => ({ list: fake.count(LIST), batch: fake.count(BATCH), get: fake.count(GET) });

describe('secretstores.aws.secretmanager: bulk', () => {
  it('S18, S19, S23: reads every secret as get does, whatever version the request names', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.put('plain', 'one');
    fake.secretsManager.put('plain', 'two');
    fake.secretsManager.put('json', '{"a":1,"o":{"b":[]}}');
    fake.secretsManager.put('binary', Buffer.from([255]));
    fake.secretsManager.put('__proto__', 'p');
    await using open = await openStore(fake.url);
    const expected = [
      ['__proto__', { ['__proto__']: 'p' }],
      ['binary', { binary: '/w==' }],
      ['json', { json: '{"a":1,"o":{"b":[]}}' }],
      ['plain', { plain: 'two' }],
    ];
    expect(Object.entries(await open.bulk({ version_id: 'x', version_stage: 'AWSPREVIOUS' })).toSorted()).toEqual(expected);
    await using multiple = await openStore(fake.url, { properties: { multipleKeyValuesPerSecret: 'true' } });
    expect((await multiple.bulk()).json).toEqual({ a: '1', o: '{"b":[]}' });
  });

  it('S24: reads 45 in three calls, and once asks for the names too, to see that none is missing', async () => {
    await using fake = await startFakeAws();
    const expected = fill(fake, 45);
    await using open = await openStore(fake.url);
    expect(await open.bulk()).toEqual(expected);
    expect(counts(fake)).toEqual({ list: 1, batch: 3, get: 0 });
    expect(await open.bulk()).toEqual(expected);
    expect(counts(fake)).toEqual({ list: 1, batch: 6, get: 0 });
  });

  it('reads 1,000 in 51 calls', async () => {
    await using fake = await startFakeAws();
    const expected = fill(fake, 1000);
    await using open = await openStore(fake.url);
    expect(await open.bulk()).toEqual(expected);
    expect(counts(fake)).toEqual({ list: 1, batch: 50, get: 0 });
  });

  it('goes on over pages without a secret', async () => {
    await using fake = await startFakeAws();
    fake.secretsManager.hasEmptyPages = true;
    const expected = fill(fake, 45);
    await using open = await openStore(fake.url);
    expect(await open.bulk()).toEqual(expected);
  });

  it('is empty when there is nothing', async () => {
    await using fake = await startFakeAws();
    await using open = await openStore(fake.url);
    expect(await open.bulk()).toEqual({});
    expect(await open.list()).toEqual([]);
  });

  it('S20: lists page by page, a hundred names each, and reads by names where batches are not allowed, ten at a time', async () => {
    await using fake = await startFakeAws({ delay: 5 });
    const expected = fill(fake, 145);
    await using open = await openStore(fake.url, { properties: reader(fake, [UNBATCHED]) });
    expect(await open.bulk()).toEqual(expected);
    expect(counts(fake)).toEqual({ list: 3, batch: 2, get: 145 });
    expect(fake.calls.filter(({ operation }) => operation === LIST).map(({ input }) => 'NextToken' in input)).toEqual([
      false,
      false,
      true,
    ]);
    expect(fake.mostInFlight).toBeGreaterThan(1);
    expect(fake.mostInFlight).toBeLessThanOrEqual(10);
    expect(open.warnings).toEqual([expect.stringContaining('secretsmanager:BatchGetSecretValue')]);
    // It knows now.
    expect(await open.bulk()).toEqual(expected);
    expect(counts(fake)).toEqual({ list: 5, batch: 2, get: 290 });
    expect((await open.list()).map((page) => page.length)).toEqual([100, 45]);
  });

  it.each([
    [
      'knows no filters and finds nothing',
      (fake: FakeAws) => {
        fake.secretsManager.ignoresFilters = true;
      },
      { list: 2, batch: 5, get: 0 },
    ],
    [
      'has no batches',
      (fake: FakeAws) => void fake.secretsManager.without.add('BatchGetSecretValue'),
      { list: 2, batch: 2, get: 65 },
    ],
  ])('leaves no secret out where the service %s', async (_, prepare, expectedCounts) => {
    await using fake = await startFakeAws();
    const expected = fill(fake, 65);
    prepare(fake);
    await using open = await openStore(fake.url);
    expect(await open.bulk()).toEqual(expected);
    expect(counts(fake)).toEqual(expectedCounts);
    expect(open.warnings).toHaveLength(1);
    const { batch } = counts(fake);
    expect(await open.bulk()).toEqual(expected);
    expect(counts(fake).batch - batch).toBe(expectedCounts.get === 0 ? 4 : 0);
  });

  it.each([
    // As an emulator answers for one secret without a value, which may have one the next time.
    ['ResourceNotFoundException', 2],
    ['ValidationException', 1],
  ])('reads by names when the filtered batch is refused with %s', async (code, tries) => {
    await using fake = await startFakeAws();
    const expected = fill(fake, 25);
    let filtered = 0;
    fake.inject(answer(400, {}, { __type: code, Message: 'no' }), {
      when: ({ headers, body }) => {
        const isFiltered = headers['x-amz-target'] === BATCH && body.includes('Filters');
        if (isFiltered) filtered++;
        return isFiltered;
      },
    });
    await using open = await openStore(fake.url);
    for (const _ of [1, 2]) expect(await open.bulk()).toEqual(expected);
    expect(filtered).toBe(tries);
  });

  it('S21: tells that it may not list', async () => {
    await using fake = await startFakeAws();
    fill(fake, 3);
    await using open = await openStore(fake.url, { properties: reader(fake, [{ action: 'secretsmanager:GetSecretValue' }]) });
    for (const read of [open.bulk, open.list]) {
      await expect(read()).rejects.toMatchObject({
        code: 'permission_denied',
        detail: expect.stringMatching(/^couldn't list secrets: operation error Secrets Manager: ListSecrets, /),
        hint: expect.stringContaining('secretsmanager:ListSecrets'),
      });
    }
  });

  it.each([
    ['in batches', ALL],
    ['one by one', UNBATCHED],
  ])('S22: fails for one secret that may not be read, names it and says why (%s)', async (_, statement) => {
    await using fake = await startFakeAws();
    fill(fake, 30);
    const { arn } = fake.secretsManager.put('hidden', 'x');
    const properties = reader(fake, [statement, { effect: 'Deny', action: '*', resource: arn }]);
    await using open = await openStore(fake.url, { properties });
    await expect(open.bulk()).rejects.toMatchObject({
      code: 'permission_denied',
      operation: 'bulkGet',
      secret: 'hidden',
      detail: expect.stringMatching(/^couldn't get secret: hidden: operation error Secrets Manager: .*AccessDeniedException/),
      hint: expect.stringContaining('secretsmanager:GetSecretValue'),
    });
    await using strict = await openStore(fake.url, { properties, dialect: strictDialect });
    await expect(strict.bulk()).rejects.toMatchObject({ detail: "couldn't get secret: hidden" });
    await using skipping = await openStore(fake.url, { properties: { ...properties, unreadableSecrets: 'skip' } });
    expect(Object.keys(await skipping.bulk())).toHaveLength(30);
    expect(Object.keys(await skipping.bulk())).toHaveLength(30);
    const told = skipping.warnings.filter((warning) => warning.includes('hidden'));
    expect(told).toEqual([expect.stringMatching(/leaves out a secret: .*hidden.*; allow secretsmanager:GetSecretValue/)]);
  });

  it.each([
    ['in batches', ALL],
    ['one by one', UNBATCHED],
  ])(
    'leaves out what has no value or is being deleted; in the strict dialect a secret without a value is an error (%s)',
    async (_, statement) => {
      await using fake = await startFakeAws();
      const expected = fill(fake, 25);
      fake.secretsManager.put('empty', undefined);
      fake.secretsManager.put('gone', 'x');
      fake.secretsManager.delete('gone');
      const properties = reader(fake, [statement]);
      await using open = await openStore(fake.url, { properties });
      expect(await open.bulk()).toEqual(expected);
      expect((await open.list()).flat()).not.toContain('gone');
      await using strict = await openStore(fake.url, { properties, dialect: strictDialect });
      await expect(strict.bulk()).rejects.toMatchObject({ detail: "couldn't get secret: empty", code: 'not_found' });
    },
  );

  it('asks again for the secrets of a batch that were throttled, and tells the one that stays so', async () => {
    await using fake = await startFakeAws();
    const expected = fill(fake, 25);
    fake.secretsManager.throttled.set('s3', 2);
    await using open = await openStore(fake.url);
    expect(await open.bulk()).toEqual(expected);
    fake.secretsManager.throttled.set('s3', 100);
    await expect(open.bulk()).rejects.toMatchObject({ code: 'resource_exhausted', secret: 's3' });
  }, 30_000);

  it('waits out a burst of throttled calls', async () => {
    await using fake = await startFakeAws();
    const expected = fill(fake, 45);
    fake.inject(awsThrottled({ 'retry-after': '0' }), { times: 2 });
    await using open = await openStore(fake.url);
    expect(await open.bulk()).toEqual(expected);
  });

  it('does not ask for what the caller may not have', async () => {
    await using fake = await startFakeAws();
    const expected = fill(fake, 45);
    const { arn } = fake.secretsManager.put('hidden', 'x');
    await using open = await openStore(fake.url, {
      properties: reader(fake, [ALL, { effect: 'Deny', action: '*', resource: arn }]),
    });
    const wanted = (name: string) => name !== 'hidden' && name !== 's3';
    delete expected.s3;
    const bulk = async () => {
      fake.calls.length = 0;
      const { data } = await open.store.bulkGet({ metadata: {}, wanted });
      expect(Object.keys(data ?? {}).toSorted()).toEqual(Object.keys(expected).toSorted());
      return fake.calls.flatMap(({ input }) => (input.SecretIdList as string[] | undefined) ?? []);
    };
    expect(await bulk()).not.toContain('s3');
    const asked = await bulk();
    expect(asked.toSorted()).toEqual(Object.keys(expected).toSorted());
    expect(counts(fake)).toEqual({ list: 1, batch: 3, get: 0 });
  });

  it('narrows bulk and list by prefixes, not single reads', async () => {
    await using fake = await startFakeAws();
    for (const name of ['shop/a', 'shop/b', 'shared/c', 'Shop/d', 'other/shop/e']) fake.secretsManager.put(name, name);
    const properties = { namePrefixes: 'shop/, shared/' };
    await using open = await openStore(fake.url, { properties });
    expect(Object.keys(await open.bulk()).toSorted()).toEqual(['shared/c', 'shop/a', 'shop/b']);
    expect((await open.list()).flat().toSorted()).toEqual(['shared/c', 'shop/a', 'shop/b']);
    expect(await open.get('other/shop/e')).toEqual({ 'other/shop/e': 'other/shop/e' });
    expect(fake.calls.filter(({ operation }) => operation !== GET).map(({ input }) => input.Filters)).toEqual(
      Array(3).fill([{ Key: 'name', Values: ['shop/', 'shared/'] }]),
    );
    await using strict = await openStore(fake.url, { properties, dialect: strictDialect });
    expect(Object.keys(await strict.bulk())).toHaveLength(5);
  });

  it('reads exactly the names that are declared, without the right to list', async () => {
    await using fake = await startFakeAws();
    const expected = fill(fake, 3);
    const statements = [{ action: ['secretsmanager:BatchGetSecretValue', 'secretsmanager:GetSecretValue'] }];
    const properties = reader(fake, statements);
    await using open = await openStore(fake.url, { properties: { ...properties, secretNames: 's0, s2' } });
    expect(await open.bulk()).toEqual({ s0: expected.s0, s2: expected.s2 });
    expect(await open.list()).toEqual([['s0', 's2']]);
    expect(counts(fake)).toEqual({ list: 0, batch: 1, get: 0 });
    await using mistyped = await openStore(fake.url, { properties: { ...properties, secretNames: 's0,sO' } });
    await expect(mistyped.bulk()).rejects.toMatchObject({ code: 'not_found', secret: 'sO' });
  });

  it('ends at a token that comes twice', async () => {
    await using fake = await startFakeAws();
    fill(fake, 3);
    fake.inject(
      answer(200, { 'content-type': 'application/x-amz-json-1.1' }, { SecretList: [], SecretValues: [], NextToken: 'again' }),
    );
    await using open = await openStore(fake.url);
    for (const read of [open.bulk, open.list]) {
      await expect(read()).rejects.toMatchObject({
        code: 'unavailable',
        detail: expect.stringContaining('same page token twice'),
      });
    }
  });
});

describe('secretstores.aws.secretmanager: several by name', () => {
  const many = (data: GetManyData) => ({
    found: Object.fromEntries(Object.entries(data.found).map(([name, secret]) => [name, { ...secret.data }])),
    failed: Object.fromEntries(Object.entries(data.failed).map(([name, { code }]) => [name, code])),
  });

  it('reads names, ARNs and partial ARNs, each under what it was asked by, and tells each refusal', async () => {
    await using fake = await startFakeAws();
    fill(fake, 30);
    const { arn } = fake.secretsManager.put('team/app', 'x');
    const hidden = fake.secretsManager.put('hidden', 'x').arn;
    fake.secretsManager.put('gone', 'x');
    fake.secretsManager.delete('gone');
    const properties = reader(fake, [ALL, { effect: 'Deny', action: '*', resource: hidden }]);
    await using open = await openStore(fake.url, { properties });
    const odd = ['team/app', arn, arn.slice(0, -7), 'hidden', 'gone', 'missing', 'a b', 'team/app', '__proto__'];
    const names = [...Array.from({ length: 30 }, (_, index) => `s${index}`), ...odd];
    const { found, failed } = many(await open.store.getMany({ names, metadata: {} }));
    expect(Object.keys(found)).toHaveLength(33);
    expect([found[arn], found[arn.slice(0, -7)], found['team/app']]).toEqual([
      { [arn]: 'x' },
      { [arn.slice(0, -7)]: 'x' },
      { 'team/app': 'x' },
    ]);
    expect(Object.entries(failed).toSorted()).toEqual([
      ['__proto__', 'not_found'],
      ['a b', 'invalid_argument'],
      ['gone', 'failed_precondition'],
      ['hidden', 'permission_denied'],
      ['missing', 'not_found'],
    ]);
    expect(counts(fake)).toEqual({ list: 0, batch: 2, get: 1 });
  });

  it('reads versions one by one', async () => {
    await using fake = await startFakeAws();
    for (const value of ['one', 'two']) for (const name of ['a', 'b']) fake.secretsManager.put(name, value);
    await using open = await openStore(fake.url);
    const data = await open.store.getMany({ names: ['a', 'b'], metadata: { version_stage: 'AWSPREVIOUS' } });
    expect(many(data)).toEqual({ found: { a: { a: 'one' }, b: { b: 'one' } }, failed: {} });
    expect(counts(fake)).toEqual({ list: 0, batch: 0, get: 2 });
  });

  it('asks singly for what a batch does not mention, and for all when it is refused as a whole', async () => {
    await using fake = await startFakeAws();
    const expected = fill(fake, 3);
    await using open = await openStore(fake.url);
    const names = ['s0', 's1', 's2'];
    fake.inject(answer(200, {}, { SecretValues: [{ Name: 's1', ARN: 'arn', SecretString: 'value 1' }] }), { times: 1 });
    expect(many(await open.store.getMany({ names, metadata: {} })).found).toEqual(expected);
    fake.inject(answer(400, {}, { __type: 'ValidationException', Message: 'one of them' }), { times: 1 });
    expect(many(await open.store.getMany({ names, metadata: {} })).found).toEqual(expected);
    expect(open.warnings).toEqual([]);
    expect(counts(fake).get).toBe(5);
  });

  it('fails as a whole when it is about the credentials', async () => {
    await using fake = await startFakeAws();
    await using open = await openStore(fake.url, { properties: { secretKey: 'wrong' } });
    await expect(open.store.getMany({ names: ['a', 'b'], metadata: {} })).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
