import { cofferDialect, strictDialect } from '@coffer/core';
import { type FakeAws, type Statement, startFakeAws } from '@coffer/fake-services/aws';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { definition } from '../src/definition.ts';
import { ParameterStore } from '../src/store.ts';
import { failureOf, open, openWith, settingsFor } from './open.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The strict dialect has no endpoint setting. */
function strict(fake: FakeAws, properties: Record<string, string> = {}) {
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', fake.url);
  return open(fake, { properties, dialect: strictDialect });
}

async function filled(names: readonly string[], more: Parameters<typeof startFakeAws>[0] = {}) {
  const fake = await startFakeAws(more);
  for (const name of names) fake.parameterStore.put(name, `value of ${name}`);
  return fake;
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

function userOf(fake: FakeAws, statements: readonly Statement[]) {
  fake.identities.user('app', { accessKeyId: 'AKIAAPP', secretAccessKey: 'app-secret-key' }, statements);
  return { accessKey: 'AKIAAPP', secretKey: 'app-secret-key' };
}

describe('get', () => {
  it('P1: takes settings in any letter case and asks nobody at init', async () => {
    await using fake = await filled([]);
    const { accessKey = '', secretKey = '', region = '', endpoint = '' } = settingsFor(fake);
    const properties = { AccessKey: accessKey, Region: region, Endpoint: endpoint, SecretKey: secretKey, SessionToken: '' };
    await using opened = await openWith(properties);
    expect(opened.store.features()).toEqual(['LIST', 'GET_MANY', 'PING']);
    expect(fake.requests).toEqual([]);
  });

  it('P2: asks for the decrypted value', async () => {
    await using fake = await startFakeAws();
    fake.parameterStore.put('/aws/dev/secret', 'secret', { type: 'SecureString' });
    await using opened = await open(fake);
    expect(await opened.get('/aws/dev/secret')).toEqual({ '/aws/dev/secret': 'secret' });
    expect(fake.calls[0]?.input).toEqual({ Name: '/aws/dev/secret', WithDecryption: true });
  });

  it('P3: a version or label goes with the name, not into the key', async () => {
    await using fake = await startFakeAws();
    fake.parameterStore.put('/aws/dev/secret', 'old', { labels: ['live'] });
    fake.parameterStore.put('/aws/dev/secret', 'new');
    await using opened = await open(fake);
    expect(await opened.get('/aws/dev/secret', { version_id: '1' })).toEqual({ '/aws/dev/secret': 'old' });
    expect(fake.calls[0]?.input.Name).toBe('/aws/dev/secret:1');
    expect(await opened.get('/aws/dev/secret', { version_id: 'live' })).toEqual({ '/aws/dev/secret': 'old' });
    const { version } = await opened.store.get({ name: '/aws/dev/secret', metadata: {} });
    expect(version).toBe('2');
  });

  it('takes name:version, name:label and ARNs, keyed as requested; strictly keyed by the plain name', async () => {
    await using fake = await startFakeAws();
    const { arn } = fake.parameterStore.put('app', 'one', { labels: ['live'] });
    fake.parameterStore.put('app', 'two');
    await using opened = await open(fake);
    await using old = await strict(fake);
    for (const [name, value] of [
      ['app:1', 'one'],
      ['app:live', 'one'],
      [arn, 'two'],
      [`${arn}:1`, 'one'],
    ] as const) {
      expect(await opened.get(name)).toEqual({ [name]: value });
      expect(await old.get(name)).toEqual({ app: value });
    }
  });

  it('P4: puts the prefix in front, as it is', async () => {
    await using fake = await filled(['/prefix/aws/dev/secret']);
    await using opened = await open(fake, { properties: { prefix: '/prefix' } });
    expect(await opened.get('/aws/dev/secret')).toEqual({ '/aws/dev/secret': 'value of /prefix/aws/dev/secret' });
    await using old = await strict(fake, { prefix: '/prefix' });
    expect(await old.get('/aws/dev/secret')).toEqual({ '/aws/dev/secret': 'value of /prefix/aws/dev/secret' });
  });

  it('P5: tells what is missing as the reference does, and that it is', async () => {
    await using fake = await filled(['app']);
    await using opened = await open(fake);
    const failure = await failureOf(opened.get('none'));
    expect(failure).toMatchObject({ code: 'not_found', operation: 'get', retryable: false });
    expect(failure.detail).toMatch(
      /^couldn't get secret: operation error SSM: GetParameter, https response error StatusCode: 400, RequestID: [\w-]+, ParameterNotFound: Parameter none not found\.$/,
    );
    expect((await failureOf(opened.get('app', { version_id: '7' }))).code).toBe('not_found');
    expect((await failureOf(opened.get('a b'))).code).toBe('invalid_argument');
  });

  it.each([' 1', '1:1', 'a b', 'é', 'x'.repeat(101)])(
    'refuses the version %j, which strictly goes to the service',
    async (version) => {
      await using fake = await filled(['app']);
      await using opened = await open(fake);
      expect(await failureOf(opened.get('app', { version_id: version }))).toMatchObject({ code: 'invalid_argument' });
      expect(fake.calls).toEqual([]);
      await using old = await strict(fake);
      expect((await failureOf(old.get('app', { version_id: version }))).detail).toMatch(
        /^couldn't get secret: operation error SSM/,
      );
      expect(fake.calls[0]?.input.Name).toBe(`app:${version}`);
    },
  );

  it('asks in text for names that are none, and tells of each', async () => {
    await using fake = await filled(['app']);
    await using opened = await open(fake);
    expect((await failureOf(opened.get('app\udc80'))).code).toBe('invalid_argument');
    const { failed } = await opened.many(['app\udc80', 'app\udc81']);
    expect(Object.keys(failed)).toEqual(['app\udc80', 'app\udc81']);
    expect(fake.calls.map(({ input }) => input.Name ?? input.Names)).toEqual(['app\ufffd', ['app\ufffd'], 'app\ufffd']);
  });

  it('takes an empty version for none, which strictly goes to the service', async () => {
    await using fake = await filled(['app']);
    await using opened = await open(fake);
    expect(await opened.get('app', { version_id: '' })).toHaveProperty('app');
    await using old = await strict(fake);
    await failureOf(old.get('app', { version_id: '' }));
    expect(fake.calls.map(({ input }) => input.Name)).toEqual(['app', 'app:']);
  });

  it('reads every type and every name that there can be', async () => {
    await using fake = await startFakeAws();
    const text = '日本 <a&b> "q" \u2028 \0 \ud83d\ude00'.repeat(50);
    fake.parameterStore.put('/a/__proto__', text);
    fake.parameterStore.put('constructor', 'c', { type: 'SecureString' });
    fake.parameterStore.put('list', 'a,b,c', { type: 'StringList' });
    const long = `/${'x/'.repeat(14)}${'y'.repeat(900)}`;
    fake.parameterStore.put(long, 'deep');
    await using opened = await open(fake);
    expect((await opened.store.get({ name: '/a/__proto__', metadata: {} })).data).toEqual(
      Object.assign(Object.create(null), { '/a/__proto__': text }),
    );
    expect(await opened.get('constructor')).toEqual({ constructor: 'c' });
    expect(await opened.get('list')).toEqual({ list: 'a,b,c' });
    expect(await opened.get(long)).toEqual({ [long]: 'deep' });
    for (const name of ['../app', 'ünï', '😀', '\udcff', 'a?b#c%41', '']) {
      expect((await failureOf(opened.get(name))).code).toMatch(/not_found|invalid_argument/);
    }
  });
});

describe('bulk', () => {
  it('P6: has every parameter under its name', async () => {
    await using fake = await filled(['a', '/b/c']);
    await using opened = await open(fake);
    expect(await opened.bulk()).toEqual({ a: { a: 'value of a' }, '/b/c': { '/b/c': 'value of /b/c' } });
  });

  it('P7: is of the prefix, whose names are cut', async () => {
    await using fake = await filled(['/prefix/a', '/prefixed', '/other']);
    await using opened = await open(fake, { properties: { prefix: '/prefix' } });
    expect(await opened.bulk()).toEqual({ '/a': { '/a': 'value of /prefix/a' }, ed: { ed: 'value of /prefixed' } });
    expect(fake.calls[0]).toMatchObject({
      operation: 'AmazonSSM.DescribeParameters',
      input: { ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/prefix'] }] },
    });
  });

  it('P8: names the parameter that can not be read, with the reason; strictly the name alone', async () => {
    await using fake = await filled(['a', 'b']);
    fake.parameterStore.put('c', 'locked', { type: 'SecureString', kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/k' });
    fake.parameterStore.disabledKeys.add('arn:aws:kms:us-east-1:123456789012:key/k');
    await using opened = await open(fake);
    const failure = await failureOf(opened.bulk());
    expect(failure).toMatchObject({ code: 'failed_precondition', secret: 'c', operation: 'bulkGet' });
    expect(failure.detail).toMatch(
      /^couldn't get secret: c: operation error SSM: GetParameter, .*InvalidKeyId: .*is disabled\.$/,
    );
    await using old = await strict(fake);
    expect((await failureOf(old.bulk())).detail).toBe("couldn't get secret: c");
  });

  it('P9: tells that listing failed', async () => {
    await using fake = await filled(['/app/a']);
    const properties = userOf(fake, [{ action: 'ssm:GetParameter' }]);
    for (const prefix of ['', '/app/']) {
      await using opened = await open(fake, { properties: { ...properties, prefix } });
      const failure = await failureOf(opened.bulk());
      expect(failure).toMatchObject({
        code: 'permission_denied',
        hint: 'allow ssm:DescribeParameters in a policy of the identity',
      });
      expect(failure.detail).toMatch(/^couldn't list secrets: operation error SSM: DescribeParameters, /);
    }
  });

  it('P10: without a prefix sends no filter', async () => {
    await using fake = await filled(['a']);
    await using opened = await open(fake);
    await opened.bulk({ version_id: '7' });
    expect(fake.calls.map(({ input }) => input)).toEqual([{ MaxResults: 50 }, { Names: ['a'], WithDecryption: true }]);
  });

  it('P11: goes from page to page, over empty ones too', async () => {
    await using fake = await filled(numbered('p', 120));
    fake.parameterStore.hasEmptyPages = true;
    await using opened = await open(fake);
    expect(Object.keys(await opened.bulk())).toHaveLength(120);
    expect(fake.count('AmazonSSM.DescribeParameters')).toBe(6);
    expect(fake.count('AmazonSSM.GetParameters')).toBe(12);
  });

  it('P14: strictly cuts names that are shorter than the prefix, and otherwise leaves them out', async () => {
    await using fake = await filled([]);
    // A service that takes more for a beginning than it is.
    const listed = { Parameters: [{ Name: 'a' }, { Name: 'xyprefix-b' }, { Name: 'prefix-c' }] };
    const values = {
      Parameters: listed.Parameters.map(({ Name }) => ({ Name, Value: `of ${Name}`, Version: 1 })),
      InvalidParameters: [],
    };
    const answers = new Map<unknown, object>([
      ['AmazonSSM.DescribeParameters', listed],
      ['AmazonSSM.GetParameters', values],
    ]);
    const { startFakeService } = await import('@coffer/fake-services');
    await using odd = await startFakeService(({ headers }) => ({
      status: 200,
      body: answers.get(headers['x-amz-target']) ?? {},
    }));
    const properties = { ...settingsFor(fake), endpoint: odd.url, prefix: 'prefix-' };
    await using opened = await openWith(properties);
    expect(await opened.bulk()).toEqual({ c: { c: 'of prefix-c' } });
    expect(await opened.list()).toEqual(['c']);
    vi.stubEnv('AWS_ENDPOINT_URL_SSM', odd.url);
    await using old = await openWith(properties, { dialect: strictDialect });
    expect(await old.bulk()).toEqual({ '': { '': 'of a' }, 'x-b': { 'x-b': 'of xyprefix-b' }, c: { c: 'of prefix-c' } });
  });

  it('P15: with a path, 35 parameters are four calls', async () => {
    await using fake = await filled([...numbered('/app/p', 35), '/apple', '/app']);
    await using opened = await open(fake, { properties: { prefix: '/app/' } });
    expect(Object.keys(await opened.bulk())).toHaveLength(35);
    expect(fake.calls.map(({ operation }) => operation)).toEqual(Array(4).fill('AmazonSSM.GetParametersByPath'));
    expect(fake.calls[0]?.input).toEqual({ Path: '/app', Recursive: true, WithDecryption: true, MaxResults: 10 });
  });

  it('takes 100 calls for 1,000 parameters under a path, 120 without, ten at a time', async () => {
    await using fake = await filled(numbered('/app/p', 1000), { delay: 5 });
    await using byPath = await open(fake, { properties: { prefix: '/app/' } });
    expect(Object.keys(await byPath.bulk())).toHaveLength(1000);
    expect(fake.calls).toHaveLength(100);
    fake.calls.length = 0;
    await using byName = await open(fake, { properties: { prefix: '/app/p' } });
    expect(Object.keys(await byName.bulk())).toHaveLength(1000);
    expect(fake.calls).toHaveLength(120);
    expect(fake.mostInFlight).toBeLessThanOrEqual(10);
  });

  it('keeps to the boundary of the prefix, whether it is a path or not', async () => {
    await using fake = await filled(['/app', '/app/d', '/app/db', '/app/d/x', '/app/d/x/y', '/apple']);
    const under = async (prefix: string) => {
      await using opened = await open(fake, { properties: { prefix } });
      const bulk = Object.keys(await opened.bulk());
      expect(bulk.toSorted()).toEqual((await opened.list()).toSorted());
      for (const name of bulk) expect(await opened.get(name)).toEqual({ [name]: `value of ${prefix}${name}` });
      return bulk.toSorted();
    };
    expect(await under('/app/d')).toEqual(['', '/x', '/x/y', 'b']);
    expect(await under('/app/d/')).toEqual(['x', 'x/y']);
    expect(await under('/app/')).toEqual(['d', 'd/x', 'd/x/y', 'db']);
    expect(await under('/')).toEqual(['app', 'app/d', 'app/d/x', 'app/d/x/y', 'app/db', 'apple']);
    expect(await under('/app//')).toEqual([]);
  });

  it('gives the same in the strict dialect', async () => {
    await using fake = await filled(['/app/a', '/app/b/c', 'plain']);
    for (const prefix of ['', '/app/', '/ap', 'pl', 'none']) {
      await using opened = await open(fake, { properties: { prefix } });
      await using old = await strict(fake, { prefix });
      expect(await old.bulk()).toEqual(await opened.bulk());
    }
  });

  it('does not read what the caller may not have', async () => {
    await using fake = await filled(['a', 'b', 'c']);
    const statements = [{ action: 'ssm:*' }, { effect: 'Deny', action: 'ssm:GetParameter*', resource: '*parameter/b' }] as const;
    await using opened = await open(fake, { properties: userOf(fake, statements) });
    const { data } = await opened.store.bulkGet({ metadata: {}, wanted: (name) => name !== 'b' });
    expect(Object.keys(data ?? {}).toSorted()).toEqual(['a', 'c']);
    expect(fake.calls.at(-1)?.input.Names).toEqual(['a', 'c']);
  });

  it('leaves out what is deleted between the listing and the reading', async () => {
    await using fake = await filled(['a', 'b']);
    fake.inject(
      (response) => {
        fake.parameterStore.parameters.remove('b');
        response
          .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
          .end('{"Parameters":[{"Name":"a"},{"Name":"b"}]}');
      },
      { times: 1 },
    );
    await using opened = await open(fake);
    expect(await opened.bulk()).toEqual({ a: { a: 'value of a' } });
  });
});

describe('several by name', () => {
  it('reads ten a call, each once, and tells the missing ones', async () => {
    await using fake = await filled(numbered('p', 25));
    await using opened = await open(fake);
    const { found, failed } = await opened.many([...numbered('p', 25), 'p1', 'none', 'p2:1', 'p2:9']);
    expect(Object.keys(found)).toHaveLength(26);
    expect(found['p2:1']).toEqual({ data: Object.assign(Object.create(null), { 'p2:1': 'value of p2' }), version: '1' });
    expect(
      Object.entries(failed)
        .map(([name, { code }]) => [name, code])
        .toSorted(),
    ).toEqual([
      ['none', 'not_found'],
      ['p2:9', 'not_found'],
    ]);
    expect(fake.calls.map(({ operation }) => operation)).toEqual(Array(3).fill('AmazonSSM.GetParameters'));
  });

  it('takes a version for all of them', async () => {
    await using fake = await filled(['a', 'b', 'a']);
    await using opened = await open(fake, { properties: { prefix: '' } });
    const { found, failed } = await opened.many(['a', 'b'], { version_id: '2' });
    expect(Object.keys(found)).toEqual(['a']);
    expect(Object.keys(failed)).toEqual(['b']);
    expect((await opened.many(['a'], { version_id: 'a b' })).failed.a?.code).toBe('invalid_argument');
  });

  it('finds labels and ARNs also where answers do not repeat the selector', async () => {
    await using fake = await startFakeAws();
    const { arn } = fake.parameterStore.put('a', 'one', { labels: ['live'] });
    fake.parameterStore.put('a', 'two');
    fake.parameterStore.hidesSelectors = true;
    await using opened = await open(fake);
    const expected = { a: 'two', 'a:1': 'one', 'a:live': 'one', [arn]: 'two', [`${arn}:1`]: 'one' };
    // Answers come in the order of the request, or in another one.
    for (const names of [Object.keys(expected), Object.keys(expected).toReversed()]) {
      const { found, failed } = await opened.many(names);
      expect(Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data?.[name]]))).toEqual(expected);
      expect(failed).toEqual(Object.create(null));
    }
  });

  it('reads one by one what one name spoils', async () => {
    await using fake = await filled(['a', 'b']);
    await using opened = await open(fake);
    const { found, failed } = await opened.many(['a', 'b c', 'b']);
    expect(Object.keys(found).toSorted()).toEqual(['a', 'b']);
    expect(failed['b c']).toMatchObject({ code: 'invalid_argument', secret: 'b c' });
  });

  it('reads one by one where only that is allowed, and tries the batch no more', async () => {
    await using fake = await filled(numbered('p', 30));
    const properties = userOf(fake, [{ action: ['ssm:GetParameter', 'ssm:DescribeParameters'] }]);
    await using opened = await open(fake, { properties });
    expect(Object.keys(await opened.bulk())).toHaveLength(30);
    fake.calls.length = 0;
    expect(Object.keys((await opened.many(['p1', 'p2'])).found)).toEqual(['p1', 'p2']);
    expect(fake.calls.map(({ operation }) => operation)).toEqual(Array(2).fill('AmazonSSM.GetParameter'));
  });

  it('tells which of them is denied', async () => {
    await using fake = await filled(['a', 'b']);
    const statements = [{ action: 'ssm:Get*' }, { effect: 'Deny', action: '*', resource: '*parameter/b' }] as const;
    await using opened = await open(fake, { properties: userOf(fake, statements) });
    const { found, failed } = await opened.many(['a', 'b']);
    expect(Object.keys(found)).toEqual(['a']);
    expect(failed.b).toMatchObject({
      code: 'permission_denied',
      secret: 'b',
      hint: 'allow ssm:GetParameter in a policy of the identity',
    });
  });
});

describe('permissions', () => {
  it('reads by names where reading by path is denied, and the other way round lists by path', async () => {
    await using fake = await filled(['/app/a', '/app/b']);
    const byNames = {
      ...userOf(fake, [
        { action: ['ssm:GetParameter*', 'ssm:DescribeParameters'] },
        { effect: 'Deny', action: 'ssm:GetParametersByPath' },
      ]),
      prefix: '/app/',
    };
    await using names = await open(fake, { properties: byNames });
    expect(Object.keys(await names.bulk()).toSorted()).toEqual(['a', 'b']);
    const byPath = { ...userOf(fake, [{ action: 'ssm:GetParametersByPath', resource: '*parameter/app' }]), prefix: '/app/' };
    await using path = await open(fake, { properties: byPath });
    expect(Object.keys(await path.bulk())).toEqual(['a', 'b']);
    expect(await path.list()).toEqual(['a', 'b']);
  });

  it('names the key that must be allowed', async () => {
    await using fake = await startFakeAws();
    fake.parameterStore.put('a', 'x', { type: 'SecureString', kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/k' });
    await using opened = await open(fake, { properties: userOf(fake, [{ action: 'ssm:*' }]) });
    expect(await failureOf(opened.get('a'))).toMatchObject({
      code: 'permission_denied',
      hint: 'allow kms:Decrypt with the key of the secret',
    });
  });

  it('pings without any permission, but not with wrong keys or where nobody answers', async () => {
    await using fake = await startFakeAws();
    await using nobody = await open(fake, { properties: userOf(fake, []) });
    await nobody.store.ping();
    await using somebody = await open(fake);
    await somebody.store.ping();
    await using wrong = await open(fake, { properties: { secretKey: 'wrong' } });
    expect((await failureOf(wrong.store.ping())).code).toBe('unauthenticated');
    await fake.close();
    expect((await failureOf(somebody.store.ping())).code).toBe('unavailable');
  });
});

describe('settings', () => {
  it('P12: takes awsRegion for the region, which region goes before', async () => {
    await using fake = await startFakeAws({ region: 'eu-west-1' });
    fake.parameterStore.put('a', 'x');
    const { region: _, ...rest } = settingsFor(fake);
    await using alias = await openWith({ ...rest, awsRegion: 'eu-west-1' });
    expect(await alias.get('a')).toEqual({ a: 'x' });
    await using both = await openWith({ ...rest, region: 'eu-west-1', awsRegion: 'us-west-1' });
    expect(await both.get('a')).toEqual({ a: 'x' });
  });

  it('P13: has an endpoint, which strictly is none', async () => {
    await using fake = await filled(['a']);
    await using other = await startFakeAws();
    await using opened = await open(fake);
    expect(await opened.get('a')).toEqual({ a: 'value of a' });
    vi.stubEnv('AWS_ENDPOINT_URL_SSM', other.url);
    expect(await opened.get('a')).toEqual({ a: 'value of a' });
    await using old = await open(fake, { dialect: strictDialect });
    expect((await failureOf(old.get('a'))).code).toBe('not_found');
    expect(other.calls).toHaveLength(1);
  });

  it('P16: announces no feature of Dapr', () => {
    expect(new ParameterStore().features()).not.toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
    expect(definition.features).not.toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
  });

  it('does not start without a region; strictly fails at each call', async () => {
    vi.stubEnv('AWS_CONFIG_FILE', '/none');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/none');
    const properties = { accessKey: 'a', secretKey: 'b' };
    const failure = await failureOf(openWith(properties));
    expect(failure).toMatchObject({
      code: 'failed_precondition',
      detail: 'error creating AWS config: the region is missing',
      hint: 'set region, or the environment variable AWS_REGION',
    });
    await using old = await openWith(properties, { dialect: strictDialect });
    expect((await failureOf(old.get('a'))).detail).toBe(
      "couldn't get secret: operation error SSM: GetParameter, failed to resolve service endpoint, endpoint rule error, Invalid Configuration: Missing Region",
    );
    expect((await failureOf(old.bulk())).detail).toMatch(/^couldn't list secrets: operation error SSM: DescribeParameters, /);
    await using found = await openWith(properties, { environment: { AWS_DEFAULT_REGION: 'eu-west-1' } });
    expect(found.store).toBeDefined();
  });

  it('fails after close, which may come twice', async () => {
    await using fake = await filled(['a']);
    const opened = await open(fake, { dialect: cofferDialect });
    await opened.store.close();
    await opened.store.close();
    expect(await failureOf(opened.get('a'))).toMatchObject({ code: 'unavailable', detail: 'the store is closed' });
  });
});
