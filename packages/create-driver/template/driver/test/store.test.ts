import { describe, expect, it } from 'vitest';
import { hang, refused } from '../src/memory-service.ts';
import { AcmeStore } from '../src/store.ts';
import { open, startService } from './open.ts';

async function namesOf(store: AcmeStore): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of store.list({ metadata: {} })) names.push(...page);
  return names;
}

describe('a secret', () => {
  it('has one key, its own name, and the version that was read', async () => {
    using service = startService();
    const store = await open(service);
    const { data, version } = await store.get({ name: 'greeting', metadata: {} });
    expect({ ...data }).toEqual({ greeting: 'good morning' });
    expect(Object.getPrototypeOf(data)).toBeNull();
    expect(version).toBe('2');
  });

  it('is read in another version', async () => {
    using service = startService();
    const store = await open(service);
    const { data, version } = await store.get({ name: 'greeting', metadata: { version_id: '1' } });
    expect([{ ...data }, version]).toEqual([{ greeting: 'hello' }, '1']);
    const missing = store.get({ name: 'greeting', metadata: { version_id: '3' } });
    await expect(missing).rejects.toMatchObject({ code: 'not_found', detail: 'secret greeting has no version 3' });
  });

  it('that is not there is not found', async () => {
    using service = startService();
    const store = await open(service);
    const missing = store.get({ name: 'nothing', metadata: {} });
    await expect(missing).rejects.toMatchObject({ code: 'not_found', operation: 'get', secret: 'nothing' });
  });
});

describe('the list', () => {
  it('is followed from page to page', async () => {
    using service = startService();
    const store = await open(service);
    service.pageSize = 1;
    expect(await namesOf(store)).toEqual(['greeting', 'password']);
    expect(service.calls).toEqual(['list', 'list']);
  });

  it('ends with a failure when the service begins again', async () => {
    using service = startService();
    const store = await open(service);
    service.list = () => ({ names: ['greeting'], next: 'again' });
    await expect(namesOf(store)).rejects.toMatchObject({ code: 'unavailable', operation: 'list' });
    expect(service.calls).toEqual(['list', 'list']);
  });
});

describe('a failure', () => {
  it('of the credentials, and of the service, is told apart', async () => {
    using service = startService();
    const wrong = await open(service, { token: 'wrong' });
    await expect(wrong.ping()).rejects.toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('token') });
    const store = await open(service);
    await store.ping();
    service.inject(refused(429, 'slow down'));
    await expect(store.ping()).rejects.toMatchObject({ code: 'resource_exhausted', retryable: true });
    service[Symbol.dispose]();
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable', operation: 'ping' });
  });
});

describe('init', () => {
  it('is done once', async () => {
    using service = startService();
    const store = await open(service);
    await expect(open(service, {}, store)).rejects.toMatchObject({ code: 'failed_precondition', operation: 'init' });
    await expect(open(service, {}, new AcmeStore(), AbortSignal.abort())).rejects.toMatchObject({ code: 'canceled' });
    await expect(new AcmeStore().ping()).rejects.toMatchObject({ code: 'failed_precondition' });
  });
});

describe('a call ends', () => {
  const name = 'greeting';
  const metadata = {};

  it('when the caller gives up, before it and during it', async () => {
    using service = startService();
    const store = await open(service);
    service.inject(hang);
    await expect(store.get({ name, metadata }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' });
    expect(service.calls).toEqual([]);

    const caller = new AbortController();
    const given = store.get({ name, metadata }, { signal: caller.signal });
    caller.abort();
    await expect(given).rejects.toMatchObject({ code: 'canceled' });
  });

  it('when its time is over', async () => {
    using service = startService();
    const store = await open(service, { requestTimeout: '1ms' });
    service.inject(hang);
    await expect(store.get({ name, metadata })).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('when the caller of the list gives up', async () => {
    using service = startService();
    const store = await open(service);
    service.inject(hang);
    const caller = new AbortController();
    const pages = store.list({ metadata: {} }, { signal: caller.signal })[Symbol.asyncIterator]();
    const first = pages.next();
    caller.abort();
    await expect(first).rejects.toMatchObject({ code: 'canceled', operation: 'list' });
  });

  it('when the store is closed, which may be done twice', async () => {
    using service = startService();
    const store = await open(service);
    service.inject(hang);
    const given = store.get({ name, metadata });
    await Promise.all([store.close(), expect(given).rejects.toMatchObject({ code: 'canceled' })]);
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ code: 'canceled', detail: 'the store is closed' });
  });
});
