import { cofferDialect, strictDialect } from '@coffer/core';
import { quotaExceeded, rpcFailure } from '@coffer/fake-services/google';
import { describe, expect, it } from 'vitest';
import { GcpSecretManagerStore } from '../src/store.ts';
import { failureOf, keyOf, open, start } from './open.ts';

const NOT_OPEN = { code: 'unavailable', detail: 'client is not initialized' };

describe('secretstores.gcp.secretmanager: before init and after close', () => {
  it('G10, G16, G22, G23: says that there is no client, and closes without one', async () => {
    const store = new GcpSecretManagerStore();
    await expect(store.get({ name: 'x', metadata: {} })).rejects.toMatchObject(NOT_OPEN);
    await expect(store.bulkGet({ metadata: {} })).rejects.toMatchObject(NOT_OPEN);
    await store.close();
    expect(store.features()).not.toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
    expect(store.features()).toEqual(['LIST', 'PING']);
  });

  it('closes twice, and reads nothing more', async () => {
    await using fake = await start();
    const { store, get } = await open(fake);
    expect(await get('beta')).toEqual({ beta: 'value of beta' });
    await store.close();
    await store.close();
    await expect(get('beta')).rejects.toMatchObject(NOT_OPEN);
  });
});

describe('secretstores.gcp.secretmanager: get', () => {
  it('G12: needs a name', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    await expect(get('')).rejects.toMatchObject({ code: 'invalid_argument', detail: 'missing secret name in request' });
    expect(fake.calls).toEqual([]);
  });

  it('G13, G14: reads the latest version or the one asked for, and tells which it was', async () => {
    await using fake = await start();
    fake.secrets.find('alpha')?.aliases.set('blue', 1);
    const { store, get } = await open(fake);
    expect(await get('alpha', { namespace: 'ignored' })).toEqual({ alpha: 'value of alpha' });
    expect(await get('alpha', { version_id: '1' })).toEqual({ alpha: 'first of alpha' });
    expect(await get('alpha', { version_id: 'blue' })).toEqual({ alpha: 'first of alpha' });
    expect(await get('alpha', { version_id: 'latest' })).toEqual({ alpha: 'value of alpha' });
    expect(fake.calls.map((call) => call.split('/').at(-1))).toEqual([
      'latest:access',
      '1:access',
      'blue:access',
      'latest:access',
    ]);
    expect((await store.get({ name: 'alpha', metadata: {} })).version).toBe('2');
    expect(fake.calls[0]).toBe('GET projects/my-project/secrets/alpha/versions/latest:access');
  });

  it('takes an empty version for the latest, which strictly is refused', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    expect(await get('alpha', { version_id: '' })).toEqual({ alpha: 'value of alpha' });
    const strict = await open(fake, { dialect: strictDialect });
    await expect(strict.get('alpha', { version_id: '' })).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it.each([
    ['not_found', 'missing', {}, 'NotFound desc = Secret [projects/123456789012/secrets/missing] not found or has no versions.'],
    [
      'not_found',
      'alpha',
      { version_id: '9' },
      'NotFound desc = Secret Version [projects/123456789012/secrets/alpha/versions/9] not found.',
    ],
    [
      'failed_precondition',
      'beta',
      {},
      'FailedPrecondition desc = Secret Version [projects/123456789012/secrets/beta/versions/1] is in DISABLED state.',
    ],
    [
      'permission_denied',
      'gamma',
      {},
      "PermissionDenied desc = Permission 'secretmanager.versions.access' denied for resource 'projects/my-project/secrets/gamma/versions/latest' (or it may not exist).",
    ],
  ])('G15: %s for %s %j', async (code, name, metadata, text) => {
    await using fake = await start();
    fake.secrets.setState('beta', 'DISABLED');
    fake.denials.push({ permission: 'secretmanager.versions.access', secret: 'gamma' });
    for (const dialect of [cofferDialect, strictDialect]) {
      const { get } = await open(fake, { dialect });
      const failure = await failureOf(get(name, metadata));
      expect(failure).toMatchObject({ code, detail: `failed to access secret version: rpc error: code = ${text}`, secret: name });
      expect(failure.hint).toMatch(/./);
    }
  });

  it('names the role to grant', async () => {
    await using fake = await start();
    fake.denials.push({ permission: 'secretmanager.versions.access' }, { permission: 'secretmanager.secrets.list' });
    const { get, list } = await open(fake);
    expect((await failureOf(get('alpha'))).hint).toContain('roles/secretmanager.secretAccessor');
    expect((await failureOf(list())).hint).toContain('roles/secretmanager.viewer');
  });

  it.each([
    ['a/b', {}],
    ['..', {}],
    ['.', {}],
    ['a.b', {}],
    ['a%2Fb', {}],
    ['alpha/versions/1:access?x=', {}],
    ['projects/other/secrets/alpha', {}],
    ['alpha#', {}],
    ['日本', {}],
    ['alpha\udcff', {}],
    ['x'.repeat(256), {}],
    ['alpha', { version_id: '..' }],
    ['alpha', { version_id: '1:access?alt=media&' }],
    ['alpha', { version_id: '../../beta/versions/1' }],
  ])('refuses %s %j without a request: a name reaches its own secret only', async (name, metadata) => {
    await using fake = await start();
    for (const dialect of [cofferDialect, strictDialect]) {
      const { get } = await open(fake, { dialect });
      await expect(get(name, metadata)).rejects.toMatchObject({
        code: 'invalid_argument',
        detail:
          'failed to access secret version: rpc error: code = InvalidArgument desc = The provided Secret Version ID is malformed.',
      });
    }
    expect(fake.calls).toEqual([]);
  });

  it('takes prototype-shaped and longest names, empty and largest payloads', async () => {
    await using fake = await start();
    const secrets = [
      ['__proto__', 'p'],
      ['constructor', ''],
      ['x'.repeat(255), 'ä'.repeat(32 * 1024)],
    ] as const;
    for (const [id, value] of secrets) fake.secrets.put(id, value);
    const { store } = await open(fake);
    for (const [id, value] of secrets) {
      expect(Object.entries((await store.get({ name: id, metadata: {} })).data ?? {})).toEqual([[id, value]]);
    }
    const { data } = await store.bulkGet({ metadata: {} });
    expect(Object.keys(data ?? {})).toContain('__proto__');
  });

  it('gives bytes that are no text as base64, says so once, and byte by byte in the strict dialect', async () => {
    await using fake = await start();
    fake.secrets.put('binary', Buffer.from([0, 255, 254, 128]));
    fake.secrets.put('bom', '\ufeffa\0');
    const { get, lines } = await open(fake);
    expect(await get('binary')).toEqual({ binary: 'AP/+gA==' });
    expect(await get('bom')).toEqual({ bom: '\ufeffa\0' });
    await get('binary');
    expect(lines).toEqual(['secret binary is not UTF-8 text: such values are given as base64']);
    const strict = await open(fake, { dialect: strictDialect });
    expect(await strict.get('binary')).toEqual({ binary: '\0\udcff\udcfe\udc80' });
    expect(strict.lines).toEqual([]);
  });

  it('G20: a checksum that does not fit is asked for once more, then an error; the strict dialect does not look', async () => {
    await using fake = await start();
    const { get } = await open(fake);
    fake.wrongChecksums = 1;
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(fake.calls).toHaveLength(2);
    fake.wrongChecksums = 2;
    const failure = await failureOf(get('alpha'));
    expect(failure).toMatchObject({ code: 'unavailable', retryable: true });
    expect(failure.detail).toMatch(/^failed to access secret version: rpc error: code = DataLoss desc = .*checksum/);
    fake.wrongChecksums = 1;
    expect(await (await open(fake, { dialect: strictDialect })).get('alpha')).toEqual({ alpha: 'value of alpha' });
  });

  it('reads secrets of a region', async () => {
    await using fake = await start();
    fake.secrets.put('alpha', 'of the region', { location: 'europe-west3' });
    const properties = { ...keyOf(fake), location: 'europe-west3' };
    const { get, bulk, list } = await open(fake, { properties });
    expect(await get('alpha')).toEqual({ alpha: 'of the region' });
    expect(await bulk()).toEqual({ alpha: { alpha: 'of the region' } });
    expect(await list()).toEqual([['alpha']]);
    expect(fake.calls[0]).toBe('GET projects/my-project/locations/europe-west3/secrets/alpha/versions/latest:access');
    await expect(get('beta')).rejects.toMatchObject({ code: 'not_found' });
    const strict = await open(fake, { properties, dialect: strictDialect });
    expect(await strict.get('alpha')).toEqual({ alpha: 'value of alpha' });
  });
});

describe('secretstores.gcp.secretmanager: bulk and list', () => {
  it('G17: bulk names are those that get takes; full ones in the strict dialect', async () => {
    await using fake = await start();
    const { bulk } = await open(fake);
    expect(await bulk()).toEqual({
      alpha: { alpha: 'value of alpha' },
      beta: { beta: 'value of beta' },
      gamma: { gamma: 'value of gamma' },
    });
    const full = (id: string) => `projects/123456789012/secrets/${id}`;
    const { bulk: strictBulk } = await open(fake, { dialect: strictDialect });
    expect(await strictBulk()).toEqual(
      Object.fromEntries(['alpha', 'beta', 'gamma'].map((id) => [full(id), { [full(id)]: `value of ${id}` }])),
    );
  });

  it('G18: tells a list that failed', async () => {
    await using fake = await start();
    fake.denials.push({ permission: 'secretmanager.secrets.list' });
    const { bulk, list } = await open(fake);
    const detail =
      "failed to list secrets: rpc error: code = PermissionDenied desc = Permission 'secretmanager.secrets.list' denied for resource 'projects/my-project' (or it may not exist).";
    await expect(bulk()).rejects.toMatchObject({ code: 'permission_denied', detail });
    await expect(list()).rejects.toMatchObject({ code: 'permission_denied', detail });
  });

  it('G19: leaves out secrets that have no version to read; one of them ends a bulk read in the strict dialect', async () => {
    await using fake = await start();
    fake.secrets.create('empty');
    fake.secrets.setState('beta', 'DISABLED');
    fake.secrets.setState('gamma', 'DESTROYED');
    expect(await (await open(fake)).bulk()).toEqual({ alpha: { alpha: 'value of alpha' } });
    fake.secrets.delete('empty');
    fake.secrets.delete('gamma');
    const { bulk } = await open(fake, { dialect: strictDialect });
    await expect(bulk()).rejects.toMatchObject({
      code: 'failed_precondition',
      secret: 'beta',
      detail:
        'failed to access secret version: rpc error: code = FailedPrecondition desc = Secret Version [projects/123456789012/secrets/beta/versions/1] is in DISABLED state.',
    });
  });

  it('leaves nothing else out: a secret that may not be read ends the bulk read and is named', async () => {
    await using fake = await start();
    fake.denials.push({ permission: 'secretmanager.versions.access', secret: 'beta' });
    const { store, bulk } = await open(fake);
    const failure = await failureOf(bulk());
    expect(failure).toMatchObject({ code: 'permission_denied', secret: 'beta', operation: 'bulkGet' });
    expect(failure.detail).toMatch(/^secret beta: failed to access secret version: rpc error: code = PermissionDenied desc = /);
    // Who may not have it does not need it.
    const { data } = await store.bulkGet({ metadata: {}, wanted: (name) => name !== 'beta' });
    expect(Object.keys(data ?? {}).sort()).toEqual(['alpha', 'gamma']);
    fake.denials.length = 0;
    const key = 'Cloud KMS key projects/p/keys/k is not enabled, current state is: DISABLED.';
    fake.service.inject(rpcFailure('FAILED_PRECONDITION', key), { when: ({ path }) => path.includes('/gamma/') });
    await expect(bulk()).rejects.toMatchObject({ code: 'failed_precondition', secret: 'gamma' });
  });

  it('reads page after page, ten secrets at a time, in as few calls as there are secrets and pages', async () => {
    await using fake = await start();
    const count = 2300;
    for (let index = 0; index < count; index++) fake.secrets.put(`s${index}`, `v${index}`);
    const { bulk, list } = await open(fake);
    const all = await bulk();
    expect(Object.keys(all)).toHaveLength(count + 3);
    expect(all).toMatchObject({ s0: { s0: 'v0' }, s2299: { s2299: 'v2299' } });
    expect(fake.service.requests).toHaveLength(count + 3 + 3);
    expect(fake.service.mostInFlight).toBeLessThanOrEqual(10);
    expect(fake.service.connections).toBeLessThanOrEqual(10);
    expect((await list()).map((page) => page.length)).toEqual([1000, 1000, 303]);
    const listed = fake.service.requests.filter(({ path }) => path.endsWith('/secrets'));
    expect(listed.every(({ query }) => query.get('fields') === 'secrets/name,nextPageToken')).toBe(true);
  });

  it('narrows bulk and list by the filter, which the strict dialect does not know', async () => {
    await using fake = await start();
    const properties = { ...keyOf(fake), filter: 'labels.app=beta' };
    const { bulk, list } = await open(fake, { properties });
    expect(await bulk()).toEqual({ beta: { beta: 'value of beta' } });
    expect(await list()).toEqual([['beta']]);
    expect(Object.keys(await (await open(fake, { properties, dialect: strictDialect })).bulk())).toHaveLength(3);
    const wrong = await open(fake, { properties: { ...properties, filter: '((' } });
    await expect(wrong.bulk()).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('gives no page and no secret of an empty project', async () => {
    await using fake = await start();
    for (const id of ['alpha', 'beta', 'gamma']) fake.secrets.delete(id);
    const { bulk, list } = await open(fake);
    expect([await bulk(), await list()]).toEqual([{}, []]);
  });
});

describe('secretstores.gcp.secretmanager: ping and quota', () => {
  it('pings without a permission, and fails when the token is not taken', async () => {
    await using fake = await start();
    for (const permission of ['secretmanager.versions.access', 'secretmanager.secrets.list']) fake.denials.push({ permission });
    const { store } = await open(fake);
    await store.ping();
    expect(fake.calls).toEqual(['POST projects/my-project/secrets/coffer-ping:testIamPermissions']);
    fake.tokens.removeKeys('sa@my-project.iam.gserviceaccount.com');
    await expect(store.ping()).rejects.toMatchObject({ code: 'unauthenticated' });
    await fake.close();
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('sends the quota project of the setting, the environment or the credentials', async () => {
    await using fake = await start();
    const sent = async (properties: Record<string, string>, environment = {}) => {
      const { get } = await open(fake, { properties, dependencies: { environment } });
      await get('alpha');
      return fake.service.requests.at(-1)?.headers['x-goog-user-project'];
    };
    const key = keyOf(fake);
    const document = { project_id: 'my-project', credentialsJSON: JSON.stringify({ ...key, quota_project_id: 'theirs' }) };
    const environment = { GOOGLE_CLOUD_QUOTA_PROJECT: 'around' };
    expect(await sent(key)).toBeUndefined();
    expect(await sent(document)).toBe('theirs');
    expect(await sent(document, environment)).toBe('around');
    expect(await sent({ ...document, quotaProject: 'named' }, environment)).toBe('named');
    fake.denials.push({ permission: 'serviceusage.services.use' });
    const { get } = await open(fake, { properties: { ...key, quota_project_id: 'named' } });
    const failure = await failureOf(get('alpha'));
    expect([failure.code, failure.hint]).toEqual([
      'permission_denied',
      'grant roles/serviceusage.serviceUsageConsumer on the quota project',
    ]);
  });

  it('waits as long as a throttling service asks, in its header or its RetryInfo', async () => {
    await using fake = await start();
    const { get, bulk } = await open(fake);
    fake.service.inject(quotaExceeded({ retryAfter: 0 }), { times: 2 });
    fake.service.inject(quotaExceeded({ retryDelay: 0.01 }), { times: 1 });
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(fake.calls).toHaveLength(4);
    fake.service.inject(quotaExceeded({ retryDelay: 0.001 }), { times: 3 });
    expect(Object.keys(await bulk())).toHaveLength(3);
  });
});
