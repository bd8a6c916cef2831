import { strictDialect } from '@coffer/core';
import { DEFINITION_MARKER, type SecretStore, SecretStoreError, type StoreDefinition, secretTable } from '@coffer/core/driver';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { component, FILES, startSidecar } from './support/sidecar.ts';

const denying = (scope: object): string =>
  JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'conf' },
    spec: { secrets: { scopes: [scope] } },
  });

/** A store that answers what the name says. */
function scripted(seen: Record<string, string>[] = []): StoreDefinition {
  const create = (): SecretStore => ({
    init: async () => undefined,
    async get({ name, metadata }, { signal } = {}) {
      seen.push({ ...metadata });
      if (name === 'none') return { data: null };
      if (name === 'empty') return { data: secretTable() };
      if (name === 'bytes') return { data: secretTable([['bytes', 'a\udcffb']]) };
      if (name === 'down') throw new SecretStoreError('unavailable', 'connection refused');
      if (name === 'slow') {
        await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
        seen.push({ aborted: (signal as AbortSignal).reason.name });
        signal?.throwIfAborted();
      }
      return { data: secretTable([[name, `value of ${name}`]]) };
    },
    bulkGet: async ({ metadata }) => ({
      data:
        'none' in metadata
          ? null
          : secretTable([
              ['one', secretTable([['a', '1']])],
              ['two', null],
            ]),
    }),
    features: () => [],
    close: async () => undefined,
  });
  return {
    $type: DEFINITION_MARKER,
    contract: 1,
    type: 'secretstores.scripted',
    version: 'v1',
    title: 'Scripted',
    status: 'stable',
    metadata: {},
    requestMetadata: [],
    features: [],
    create,
  };
}
const SCRIPTED = { 'components/s.yaml': component('s', 'scripted') };

describe('GetSecret', () => {
  test('18-102: answers the data', async () => {
    const { call } = await startSidecar();
    const get = (storeName: string, key: string) => call('getSecret', { storeName, key });
    expect(await get('filestore', 'k1')).toEqual({ code: 0, response: { data: { k1: 'v1' } } });
    expect(await get('filestore', 'ünï')).toEqual({ code: 0, response: { data: { ünï: 'ö' } } });
    expect(await get('filestore', 'grp:x')).toEqual({ code: 0, response: { data: { 'grp:x': '1' } } });
    expect(await get('multi', 's1')).toEqual({ code: 0, response: { data: { u: 'me', p: 'pw' } } });
    expect(await get('envs', 'NOPE')).toEqual({ code: 0, response: { data: { NOPE: '' } } });
    const proto = (await get('filestore', '__proto__')).response as { data: object };
    expect(Object.entries(proto.data)).toEqual([['__proto__', 'ordinary']]);
  });

  test('18-104: FailedPrecondition without any store', async () => {
    const { call } = await startSidecar({ files: {}, coffer: { dialect: strictDialect } });
    const failure = { code: 9, message: 'secret store is not configured' };
    expect(await call('getSecret', { storeName: 'a', key: 'b' })).toEqual(failure);
    expect(await call('getBulkSecret', { storeName: 'a' })).toEqual(failure);
  });

  test('18-105 18-108: InvalidArgument for a store that is not there', async () => {
    const { call } = await startSidecar({ coffer: { dialect: strictDialect } });
    const message = 'failed finding secret store with key';
    expect(await call('getSecret', { storeName: 'nostore', key: 'k1' })).toEqual({ code: 3, message: `${message} nostore` });
    expect(await call('getSecret', { storeName: '', key: 'k1' })).toEqual({ code: 3, message: `${message} ` });
    expect(await call('getBulkSecret', { storeName: 'nostore' })).toEqual({ code: 3, message: `${message} nostore` });
  });

  test('18-106: PermissionDenied by a scope', async () => {
    const files = { ...FILES, 'config.yaml': denying({ storeName: 'filestore', deniedSecrets: ['k1'] }) };
    const { call } = await startSidecar({ files, coffer: { dialect: strictDialect } });
    const message = 'access denied by policy to get "k1" from "filestore"';
    expect(await call('getSecret', { storeName: 'filestore', key: 'k1' })).toEqual({ code: 7, message });
    expect(await call('getSecret', { storeName: 'filestore', key: 'k2' })).toMatchObject({ code: 0 });
  });

  test('18-107 18-109: Internal when the store fails', async () => {
    const { call } = await startSidecar({ coffer: { dialect: strictDialect } });
    const message = (key: string) => `failed getting secret with key ${key} from secret store filestore: secret ${key} not found`;
    for (const key of ['zz', '', 'a"b\n<>&', 'x'.repeat(1000)]) {
      expect(await call('getSecret', { storeName: 'filestore', key })).toEqual({ code: 13, message: message(key) });
    }
  });

  test('18-111: an empty message when the store gives no data, or none at all', async () => {
    const { call } = await startSidecar({ files: SCRIPTED, coffer: { definitions: [scripted()] } });
    for (const key of ['none', 'empty']) {
      expect(await call('getSecret', { storeName: 's', key })).toEqual({ code: 0, response: { data: {} } });
    }
    const bulk = await call('getBulkSecret', { storeName: 's', metadata: { none: '' } });
    expect(bulk).toEqual({ code: 0, response: { data: {} } });
  });

  test('hands the request metadata to the store, and not those of the call', async () => {
    const seen: Record<string, string>[] = [];
    const { call } = await startSidecar({ files: SCRIPTED, coffer: { definitions: [scripted(seen)] } });
    await call('getSecret', { storeName: 's', key: 'x', metadata: { a: 'b', '': 'c', version_id: '3' } }, { 'metadata.d': 'e' });
    await call('getSecret', { storeName: 's', key: 'x' }, { 'metadata.d': 'e' });
    expect(seen).toEqual([{ a: 'b', '': 'c', version_id: '3' }, {}]);
  });

  test('a value that is not UTF-8 is Internal, and not in the text', async () => {
    const { call } = await startSidecar({ files: SCRIPTED, coffer: { definitions: [scripted()] } });
    expect(await call('getSecret', { storeName: 's', key: 'bytes' })).toEqual({
      code: 13,
      message: 'grpc: error while marshaling: string field contains invalid UTF-8',
    });
  });

  test('a caller that gives up cancels the read', async () => {
    const seen: Record<string, string>[] = [];
    const { client, call } = await startSidecar({ files: SCRIPTED, coffer: { definitions: [scripted(seen)] } });
    const path = '/dapr.proto.runtime.v1.Dapr/GetSecret';
    const outcome = new Promise((resolve) => {
      const request = client.makeUnaryRequest(
        path,
        () => Buffer.from('0a01731204736c6f77', 'hex'),
        (bytes) => bytes,
        undefined,
        (error) => resolve(error?.code),
      );
      const wait = setInterval(() => {
        if (seen.length === 0) return;
        clearInterval(wait);
        request.cancel();
      }, 5);
    });
    expect(await outcome).toBe(1);
    // The store has been told by the time that another call is answered.
    await call('getSecret', { storeName: 's', key: 'x' });
    expect(seen).toContainEqual({ aborted: 'AbortError' });
  });
});

describe('GetBulkSecret', () => {
  test('18-103: answers every secret with its keys', async () => {
    vi.stubEnv('T_A', '1');
    vi.stubEnv('T_Q', '');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { call } = await startSidecar();
    expect(await call('getBulkSecret', { storeName: 'multi' })).toEqual({
      code: 0,
      response: { data: { s1: { secrets: { u: 'me', p: 'pw' } }, s2: { secrets: { s2: 'flat' } } } },
    });
    expect(await call('getBulkSecret', { storeName: 'envs' })).toEqual({
      code: 0,
      response: { data: { A: { secrets: { A: '1' } }, Q: { secrets: { Q: '' } } } },
    });
  });

  test('18-110: leaves out what the scopes deny', async () => {
    const files = { ...FILES, 'config.yaml': denying({ storeName: 'filestore', defaultAccess: 'deny' }) };
    const { call } = await startSidecar({ files });
    expect(await call('getBulkSecret', { storeName: 'filestore' })).toEqual({ code: 0, response: { data: {} } });
  });

  test('a secret without data is an empty one', async () => {
    const { call } = await startSidecar({ files: SCRIPTED, coffer: { definitions: [scripted()] } });
    expect(await call('getBulkSecret', { storeName: 's' })).toEqual({
      code: 0,
      response: { data: { one: { secrets: { a: '1' } }, two: { secrets: {} } } },
    });
  });
});

describe('the ErrorInfo of a failed read', () => {
  test.each([
    ['nostore', 'x', 3, 'NOT_FOUND'],
    ['s', 'down', 13, 'UNAVAILABLE'],
    ['filestore', 'zz', 13, 'NOT_FOUND'],
  ] as const)('%s/%s: %i with the reason %s', async (storeName, key, code, reason) => {
    const { call } = await startSidecar({ files: { ...FILES, ...SCRIPTED }, coffer: { definitions: [scripted()] } });
    const outcome = await call('getSecret', { storeName, key });
    expect(outcome).toMatchObject({ code, details: [{ reason, domain: 'coffer.dev', metadata: {} }] });
  });
});
