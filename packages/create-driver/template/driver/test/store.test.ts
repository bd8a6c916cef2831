import { describe, expect, it } from 'vitest';
import type { ServiceClient } from '../src/client.ts';
import { AcmeStore } from '../src/store.ts';
import { open } from './open.ts';
import { startService, type TestService } from './service.ts';

/** Two secrets, of which `greeting` has two versions. */
async function startFilled(options?: { readonly pageSize: number }): Promise<TestService> {
  const service = await startService(options);
  await service.put('greeting', 'hello');
  await service.put('greeting', 'good morning');
  await service.put('password', 'correct horse');
  return service;
}

async function namesOf(store: AcmeStore): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of store.list({ metadata: {} })) names.push(...page);
  return names;
}

describe('a secret', () => {
  it('has one key, its own name, and the version that was read', async () => {
    await using service = await startFilled();
    const store = await open(service.settings);
    const { data, version } = await store.get({ name: 'greeting', metadata: {} });
    expect({ ...data }).toEqual({ greeting: 'good morning' });
    expect(Object.getPrototypeOf(data)).toBeNull();
    expect(version).toBe('2');
  });

  it('is read in another version', async () => {
    await using service = await startFilled();
    const store = await open(service.settings);
    const { data, version } = await store.get({ name: 'greeting', metadata: { version_id: '1' } });
    expect([{ ...data }, version]).toEqual([{ greeting: 'hello' }, '1']);
    const missing = store.get({ name: 'greeting', metadata: { version_id: '3' } });
    await expect(missing).rejects.toMatchObject({ code: 'not_found' });
  });

  it('that is not there is not found', async () => {
    await using service = await startFilled();
    const store = await open(service.settings);
    const missing = store.get({ name: 'nothing', metadata: {} });
    await expect(missing).rejects.toMatchObject({ code: 'not_found', operation: 'get', secret: 'nothing' });
  });

  it.each(['a/b', '../ping', 'a?b#c', '%2e', 'é 🔑', '__proto__'])('may be called %s', async (name) => {
    await using service = await startFilled();
    await service.put(name, 'value');
    const store = await open(service.settings);
    const { data } = await store.get({ name, metadata: {} });
    expect(Object.entries(data ?? {})).toEqual([[name, 'value']]);
  });
});

describe('the list', () => {
  it('is followed from page to page', async () => {
    await using service = await startFilled({ pageSize: 1 });
    expect(await namesOf(await open(service.settings))).toEqual(['greeting', 'password']);
    expect(service.calls()).toEqual(['list', 'list']);
  });

  it('ends with a failure when the service begins again', async () => {
    await using service = await startFilled();
    const client = { list: async () => ({ names: ['greeting'], next: 'again' }) } as Partial<ServiceClient> as ServiceClient;
    const store = new AcmeStore({ connect: async () => client });
    await open(service.settings, { store });
    await expect(namesOf(store)).rejects.toMatchObject({ code: 'unavailable', operation: 'list' });
  });
});

describe('a failure', () => {
  it('of the credentials, and of the service, is told apart', async () => {
    await using service = await startFilled();
    const wrong = await open({ ...service.settings, token: 'wrong' });
    await expect(wrong.ping()).rejects.toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('token') });
    const store = await open(service.settings);
    await store.ping();
    service.inject('denied', 1);
    await expect(store.ping()).rejects.toMatchObject({ code: 'permission_denied', retryable: false, operation: 'ping' });
    service.inject('unreachable');
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('that is soon over, as when the service throttles, is waited for', async () => {
    await using service = await startFilled();
    const store = await open(service.settings);
    service.inject('throttled', 1);
    await store.ping();
    expect(service.calls()).toEqual(['ping', 'ping']);
  });
});

describe('init', () => {
  it('is done once, and before everything else', async () => {
    await using service = await startFilled();
    const store = await open(service.settings);
    await expect(open(service.settings, { store })).rejects.toMatchObject({ code: 'failed_precondition', operation: 'init' });
    await expect(new AcmeStore().ping()).rejects.toMatchObject({ code: 'failed_precondition' });
    await expect(open(service.settings, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' });
  });
});

describe('a call ends', () => {
  const name = 'greeting';
  const metadata = {};

  it('when the caller gives up, before it and during it', async () => {
    await using service = await startFilled();
    const store = await open(service.settings);
    service.inject('hang');
    await expect(store.get({ name, metadata }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' });
    expect(service.calls()).toEqual([]);

    const caller = new AbortController();
    const { signal } = caller;
    const read = store.get({ name, metadata }, { signal });
    const first = store.list({ metadata }, { signal })[Symbol.asyncIterator]().next();
    caller.abort();
    await expect(read).rejects.toMatchObject({ code: 'canceled', operation: 'get' });
    await expect(first).rejects.toMatchObject({ code: 'canceled', operation: 'list' });
  });

  it('when its time is over', async () => {
    await using service = await startFilled();
    const store = await open({ ...service.settings, requestTimeout: '50ms' });
    service.inject('hang');
    await expect(store.get({ name, metadata })).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('when the store is closed, which may be done twice', async () => {
    await using service = await startFilled();
    const store = await open(service.settings);
    service.inject('hang');
    const read = store.get({ name, metadata });
    await Promise.all([store.close(), expect(read).rejects.toMatchObject({ code: 'canceled' })]);
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ code: 'canceled', detail: 'the store is closed' });
  });
});
