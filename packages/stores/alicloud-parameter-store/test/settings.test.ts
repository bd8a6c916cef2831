import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cofferDialect, strictDialect } from '@coffer/core';
import { checkSettings, decodeMetadata } from '@coffer/core/driver';
import { createAuthority, startFakeService } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { AlicloudParameterStore } from '../src/store.ts';
import { failureOf, keyOf, open, start } from './open.ts';

const REGION = { regionId: 'cn-hangzhou' };
const KEY = { ...REGION, accessKeyId: 'LTAI', accessKeySecret: 's' };

function problemsOf(properties: Record<string, string>, doubtful: 'refused' | 'tolerated' = 'refused') {
  return checkSettings(definition, properties, doubtful).problems;
}

describe('settings that are wrong', () => {
  it.each([
    ['absent', {}],
    ['empty', { regionId: '' }],
  ])('L2: a region that is %s', (_, properties) => {
    const message = 'RegionId is empty, please set a valid RegionId';
    expect(problemsOf(properties, 'tolerated')).toEqual([
      expect.objectContaining({ severity: 'error', name: 'regionId', message }),
    ]);
  });

  it.each(['cn-hangzhou.evil.example/', 'cn hangzhou', 'evil.example#', 'a@b'])('a region that is none: %j', (regionId) => {
    const [problem] = problemsOf({ ...KEY, regionId }, 'tolerated');
    expect(problem).toMatchObject({ severity: 'error', name: 'regionId', message: 'regionId is not a region' });
  });

  it.each<[name: string, properties: Record<string, string>, message: string]>([
    ['accessKeyId', { ...REGION, accessKeyId: 'LTAI' }, 'accessKeyId is of no use without accessKeySecret'],
    ['accessKeyId', { ...KEY, accessKeySecret: '' }, 'accessKeyId is of no use without accessKeySecret'],
    ['accessKeySecret', { ...REGION, accessKeySecret: 's' }, 'accessKeySecret is of no use without accessKeyId'],
    ['securityToken', { ...REGION, securityToken: 't' }, 'securityToken is of no use without an access key'],
    ['ecsRamRole', { ...KEY, ecsRamRole: 'coffer' }, 'ecsRamRole and accessKeyId are two sets of credentials'],
    ['ecsRamRole', { ...REGION, ecsRamRole: 'a/b' }, 'ecsRamRole is not the name of a role'],
    ['endpoint', { ...KEY, endpoint: 'ftp://oos' }, 'endpoint is not an address'],
    ['endpoint', { ...KEY, endpoint: 'https://oos/path' }, 'endpoint is more than a host and a port'],
    ['endpoint', { ...KEY, endpoint: 'http://oos.example' }, 'endpoint is http, which shows tokens and secrets to the network'],
    ['stsEndpoint', { ...REGION, stsEndpoint: 'https://u:p@sts' }, 'stsEndpoint is more than a host and a port'],
  ])('%s: %o', (name, properties, message) => {
    const [problem, ...others] = problemsOf(properties);
    expect(problem).toMatchObject({ severity: 'error', name, message, hint: expect.any(String) });
    expect(others).toEqual([]);
    // The reference takes all of them.
    expect(problemsOf(properties, 'tolerated').map(({ severity }) => severity)).toEqual(['warning']);
  });

  it.each([
    ['requestTimeout', { ...KEY, requestTimeout: 'soon' }],
    ['endpont', { ...KEY, endpont: 'oos.example' }],
  ])('%s of the wrong type or name', (name, properties) => {
    expect(problemsOf(properties)).toEqual([expect.objectContaining({ severity: 'error', name })]);
  });

  it.each([
    KEY,
    { ...KEY, securityToken: 't' },
    REGION,
    { ...KEY, endpoint: 'oos-vpc.cn-hangzhou.aliyuncs.com', path: '/shop/' },
    { ...KEY, endpoint: 'http://127.0.0.1:8080' },
    { ...REGION, ecsRamRole: 'coffer', stsEndpoint: 'https://sts-vpc.cn-hangzhou.aliyuncs.com' },
  ])('are none of %o', (properties) => {
    expect(problemsOf(properties)).toEqual([]);
  });
});

describe('where requests go', () => {
  it('is the setting endpoint, which is also signed', async () => {
    await using fake = await start();
    const { metadata } = decodeMetadata(definition.metadata, { ...keyOf(fake), endpoint: fake.url });
    const store = new AlicloudParameterStore({ environment: {} });
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    await store.init({ component: 'ali', metadata, dialect: cofferDialect, logger });
    expect((await store.get({ name: 'alpha', metadata: {} })).data).toEqual({ alpha: 'value of alpha' });
    expect(fake.service.requests[0]?.headers.host).toBe(new URL(fake.url).host);
    await store.close();
  });

  it('is not the setting endpoint under the strict dialect', async () => {
    await using fake = await start();
    const properties = { ...keyOf(fake), endpoint: 'https://elsewhere.example', requestTimeout: '1ms', path: '/shop' };
    const { get } = await open(fake, { properties, dialect: strictDialect });
    expect(await get('alpha')).toEqual({ alpha: 'value of alpha' });
    expect(fake.service.requests[0]?.headers.host).toBe('oos.cn-hangzhou.aliyuncs.com');
  });

  it('keeps the region’s letters in the name that is signed', async () => {
    await using fake = await start();
    await (await open(fake, { properties: { ...keyOf(fake), regionId: 'CN-Hangzhou' } })).get('alpha');
    expect(fake.service.requests[0]?.headers.host).toBe('oos.CN-Hangzhou.aliyuncs.com');
  });

  it('is a server whose certificate must verify', async () => {
    const { cert: ca, issue } = createAuthority();
    await using service = await startFakeService(() => ({ status: 200, body: {} }), { tls: issue('server', ['127.0.0.1']) });
    const { metadata } = decodeMetadata(definition.metadata, { ...KEY, endpoint: service.url });
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    for (const [tls, code] of [[{}, 'unavailable'] as const, [{ ca }, undefined] as const]) {
      const store = new AlicloudParameterStore({ environment: {}, tls });
      await store.init({ component: 'ali', metadata, dialect: cofferDialect, logger });
      const read = store.get({ name: 'alpha', metadata: {} });
      if (code === undefined) await read;
      else expect((await failureOf(read)).code).toBe(code);
      await store.close();
    }
  });

  it('is the proxy of the environment', async () => {
    await using fake = await start();
    await using proxy = await startFakeService(() => ({ status: 407, body: '' }));
    const environment = { HTTPS_PROXY: proxy.url };
    const store = new AlicloudParameterStore({ environment });
    const { metadata } = decodeMetadata(definition.metadata, keyOf(fake));
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    await store.init({ component: 'ali', metadata, dialect: cofferDialect, logger });
    const failure = await failureOf(store.get({ name: 'alpha', metadata: {} }));
    // It knows no CONNECT, and nobody else was asked.
    expect([failure.code, proxy.connections > 0]).toEqual(['unavailable', true]);
    await store.close();
  });
});

it('the entry loads nothing but itself', () => {
  const entry = new URL('../src/definition.ts', import.meta.url).href;
  const script = `const { registerHooks } = await import('node:module');
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(entry)});
    console.log(JSON.stringify(loaded.map((url) => url.split('/').pop())));`;
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const output = execFileSync(process.execPath, ['--conditions=@coffer/source', '--input-type=module', '-e', script], { cwd });
  expect(JSON.parse(String(output))).toEqual(['definition.ts', 'check-metadata.ts', 'endpoint.ts', 'metadata.ts']);
});
