import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SecretStoreError } from '../src/driver/index.ts';
import { ReadFailure } from '../src/reading/read-failure.ts';
import { ReadableStore, Reader } from '../src/reading/reader.ts';
import { prepareScopes } from '../src/scopes/scopes.ts';
import { deferred, type MemoryOptions, memoryStore } from './memory-store.ts';
import { recordingObserver } from './recording-observer.ts';

function readerOf(options: MemoryOptions, scopes: Parameters<typeof prepareScopes>[0] = []) {
  const { store, calls } = memoryStore(options);
  const { observer, seen } = recordingObserver();
  const readable = new ReadableStore(store, { observer: observer.store?.('s') });
  const reader = new Reader(new Map([['s', readable]]), prepareScopes(scopes), observer);
  return { reader, readable, calls, seen };
}

const ask = (name: string, more: object = {}) => ({ store: 's', name, metadata: {}, ...more });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, `v${i}`]));

describe('Reader.get', () => {
  it('answers, and tells the observer', async () => {
    const { reader, seen } = readerOf({ secrets: { k: 'v' } });
    expect((await reader.get(ask('k'))).data).toEqual({ k: 'v' });
    await expect(reader.get(ask('zz'))).rejects.toThrow(
      'failed getting secret with key zz from secret store s: secret zz not found',
    );
    expect(seen.filter(([what]) => what === 'read')).toEqual([
      ['read', 's', 'get', 'ok'],
      ['read', 's', 'get', 'not_found'],
    ]);
  });

  it('tells no store from an unknown store', async () => {
    const empty = new Reader(new Map(), prepareScopes([]));
    await expect(empty.get(ask('k'))).rejects.toMatchObject({ reason: 'stores_not_configured' });
    await expect(readerOf({}).reader.get({ ...ask('k'), store: 'S' })).rejects.toMatchObject({
      reason: 'store_not_found',
      message: 'failed finding secret store with key S',
    });
  });

  it('asks the store nothing when a scope denies', async () => {
    const scopes = [{ storeName: 's', defaultAccess: 'deny' as const, allowedSecrets: ['k'], deniedSecrets: [] }];
    const { reader, calls, seen } = readerOf({ secrets: { k: 'v', no: 'x' } }, scopes);
    await expect(reader.get(ask('no'))).rejects.toMatchObject({
      reason: 'denied',
      code: 'permission_denied',
      message: 'access denied by policy to get "no" from "s"',
    });
    expect(calls.gets).toEqual([]);
    expect(seen).toEqual([['denied', 's']]);
  });

  it('shares 1,000 equal reads in flight, and reads again afterwards', async () => {
    const gate = deferred();
    const { reader, calls } = readerOf({ secrets: { k: 'v' }, before: () => gate.promise });
    const reads = Array.from({ length: 1000 }, () => reader.get(ask('k')));
    gate.resolve();
    for (const read of await Promise.all(reads)) expect(read.data).toEqual({ k: 'v' });
    expect(calls.gets).toEqual(['k']);
    await reader.get(ask('k'));
    expect(calls.gets).toEqual(['k', 'k']);
  });

  it('never shares across callers, metadata or names that look like keys', async () => {
    const gate = deferred();
    const { reader, calls } = readerOf({ secrets: { k: 'v' }, before: () => gate.promise });
    const requests = [
      ask('k'),
      ask('k', { caller: 'a' }),
      ask('k', { caller: 'b' }),
      ask('k', { metadata: { version_id: '1' } }),
      ask('k', { metadata: { version_id: '2' } }),
      ask('["k",[["version_id","1"]],null]'),
    ];
    const reads = Promise.allSettled(requests.map((request) => reader.get(request)));
    const same = reader.get(ask('k', { metadata: { version_id: '1' } }));
    gate.resolve();
    await Promise.all([reads, same]);
    expect(calls.gets).toHaveLength(requests.length);
  });

  it('shares metadata whatever its order', async () => {
    const gate = deferred();
    const { reader, calls } = readerOf({ secrets: { k: 'v' }, before: () => gate.promise });
    const reads = [
      reader.get(ask('k', { metadata: { a: '1', b: '2' } })),
      reader.get(ask('k', { metadata: { b: '2', a: '1' } })),
    ];
    gate.resolve();
    await Promise.all(reads);
    expect(calls.gets).toEqual(['k']);
  });

  it('lets one caller give up while the others wait, and cancels when the last has', async () => {
    const gate = deferred();
    const { reader, calls } = readerOf({ secrets: { k: 'v' }, before: () => gate.promise });
    const [first, second] = [new AbortController(), new AbortController()];
    const reads = [reader.get(ask('k', { signal: first.signal })), reader.get(ask('k', { signal: second.signal }))];
    const outcome = Promise.allSettled(reads);
    first.abort();
    await expect(reads[0]).rejects.toMatchObject({ code: 'canceled' });
    expect(calls.aborted).toEqual([]);
    second.abort();
    await expect(reads[1]).rejects.toMatchObject({ code: 'canceled' });
    expect(calls.aborted).toEqual(['k']);
    const late = reader.get(ask('k'));
    gate.resolve();
    expect((await late).data).toEqual({ k: 'v' });
    expect(calls.gets).toEqual(['k', 'k']);
    await outcome;
  });

  it('does not call the store for a caller that has already given up', async () => {
    const { reader, calls } = readerOf({ secrets: { k: 'v' } });
    await expect(reader.get(ask('k', { signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'canceled' });
    const passed = AbortSignal.abort(new DOMException('too late', 'TimeoutError'));
    await expect(reader.get(ask('k', { signal: passed }))).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: expect.stringContaining('context deadline exceeded'),
    });
    expect(calls.gets).toEqual([]);
  });

  it('treats a driver that throws as a driver that fails', async () => {
    const { readable, reader } = readerOf({});
    readable.store.get = () => {
      throw new TypeError('oops');
    };
    const failure = await reader.get(ask('k')).catch((cause) => cause);
    expect(failure).toBeInstanceOf(ReadFailure);
    expect(failure).toMatchObject({ reason: 'get_failed', code: 'internal' });
  });

  it('reads names that objects inherit', async () => {
    const { reader } = readerOf({ secrets: { constructor: 'c', ['__proto__']: 'p' } });
    expect({ ...(await reader.get(ask('constructor'))).data }).toHaveProperty('constructor', 'c');
    expect(Object.entries((await reader.get(ask('__proto__'))).data ?? {})).toEqual([['__proto__', 'p']]);
  });
});

describe('Reader.bulkGet derived from list and get', () => {
  it('reads every page, a bounded number at a time', async () => {
    const { reader, calls } = readerOf({ secrets: many(35), before: () => tick() });
    const { data } = await reader.bulkGet({ store: 's', metadata: {} });
    expect(Object.keys(data ?? {})).toHaveLength(35);
    expect(data?.n34).toEqual({ n34: 'v34' });
    expect(calls.most).toBeGreaterThan(1);
    expect(calls.most).toBeLessThanOrEqual(10);
  });

  it('never asks for a name that the scopes deny', async () => {
    const scopes = [{ storeName: 's', defaultAccess: 'allow' as const, allowedSecrets: [], deniedSecrets: ['n1'] }];
    const { reader, calls } = readerOf({ secrets: many(3) }, scopes);
    expect(Object.keys((await reader.bulkGet({ store: 's', metadata: {} })).data ?? {})).toEqual(['n0', 'n2']);
    expect(calls.gets).toEqual(['n0', 'n2']);
  });

  it('tells a store that reads them itself which ones the scopes allow', async () => {
    const scopes = [{ storeName: 's', defaultAccess: 'allow' as const, allowedSecrets: [], deniedSecrets: ['n1'] }];
    const { readable, reader } = readerOf({ secrets: many(3) }, scopes);
    const asked: string[] = [];
    readable.store.bulkGet = async ({ wanted = () => true }) => {
      asked.push(...['n0', 'n1', 'n2'].filter(wanted));
      return { data: Object.fromEntries(['n0', 'n1'].map((name) => [name, { [name]: 'x' }])) };
    };
    expect((await reader.bulkGet({ store: 's', metadata: {} })).data).toEqual({ n0: { n0: 'x' } });
    expect(asked).toEqual(['n0', 'n2']);
  });

  it('names the secret that failed and cancels the rest', async () => {
    const { reader, calls } = readerOf({
      secrets: many(30),
      before: async (name, signal) => {
        if (name === 'n3') throw new SecretStoreError('permission_denied', 'no grant', { hint: 'grant read' });
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    await expect(reader.bulkGet({ store: 's', metadata: {} })).rejects.toMatchObject({
      reason: 'bulk_get_failed',
      code: 'permission_denied',
      secret: 'n3',
      hint: 'grant read',
      message: 'failed getting secrets from secret store s: secret n3: no grant',
    });
    expect(calls.gets.length).toBeLessThanOrEqual(10);
    expect(calls.running).toBe(0);
  });

  it('leaves out a secret that vanished after it was listed', async () => {
    const { reader } = readerOf({
      secrets: many(3),
      before: async (name) => {
        if (name === 'n1') throw new SecretStoreError('not_found', 'gone');
      },
    });
    expect(Object.keys((await reader.bulkGet({ store: 's', metadata: {} })).data ?? {})).toEqual(['n0', 'n2']);
  });

  it('uses getMany page by page when there is one, and names what it could not read', async () => {
    const { readable, reader, calls } = readerOf({ secrets: many(25) });
    const pages: number[] = [];
    readable.store.getMany = async ({ names }) => {
      pages.push(names.length);
      return { found: Object.fromEntries(names.map((name) => [name, { data: { [name]: 'x' } }])), failed: {} };
    };
    expect(Object.keys((await reader.bulkGet({ store: 's', metadata: {} })).data ?? {})).toHaveLength(25);
    expect(pages).toEqual([10, 10, 5]);
    expect(calls.gets).toEqual([]);
    readable.store.getMany = async () => ({ found: {}, failed: { n7: new SecretStoreError('permission_denied', 'no') } });
    await expect(reader.bulkGet({ store: 's', metadata: {} })).rejects.toMatchObject({ secret: 'n7', code: 'permission_denied' });
  });

  it('fails when listing fails half way, and when there is nothing to derive from', async () => {
    const { readable, reader } = readerOf({ secrets: many(3) });
    readable.store.list = async function* () {
      yield ['n0'];
      throw new SecretStoreError('unavailable', 'cut off');
    };
    await expect(reader.bulkGet({ store: 's', metadata: {} })).rejects.toMatchObject({ code: 'unavailable' });
    delete readable.store.list;
    await expect(reader.bulkGet({ store: 's', metadata: {} })).rejects.toMatchObject({ code: 'unimplemented' });
  });

  it('stops when the caller gives up', async () => {
    const controller = new AbortController();
    const { reader, calls } = readerOf({
      secrets: many(30),
      before: (_, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    });
    const read = reader.bulkGet({ store: 's', metadata: {}, signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(read).rejects.toMatchObject({ code: 'canceled' });
    await tick();
    expect(calls.running).toBe(0);
  });
});

describe('ReadableStore.close', () => {
  it('waits for running reads', async () => {
    const gate = deferred();
    const { reader, readable, calls } = readerOf({ secrets: { k: 'v' }, before: () => gate.promise });
    const read = reader.get(ask('k'));
    const closing = readable.close(10_000);
    await tick();
    expect(calls.closed).toBe(0);
    gate.resolve();
    await closing;
    expect((await read).data).toEqual({ k: 'v' });
    expect(calls.closed).toBe(1);
  });

  it('cancels what is still running when the time is over', async () => {
    const { reader, readable, calls } = readerOf({
      before: (_, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    });
    const read = reader.get(ask('k')).catch((cause) => cause);
    await readable.close(1);
    expect(await read).toMatchObject({ code: 'canceled' });
    expect(calls.closed).toBe(1);
  });

  it('does not wait for a driver that ignores its signal', async () => {
    const { reader, readable, calls } = readerOf({ before: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const read = reader.get(ask('k', { signal: controller.signal })).catch((cause) => cause);
    await readable.close(1);
    expect(calls.closed).toBe(1);
    controller.abort();
    expect(await read).toMatchObject({ code: 'canceled' });
  });
});
