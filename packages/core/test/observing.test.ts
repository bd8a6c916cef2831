import { describe, expect, it } from 'vitest';
import type { SecretStore } from '../src/driver/index.ts';
import { SecretStoreError } from '../src/driver/index.ts';
import { observedStore } from '../src/observing/observed-store.ts';
import { ReadableStore, Reader } from '../src/reading/reader.ts';
import { prepareScopes } from '../src/scopes/scopes.ts';
import { deferred, type MemoryOptions, memoryStore } from './memory-store.ts';
import { recordingObserver } from './recording-observer.ts';

function observedReader(options: MemoryOptions) {
  const { observer, seen } = recordingObserver();
  const readable = new ReadableStore(memoryStore(options).store, { observer: observer.store?.('s') });
  return { reader: new Reader(new Map([['s', readable]]), prepareScopes([]), observer), seen };
}

/** A store of which a test says only what it needs. */
function storeOf(members: Partial<SecretStore>): { readonly store: SecretStore; readonly seen: unknown[][] } {
  const { observer, seen } = recordingObserver();
  const whole = { init: async () => {}, get: async () => ({ data: {} }), features: () => [], close: async () => {}, ...members };
  const store = observer.store?.('s');
  if (store === undefined) throw new Error('the observer has no store');
  return { store: observedStore(whole, store), seen };
}

const ask = (name: string) => ({ store: 's', name, metadata: {} });

describe('what an observer is told', () => {
  it('one call for reads that were shared, and each of the reads', async () => {
    const gate = deferred();
    const { reader, seen } = observedReader({ secrets: { k: 'v' }, before: () => gate.promise });
    const reads = [reader.get(ask('k')), reader.get(ask('k')), reader.get(ask('k'))];
    gate.resolve();
    await Promise.all(reads);
    const count = (what: string) => seen.filter(([first]) => first === what).length;
    expect({ calls: count('started'), ended: count('ended'), shared: count('coalesced'), reads: count('read') }).toEqual({
      calls: 1,
      ended: 1,
      shared: 2,
      reads: 3,
    });
  });

  it('reads of stores that are not there, without their names', async () => {
    const { reader, seen } = observedReader({});
    await expect(reader.get({ ...ask('k'), store: 'nope' })).rejects.toThrow();
    await expect(reader.bulkGet({ store: 'nope', metadata: {} })).rejects.toThrow();
    expect(seen).toEqual([
      ['unknown', 'get', 'not_found'],
      ['unknown', 'bulk_get', 'not_found'],
    ]);
  });

  it('every page and every secret of a bulk read that core derives', async () => {
    const secrets = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`n${i}`, 'v']));
    const { reader, seen } = observedReader({ secrets });
    await reader.bulkGet({ store: 's', metadata: {} });
    const ended = seen.filter(([what]) => what === 'ended').map(([, , operation, code]) => `${operation} ${code}`);
    expect(ended.filter((call) => call === 'get ok')).toHaveLength(12);
    expect(ended.filter((call) => call.startsWith('list')).sort()).toEqual(['list ok', 'list ok', 'list undefined']);
    expect(seen.filter(([what]) => what === 'started')).toHaveLength(ended.length);
    expect(seen.at(-1)).toEqual(['read', 's', 'bulk_get', 'ok']);
  });
});

describe('observedStore', () => {
  it('has the abilities of the store, and no others', () => {
    const { store } = storeOf({});
    expect([store.bulkGet, store.list, store.getMany, store.ping, store.watch]).toEqual(new Array(5).fill(undefined));
    expect(storeOf({ ping: async () => {} }).store.ping).toBeTypeOf('function');
  });

  it('answers with the very promise of the driver, and tells a failure by its code', async () => {
    const failed = Promise.reject(new SecretStoreError('resource_exhausted', 'slow down'));
    const { store, seen } = storeOf({ get: () => failed });
    const given = store.get({ name: 'k', metadata: {} });
    expect(given).toBe(failed);
    await expect(given).rejects.toThrow('slow down');
    expect(seen).toEqual([
      ['started', 's'],
      ['ended', 's', 'get', 'resource_exhausted'],
    ]);
  });

  it('tells of a driver that throws where it should reject', () => {
    const { store, seen } = storeOf({
      get: () => {
        throw new TypeError('oops');
      },
    });
    expect(() => store.get({ name: 'k', metadata: {} })).toThrow('oops');
    expect(seen.at(-1)).toEqual(['ended', 's', 'get', 'internal']);
  });

  it('tells when values expire', async () => {
    const found = { a: { data: { a: '1' }, expiresAt: 7 }, b: { data: { b: '2' } } };
    const { store, seen } = storeOf({
      get: async () => ({ data: {}, expiresAt: 5 }),
      getMany: async () => ({ found, failed: {} }),
    });
    await store.get({ name: 'k', metadata: {} });
    await store.getMany?.({ names: ['a', 'b'], metadata: {} });
    expect(seen.filter(([what]) => what === 'expiring')).toEqual([
      ['expiring', 's', 'k', 5],
      ['expiring', 's', 'a', 7],
    ]);
  });

  it('ends the listing of the store when the reader stops early, and not when it has ended', async () => {
    let ends = 0;
    async function* pages() {
      try {
        yield ['a'];
        yield ['b'];
      } finally {
        ends++;
      }
    }
    const { store } = storeOf({ list: () => pages() });
    for await (const _ of store.list?.({ metadata: {} }) ?? []) break;
    expect(ends).toBe(1);
    const all: string[] = [];
    for await (const page of store.list?.({ metadata: {} }) ?? []) all.push(...page);
    expect({ all, ends }).toEqual({ all: ['a', 'b'], ends: 2 });
  });

  it('tells of a page that could not be had', async () => {
    async function* pages() {
      yield ['a'];
      throw new SecretStoreError('unavailable', 'gone');
    }
    const { store, seen } = storeOf({ list: () => pages() });
    const read = async () => {
      for await (const _ of store.list?.({ metadata: {} }) ?? []);
    };
    await expect(read()).rejects.toThrow('gone');
    expect(seen).toEqual([
      ['started', 's'],
      ['ended', 's', 'list', 'ok'],
      ['started', 's'],
      ['ended', 's', 'list', 'unavailable'],
    ]);
  });
});
