import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Renewed, type RenewedOptions } from './renewed.ts';

const MINUTE = 60_000;
const OPTIONS = { early: 5 * MINUTE, last: 10_000, pause: 30_000, timeout: 1_000 };

interface Key {
  readonly name: string;
  readonly expiresAt: number;
}

/** A value whose requests are answered by hand, in the order in which they came. */
function setUp(options: Partial<RenewedOptions<Key>> = {}) {
  const requests: { readonly signal: AbortSignal; give(name: string, life: number): void; fail(cause: unknown): void }[] = [];
  const renewed = new Renewed<Key>(
    ({ signal }) => {
      const { promise, resolve, reject } = Promise.withResolvers<Key>();
      requests.push({ signal, give: (name, life) => resolve({ name, expiresAt: Date.now() + life }), fail: reject });
      return promise;
    },
    { ...OPTIONS, ...options },
  );
  const nameOf = async (signal?: AbortSignal) => (await renewed.current(signal)).name;
  /** The first value, got. */
  const got = async (life: number) => {
    const value = renewed.current();
    requests.at(-1)?.give('first', life);
    return await value;
  };
  return { renewed, requests, nameOf, got };
}
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a value', () => {
  it('is asked for when it is needed, once by all who wait, and kept', async () => {
    const { requests, nameOf } = setUp();
    expect(requests).toHaveLength(0);
    const all = [nameOf(), nameOf(), nameOf()];
    requests[0]?.give('first', 60 * MINUTE);
    expect(await Promise.all(all)).toEqual(['first', 'first', 'first']);
    await pass(55 * MINUTE - 1);
    expect(await nameOf()).toBe('first');
    expect(requests).toHaveLength(1);
  });

  it('is replaced before its end, and nobody waits for that', async () => {
    const { requests, nameOf, got } = setUp();
    await got(60 * MINUTE);
    await pass(55 * MINUTE);
    expect([await nameOf(), await nameOf(), requests.length]).toEqual(['first', 'first', 2]);
    requests[1]?.give('second', 60 * MINUTE);
    await pass(0);
    expect([await nameOf(), requests.length]).toEqual(['second', 2]);
  });

  it('goes on being used while replacing it fails, which is tried again after a pause', async () => {
    const { requests, nameOf, got } = setUp();
    await got(MINUTE);
    for (const tries of [2, 3]) {
      expect(await nameOf()).toBe('first');
      requests.at(-1)?.fail(new Error('away'));
      await pass(OPTIONS.pause / 2);
      expect([await nameOf(), requests.length]).toEqual(['first', tries]);
      await pass(tries === 2 ? OPTIONS.pause / 2 : OPTIONS.pause / 6);
    }
    // Ten seconds are left: it might not arrive in time.
    const waiting = nameOf();
    requests[3]?.fail(new Error('away for good'));
    await expect(waiting).rejects.toThrow('away for good');
  });

  it('that was not replaced in time is waited for by all, also when that was begun early', async () => {
    const { requests, nameOf, got } = setUp({ timeout: MINUTE });
    await got(20_000);
    expect(await nameOf()).toBe('first');
    await pass(10_000);
    const all = [nameOf(), nameOf()];
    requests[1]?.give('second', 60 * MINUTE);
    expect([await Promise.all(all), requests.length]).toEqual([['second', 'second'], 2]);
  });

  it('that comes when it has all but ended is given to those who wait, and to nobody else', async () => {
    const { requests, nameOf, got } = setUp();
    expect(await got(OPTIONS.last)).toMatchObject({ name: 'first' });
    const next = nameOf();
    requests[1]?.give('second', OPTIONS.last + 1);
    expect([await next, await nameOf()]).toEqual(['second', 'second']);
    requests[2]?.fail(new Error('away'));
    await pass(0);
  });

  it('that never ends is never replaced', async () => {
    const { renewed, requests, got } = setUp();
    const value = await got(Number.POSITIVE_INFINITY);
    await pass(1e10);
    expect(renewed.refuse(value)).toBe(false);
    expect([await renewed.current(), requests.length]).toEqual([value, 1]);
  });
});

describe('a request', () => {
  it('goes on for the others when one gives up', async () => {
    const { requests, nameOf } = setUp();
    const controller = new AbortController();
    const [hasty, patient] = [nameOf(controller.signal), nameOf()];
    controller.abort();
    await expect(hasty).rejects.toMatchObject({ code: 'canceled' });
    requests[0]?.give('first', 60 * MINUTE);
    expect([await patient, requests[0]?.signal.aborted, requests.length]).toEqual(['first', false, 1]);
  });

  it('goes on for those who come later when all give up, and may fail then', async () => {
    const { requests, nameOf } = setUp();
    for (const name of ['first', undefined]) {
      const controller = new AbortController();
      const hasty = nameOf(controller.signal);
      controller.abort(new DOMException('too late', 'TimeoutError'));
      await expect(hasty).rejects.toMatchObject({ code: 'deadline_exceeded' });
      if (name === undefined) requests.at(-1)?.fail(new Error('away'));
      else requests.at(-1)?.give(name, OPTIONS.last);
      await pass(0);
    }
    expect(requests).toHaveLength(2);
  });

  it('is not made for one who has given up already', async () => {
    const { requests, nameOf } = setUp();
    await expect(nameOf(AbortSignal.abort())).rejects.toMatchObject({ code: 'canceled' });
    expect(requests).toHaveLength(0);
  });

  it('that fails is told to all who wait, and made again for the next', async () => {
    const { requests, nameOf } = setUp();
    const failure = new Error('away');
    const all = [nameOf(), nameOf()];
    requests[0]?.fail(failure);
    for (const each of all) await expect(each).rejects.toBe(failure);
    const next = nameOf();
    requests[1]?.give('second', 60 * MINUTE);
    expect(await next).toBe('second');
  });

  it('has a time limit', async () => {
    const { requests, nameOf } = setUp();
    const waiting = nameOf();
    await pass(OPTIONS.timeout - 1);
    expect(requests[0]?.signal.aborted).toBe(false);
    await pass(1);
    expect(requests[0]?.signal.reason).toMatchObject({ name: 'TimeoutError' });
    requests[0]?.fail(requests[0].signal.reason);
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('a refused value', () => {
  it('is forgotten, and one that came after it is not', async () => {
    const { renewed, requests, nameOf, got } = setUp();
    const first = await got(60 * MINUTE);
    expect(renewed.refuse(first)).toBe(true);
    // Another caller, refused with the same one while a new one is asked for.
    const next = nameOf();
    expect(renewed.refuse(first)).toBe(true);
    requests[1]?.give('second', 60 * MINUTE);
    expect(await next).toBe('second');
    expect(renewed.refuse(first)).toBe(true);
    expect([await nameOf(), requests.length]).toEqual(['second', 2]);
  });

  it('is the same as another when the service sees no difference', async () => {
    const { renewed, requests, got } = setUp({ isSame: (one, other) => one.name === other.name });
    const first = await got(60 * MINUTE);
    renewed.refuse({ ...first, name: 'another' });
    expect(await renewed.current()).toBe(first);
    expect([renewed.refuse({ ...first }), renewed.refuse({ ...first })]).toEqual([true, true]);
    await got(60 * MINUTE);
    expect(requests).toHaveLength(2);
  });

  it('soon after another is kept, if so wished; later it is forgotten again', async () => {
    const { renewed, requests, nameOf, got } = setUp({ patience: 30_000 });
    expect(renewed.refuse(await got(60 * MINUTE))).toBe(true);
    await pass(29_999);
    const second = await got(60 * MINUTE);
    expect(renewed.refuse(second)).toBe(false);
    expect([await renewed.current(), requests.length]).toEqual([second, 2]);
    await pass(1);
    expect(renewed.refuse(second)).toBe(true);
    const third = nameOf();
    requests[2]?.give('third', 60 * MINUTE);
    expect(await third).toBe('third');
  });

  it('is forgotten every time by default, also when the clock has been set back', async () => {
    const { renewed, got } = setUp();
    for (let time = 0; time < 3; time++) {
      expect(renewed.refuse(await got(60 * MINUTE))).toBe(true);
      vi.setSystemTime(Date.now() - 60 * MINUTE);
    }
  });
});

describe('after close', () => {
  it('what runs is ended, and what it gives all the same is not kept', async () => {
    const { renewed, requests, nameOf } = setUp();
    const waiting = nameOf();
    renewed.close();
    expect(requests[0]?.signal.aborted).toBe(true);
    requests[0]?.give('first', 60 * MINUTE);
    expect(await waiting).toBe('first');
    const next = nameOf();
    expect([requests.length, requests[1]?.signal.aborted]).toEqual([2, true]);
    requests[1]?.fail(new Error('closed'));
    await expect(next).rejects.toThrow('closed');
  });

  it('nothing is left of what there was, and a second time changes nothing', async () => {
    const { renewed, requests, nameOf, got } = setUp();
    await got(60 * MINUTE);
    renewed.close();
    renewed.close();
    const next = nameOf();
    requests[1]?.fail(new Error('closed'));
    await expect(next).rejects.toThrow('closed');
  });
});
