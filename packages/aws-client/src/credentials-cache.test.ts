import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AwsCredentials, CredentialsCache } from './credentials-cache.ts';

const MINUTE = 60_000;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Gives key 1, 2, 3 …, each good for so many milliseconds; for ever when absent. */
function counted(life?: number) {
  const state = { asked: 0, failure: undefined as Error | undefined };
  const source = async (): Promise<AwsCredentials> => {
    state.asked++;
    if (state.failure !== undefined) throw state.failure;
    const ends = life === undefined ? {} : { expiration: new Date(Date.now() + life) };
    return { accessKeyId: `key ${state.asked}`, secretAccessKey: 'x', ...ends };
  };
  return { state, cache: new CredentialsCache(source) };
}
const keyOf = async (cache: CredentialsCache) => (await cache.get()).accessKeyId;
const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

describe('a cache of credentials', () => {
  it('asks once, however many wait', async () => {
    const { state, cache } = counted();
    expect(await Promise.all([keyOf(cache), keyOf(cache), keyOf(cache)])).toEqual(['key 1', 'key 1', 'key 1']);
    pass(1000 * MINUTE);
    expect(await keyOf(cache)).toBe('key 1');
    expect(state.asked).toBe(1);
  });

  it('renews five minutes before the end', async () => {
    const { cache } = counted(60 * MINUTE);
    await cache.get();
    pass(55 * MINUTE - 1);
    expect(await keyOf(cache)).toBe('key 1');
    pass(1);
    expect(await Promise.all([keyOf(cache), keyOf(cache)])).toEqual(['key 2', 'key 2']);
  });

  it('renews at half of a short life', async () => {
    const { cache } = counted(2 * MINUTE);
    await cache.get();
    pass(MINUTE - 1);
    expect(await keyOf(cache)).toBe('key 1');
    pass(1);
    expect(await keyOf(cache)).toBe('key 2');
  });

  it('goes on with what it has while renewing fails, and asks again half a minute later', async () => {
    const { state, cache } = counted(60 * MINUTE);
    await cache.get();
    state.failure = new Error('away');
    pass(56 * MINUTE);
    expect(await keyOf(cache)).toBe('key 1');
    expect(await keyOf(cache)).toBe('key 1');
    expect(state.asked).toBe(2);
    pass(0.5 * MINUTE);
    expect(await keyOf(cache)).toBe('key 1');
    expect(state.asked).toBe(3);
    pass(4 * MINUTE);
    await expect(cache.get()).rejects.toThrow('away');
  });

  it('keeps no failure', async () => {
    const { state, cache } = counted();
    state.failure = new Error('away');
    await expect(cache.get()).rejects.toThrow('away');
    state.failure = undefined;
    expect(await keyOf(cache)).toBe('key 2');
  });

  it('forgets refused credentials, and not those that came after them', async () => {
    const { cache } = counted();
    const first = await cache.get();
    cache.refuse(first);
    expect(await keyOf(cache)).toBe('key 2');
    cache.refuse(first);
    expect(await keyOf(cache)).toBe('key 2');
  });

  it('does not take what another caller refused for good because renewing fails', async () => {
    const { state, cache } = counted(60 * MINUTE);
    const first = await cache.get();
    cache.refuse(first);
    state.failure = new Error('away');
    await expect(cache.get()).rejects.toThrow('away');
  });
});
