import { strictDialect } from '@coffer/core';
import { answer, hang } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { failureOf, open, start } from './open.ts';

const NO_KEYS = { region: 'cn-north-4' };
const metadata = ({ path }: { path: string }) => path === '/openstack/latest/securitykey';
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('without keys in the settings', () => {
  it('those of the agency of the server are used, in both dialects', async () => {
    await using fake = await start();
    for (const dialect of [undefined, strictDialect]) {
      const { get, bulk } = await open(fake, { properties: NO_KEYS, ...(dialect && { dialect }) });
      expect(await get('alpha', { version_id: 'latest' })).toEqual({ alpha: 'value of alpha' });
      expect(Object.keys(await bulk())).toHaveLength(3);
    }
    expect(fake.agency.made).toBe(2);
    expect(fake.calls.slice(0, 2)).toEqual(['GET /openstack/latest/securitykey', 'GET /v3/projects?name=cn-north-4']);
    const [, iam] = fake.service.requests;
    expect(iam?.headers['x-security-token']).toMatch(/./);
    expect(iam?.headers.authorization).toMatch(/SignedHeaders=host;x-sdk-date;x-security-token,/);
  });

  it('a hardened server is asked for a token first', async () => {
    await using fake = await start();
    fake.agency.isHardened = true;
    const { get } = await open(fake, { properties: { ...NO_KEYS, projectId: fake.project } });
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(fake.calls.slice(0, 3)).toEqual([
      'GET /openstack/latest/securitykey',
      'PUT /meta-data/latest/api/token',
      'GET /openstack/latest/securitykey',
    ]);
  });

  it('keys are replaced before they end, while the old ones go on being used', async () => {
    await using fake = await start();
    fake.agency.lifetime = 4 * 60_000;
    const { get } = await open(fake, { properties: NO_KEYS });
    fake.service.inject(hang(), { when: (request) => metadata(request) && fake.agency.made === 2 });
    const keyOf = (index: number) => / Access=(\w+),/.exec(String(fake.service.requests.at(index)?.headers.authorization))?.[1];
    await get('alpha');
    const first = keyOf(-1);
    // The new ones are made at once, and arrive a moment later.
    while (keyOf(-1) !== 'AGENCY00000000000002') await get('beta');
    expect(first).toBe('AGENCY00000000000001');
  });

  it('keys that can not be replaced are used to their end', async () => {
    await using fake = await start();
    fake.agency.lifetime = 4 * 60_000;
    fake.service.inject(answer(500), { when: (request) => metadata(request) && fake.agency.made > 0 });
    const { get } = await open(fake, { properties: NO_KEYS });
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(fake.agency.made).toBe(1);
  });

  it('keys that have ended are replaced first, once for all who wait', async () => {
    await using fake = await start();
    fake.agency.lifetime = 5_000;
    const { get, store } = await open(fake, { properties: { ...NO_KEYS, projectId: fake.project } });
    expect(fake.agency.made).toBe(1);
    const controller = new AbortController();
    const given = store.get({ name: 'alpha', metadata: {} }, { signal: controller.signal });
    const all = [get('alpha'), get('beta'), get('gamma')];
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: 'canceled' });
    expect(await Promise.all(all)).toHaveLength(3);
    expect(fake.agency.made).toBe(2);
  });

  it('keys that the service does not take any more are replaced, once', async () => {
    await using fake = await start();
    const { get } = await open(fake, { properties: NO_KEYS });
    for (const name of [...fake.keys.keys()]) fake.keys.delete(name);
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(fake.agency.made).toBe(2);
    fake.service.inject(answer(401, {}, { error_code: 'APIGW.0301', error_msg: 'no' }), {
      when: ({ path }) => path.includes('/secrets/'),
    });
    await expect(get('alpha')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(fake.agency.made).toBe(3);
  });

  it('and without an agency the component does not start, whether the project is known or not', async () => {
    await using fake = await start();
    const hint = 'set accessKey and secretAccessKey, or give this Elastic Cloud Server an agency';
    fake.agency.isSet = false;
    for (const properties of [NO_KEYS, { ...NO_KEYS, projectId: fake.project }]) {
      expect(await failureOf(open(fake, { properties }))).toMatchObject({
        code: 'unauthenticated',
        detail: 'failed to get project id, the metadata service of this server has no keys: status 401',
        hint,
      });
    }
    fake.service.inject(answer(200, {}, { credential: { access: 'canary', expires_at: 'never' } }), { when: metadata });
    const failure = await failureOf(open(fake, { properties: NO_KEYS }));
    expect(failure).toMatchObject({ code: 'unauthenticated', hint });
    expect(failure.detail).not.toContain('canary');
    const metadataAddress = new URL('http://127.0.0.1:1');
    expect(await failureOf(open(fake, { properties: NO_KEYS, dependencies: { metadataAddress } }))).toMatchObject({
      code: 'unavailable',
      detail: expect.stringMatching(
        /^failed to get project id, Get "http:\/\/127\.0\.0\.1:1\/openstack\/latest\/securitykey": dial tcp /,
      ),
      hint,
    });
  });

  it('and an init that is given up does not wait', async () => {
    await using fake = await start();
    fake.service.inject(hang());
    const controller = new AbortController();
    const { HuaweiCsmsStore } = await import('../src/store.ts');
    const { decodeMetadata } = await import('@coffer/core/driver');
    const { definition } = await import('../src/definition.ts');
    const { cofferDialect: dialect } = await import('@coffer/core');
    const store = new HuaweiCsmsStore({ environment: {}, address: new URL(fake.url), metadataAddress: new URL(fake.url) });
    const { metadata: settings } = decodeMetadata(definition.metadata, NO_KEYS);
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const begun = store.init({ component: 'huawei', metadata: settings, dialect, logger }, { signal: controller.signal });
    await until(() => fake.service.requests.length > 0);
    controller.abort();
    await expect(begun).rejects.toMatchObject({ code: 'canceled' });
  });
});
