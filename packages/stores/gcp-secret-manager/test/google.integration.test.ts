import { randomBytes } from 'node:crypto';
import { cofferDialect, strictDialect } from '@coffer/core';
import { decodeMetadata, type Logger } from '@coffer/core/driver';
import { beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { GcpSecretManagerStore } from '../src/store.ts';
import { failureOf } from './open.ts';

/** An emulator that speaks the REST API without credentials: `http://127.0.0.1:8086`. */
const endpoint = process.env.COFFER_TEST_GCP_ENDPOINT ?? '';
/** Nothing else on the backend has it. */
const project = `coffer-${randomBytes(4).toString('hex')}`;
const PARENT = `projects/${project}`;
const settings = { projectID: project, endpoint, withoutAuthentication: 'true' };

async function send(path: string, body: object = {}): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${endpoint}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`seeding ${path}: ${answer.status}`);
}
async function put(id: string, ...values: readonly (Buffer | string)[]): Promise<void> {
  await send(`${PARENT}/secrets?secretId=${id}`, { replication: { automatic: {} } });
  for (const value of values) {
    await send(`${PARENT}/secrets/${id}:addVersion`, { payload: { data: Buffer.from(value as string).toString('base64') } });
  }
}

beforeAll(async () => {
  if (endpoint === '') throw new Error('COFFER_TEST_GCP_ENDPOINT has no address');
  await put('alpha', 'one', 'two', 'three');
  await put('binary', Buffer.from([0, 255, 254, 128]));
  await put('text', '日本 <a&b> "q"\n');
  await put('empty');
  await put('off', 'x');
  await put('gone', 'x');
  await send(`${PARENT}/secrets/off/versions/1:disable`);
  await send(`${PARENT}/secrets/gone/versions/1:destroy`);
  for (let index = 0; index < 120; index++) await put(`many-${index}`, `value ${index}`);
});

async function open(more: Record<string, string> = {}, dialect = cofferDialect): Promise<GcpSecretManagerStore> {
  const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
  // The strict dialect knows no endpoint.
  const store = new GcpSecretManagerStore({ environment: {}, address: new URL(endpoint) });
  const { metadata } = decodeMetadata(definition.metadata, { ...settings, ...more });
  await store.init({ component: 'gcp', metadata, dialect, logger });
  return store;
}
const get = async (store: GcpSecretManagerStore, name: string, metadata = {}) => ({
  ...(await store.get({ name, metadata })).data,
});

describe('gcp-secret-manager on an emulator', () => {
  it('reads the latest version, one by number, and tells which it was', async () => {
    const store = await open();
    expect(await get(store, 'alpha')).toEqual({ alpha: 'three' });
    expect(await get(store, 'alpha', { version_id: '1' })).toEqual({ alpha: 'one' });
    expect((await store.get({ name: 'alpha', metadata: { version_id: '2' } })).version).toBe('2');
    expect(await get(store, 'text')).toEqual({ text: '日本 <a&b> "q"\n' });
    expect(await get(store, 'binary')).toEqual({ binary: 'AP/+gA==' });
    await store.close();
  });

  it('tells what is missing from what is disabled or destroyed', async () => {
    const store = await open();
    for (const [name, code] of [
      ['nobody', 'not_found'],
      ['empty', 'not_found'],
      ['off', 'failed_precondition'],
      ['gone', 'failed_precondition'],
    ] as const) {
      expect(await failureOf(get(store, name))).toMatchObject({ code, secret: name });
    }
    await expect(get(store, 'alpha', { version_id: '9' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(get(store, 'a/b')).rejects.toMatchObject({ code: 'invalid_argument' });
    await store.close();
  });

  it('reads all in bulk but those that have no version to read', async () => {
    const store = await open();
    const { data } = await store.bulkGet({ metadata: {} });
    expect(Object.keys(data ?? {})).toHaveLength(123);
    expect(data?.['many-119']).toEqual({ 'many-119': 'value 119' });
    expect(data?.off).toBeUndefined();
    const names = [];
    for await (const page of store.list({ metadata: {} })) names.push(...page);
    expect(names).toHaveLength(126);
    expect(names).toContain('empty');
    await store.close();
  });

  it('under the strict dialect a disabled secret ends a bulk read', async () => {
    // That dialect has no setting for an emulator, and wants credentials.
    const { privateKey } = (await import('node:crypto')).generateKeyPairSync('rsa', { modulusLength: 2048 });
    const private_key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const key = { type: 'service_account', private_key_id: 'k', private_key, client_email: 'a@b' };
    const store = await open(key, strictDialect);
    expect(await get(store, 'alpha')).toEqual({ alpha: 'three' });
    await expect(store.bulkGet({ metadata: {} })).rejects.toThrow(/failed to access secret version: rpc error: code = /);
    await store.close();
  });

  it('pings', async (context) => {
    const store = await open();
    const failure = await store.ping().catch((cause) => cause);
    await store.close();
    if (failure?.code === 'unimplemented') context.skip('the emulator has no testIamPermissions');
    expect(failure).toBeUndefined();
  });

  it('verifies checksums', async (context) => {
    const answer = await fetch(`${endpoint}/v1/${PARENT}/secrets/alpha/versions/1:access`);
    const { payload } = (await answer.json()) as { payload: { dataCrc32c?: string } };
    if (payload.dataCrc32c === undefined) context.skip('the emulator sends none');
    const store = await open();
    expect(await get(store, 'alpha', { version_id: '1' })).toEqual({ alpha: 'one' });
    await store.close();
  });
});
