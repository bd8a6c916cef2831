import { cofferDialect, type Dialect, strictDialect } from '@coffer/core';
import { decodeMetadata, type Logger } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { LocalEnvStore } from '../src/store.ts';

async function open(
  environment: Record<string, string>,
  properties: Record<string, string> = {},
  { platform = 'linux', dialect = cofferDialect }: { platform?: NodeJS.Platform; dialect?: Dialect } = {},
) {
  const warnings: string[] = [];
  const logger: Logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
  const store = new LocalEnvStore({ environment, platform });
  const { metadata } = decodeMetadata(definition.metadata, properties);
  await store.init({ component: 'env', metadata, dialect, logger });
  const get = async (name: string) => ({ ...(await store.get({ name, metadata: { namespace: 'x' } })).data });
  const bulk = async () =>
    Object.fromEntries(
      Object.entries((await store.bulkGet({ metadata: {} })).data ?? {}).map(([name, values]) => [name, { ...values }]),
    );
  return { store, get, bulk, warnings };
}

describe('secretstores.local.env', () => {
  it('E1, E18: needs no settings and has no multi-key feature', async () => {
    const { store } = await open({});
    expect(store.features()).not.toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
    expect(new LocalEnvStore().features()).toEqual(definition.features);
  });

  it('E2, E3, E5, E20: gets a variable with its case; one that is not set is empty', async () => {
    const { get } = await open({ TEST_SECRET: 'secret1', EMPTY: '' });
    expect(await get('TEST_SECRET')).toEqual({ TEST_SECRET: 'secret1' });
    expect(await get('test_secret')).toEqual({ test_secret: '' });
    expect(await get('EMPTY')).toEqual({ EMPTY: '' });
    expect(await get('constructor')).toEqual({ constructor: '' });
  });

  it('E4, E12: ignores case on Windows, also in the prefix, and hides nameless entries', async () => {
    const environment = { TEST_SECRET: 'secret1', test_secret2: 'secret2', FOO_SECRET: 'x', '=C:': 'C:\\' };
    expect(await (await open(environment, {}, { platform: 'win32' })).get('test_secret')).toEqual({ test_secret: 'secret1' });
    const { bulk } = await open(environment, { prefix: 'TEST_' }, { platform: 'win32' });
    expect(Object.keys(await bulk())).toEqual(['SECRET', 'secret2']);
    expect(Object.keys(await (await open(environment, {}, { platform: 'win32' })).bulk())).not.toContain('=C:');
  });

  it('E6, E17: gives all of them in bulk, values intact', async () => {
    const { bulk } = await open({ TEST_SECRET: 'secret1', PAIR: 'a=b=c' });
    expect(await bulk()).toEqual({ TEST_SECRET: { TEST_SECRET: 'secret1' }, PAIR: { PAIR: 'a=b=c' } });
  });

  it('E7, E8, E9: hides the token and the sidecar’s variables, with a warning', async () => {
    const { get, bulk, warnings } = await open({ APP_API_TOKEN: 'ciao', dapr_notallowed: 'x', DAPR_API_TOKEN: 'hi', FOO: 'bar' });
    for (const name of ['APP_API_TOKEN', 'app_api_token', 'dapr_notallowed', 'DAPR_NOTALLOWED', 'DAPR_API_TOKEN']) {
      expect(await get(name)).toEqual({ [name]: '' });
      expect(warnings.at(-1)).toBe(`Access to env var ${name} is forbidden`);
    }
    expect(await bulk()).toEqual({ FOO: { FOO: 'bar' } });
  });

  it('E10, E11, E16: puts the prefix in front and strips it', async () => {
    const environment = { TEST_SECRET: 'test1', test_secret2: 'x', FOO_SECRET: 'y', TEST_: 'z' };
    const { get, bulk } = await open(environment, { prefix: 'TEST_' });
    expect(await get('SECRET')).toEqual({ SECRET: 'test1' });
    expect(await bulk()).toEqual({ SECRET: { SECRET: 'test1' } });
  });

  it.each(['DAPR_', 'dapr_', 'DaPr_'])('E13, E14, E15: a prefix %s hides everything', async (prefix) => {
    const { get, bulk, warnings } = await open({ DAPR_API_TOKEN: 'hi', dapr_x: '1' }, { prefix });
    expect(await get('API_TOKEN')).toEqual({ API_TOKEN: '' });
    expect(warnings).toEqual(['Access to env var API_TOKEN is forbidden']);
    expect(await bulk()).toEqual({});
  });

  it('E19: sees a variable that changes', async () => {
    const environment: Record<string, string> = {};
    const { get } = await open(environment);
    expect(await get('LATER')).toEqual({ LATER: '' });
    environment.LATER = 'now';
    expect(await get('LATER')).toEqual({ LATER: 'now' });
  });

  it('failOnMissing tells absent from empty, but not under the strict dialect', async () => {
    const properties = { FAILONMISSING: 'true', prefix: 'P_' };
    const { get } = await open({ P_EMPTY: '' }, properties);
    expect(await get('EMPTY')).toEqual({ EMPTY: '' });
    await expect(get('NOPE')).rejects.toMatchObject({ code: 'not_found', detail: 'environment variable P_NOPE is not set' });
    const strict = await open({}, properties, { dialect: strictDialect });
    expect(await strict.get('NOPE')).toEqual({ NOPE: '' });
  });

  it('honours a signal that has aborted', async () => {
    const { store } = await open({ A: '1' });
    const signal = AbortSignal.abort();
    await expect(store.get({ name: 'A', metadata: {} }, { signal })).rejects.toMatchObject({ code: 'canceled' });
    await expect(store.bulkGet({ metadata: {} }, { signal })).rejects.toMatchObject({ code: 'canceled' });
    await expect(store.ping({ signal })).rejects.toMatchObject({ code: 'canceled' });
  });

  it('lists names, and closes twice', async () => {
    const { store } = await open({ A: '1', B: '2' });
    const pages = [];
    for await (const page of store.list({ metadata: {} })) pages.push(page);
    expect(pages).toEqual([['A', 'B']]);
    await store.close();
    await store.close();
  });
});
