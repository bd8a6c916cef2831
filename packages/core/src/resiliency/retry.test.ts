import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RetryPolicy } from '../resources/types.ts';
import { pausesOf, type RetryEvents, withRetries } from './retry.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const constant: RetryPolicy = { policy: 'constant', duration: 10, maxInterval: 60_000, maxRetries: 2 };
const exponential: RetryPolicy = { policy: 'exponential', duration: 5000, maxInterval: 60_000, maxRetries: -1 };
const take = (count: number, next: () => number | undefined) => Array.from({ length: count }, () => next());

describe('pausesOf', () => {
  it('constant: as long as given, as often as given', () => {
    expect(take(4, pausesOf(constant))).toEqual([10, 10, undefined, undefined]);
    expect(take(1, pausesOf({ ...constant, maxRetries: 0 }))).toEqual([undefined]);
    expect(take(3, pausesOf({ ...constant, duration: -1 }))).toEqual([0, 0, undefined]);
    const next = pausesOf({ ...constant, maxRetries: -1 });
    vi.advanceTimersByTime(24 * 3_600_000);
    expect(new Set(take(10_000, next))).toEqual(new Set([10]));
  });

  it('exponential: half as long again each time, whatever `duration` says, up to maxInterval', () => {
    expect(
      take(
        4,
        pausesOf(exponential, () => 0.5),
      ),
    ).toEqual([500, 750, 1125, 1687.5]);
    expect(
      take(
        4,
        pausesOf({ ...exponential, maxInterval: 800 }, () => 0.5),
      ),
    ).toEqual([500, 750, 800, 800]);
    expect(
      take(
        4,
        pausesOf({ ...exponential, maxInterval: 100, maxRetries: 3 }, () => 0.5),
      ),
    ).toEqual([500, 100, 100, undefined]);
    expect(
      take(
        2,
        pausesOf({ ...exponential, maxInterval: 0 }, () => 0.5),
      ),
    ).toEqual([500, 0]);
  });

  it('exponential: up to half shorter or longer by chance', () => {
    expect(
      take(
        2,
        pausesOf(exponential, () => 0),
      ),
    ).toEqual([250, 375]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }), (chances) => {
        const rest = [...chances];
        const next = pausesOf({ ...exponential, maxInterval: 2000 }, () => rest.shift() as number);
        let interval = 500;
        for (const chance of chances) {
          const milliseconds = next() as number;
          expect(milliseconds / interval).toBeCloseTo(0.5 + chance);
          interval = Math.min(interval * 1.5, 2000);
        }
      }),
    );
  });

  it('exponential: ends when a pause would end more than 15 minutes after the first attempt', () => {
    const next = pausesOf({ ...exponential, maxInterval: 1000 }, () => 0.5);
    expect(next()).toBe(500);
    vi.advanceTimersByTime(15 * 60_000 - 750);
    expect(next()).toBe(750);
    vi.advanceTimersByTime(1);
    expect(next()).toBeUndefined();
  });
});

describe('withRetries', () => {
  const never = new AbortController().signal;
  function events(): RetryEvents & { readonly seen: unknown[] } {
    const seen: unknown[] = [];
    return {
      seen,
      isRetried: (cause) => (cause as Error).message !== 'final',
      retrying: (cause, milliseconds) => seen.push(['retrying', (cause as Error).message, milliseconds]),
      recovered: (attempts) => seen.push(['recovered', attempts]),
    };
  }
  /** Fails with the texts in turn, then answers. */
  function failing(...texts: string[]) {
    const starts: number[] = [];
    const call = async () => {
      starts.push(performance.now());
      const text = texts[starts.length - 1];
      if (text !== undefined) throw new Error(text);
      return 'done';
    };
    return { call, starts };
  }

  it('answers at once when the first attempt does', async () => {
    const { call, starts } = failing();
    const told = events();
    expect(await withRetries(call, constant, never, told)).toBe('done');
    expect([starts.length, told.seen]).toEqual([1, []]);
  });

  it('tells of the first retry and of the recovery, and of nothing between', async () => {
    const { call, starts } = failing('a', 'b');
    const told = events();
    const result = withRetries(call, constant, never, told);
    await vi.advanceTimersByTimeAsync(20);
    expect(await result).toBe('done');
    expect(starts.map((start) => start - (starts[0] as number))).toEqual([0, 10, 20]);
    expect(told.seen).toEqual([
      ['retrying', 'a', 10],
      ['recovered', 3],
    ]);
  });

  it('fails as the last attempt did', async () => {
    const { call, starts } = failing('a', 'b', 'c', 'd');
    const result = expect(withRetries(call, constant, never, events())).rejects.toThrow('c');
    await vi.advanceTimersByTimeAsync(1000);
    await result;
    expect(starts).toHaveLength(3);
  });

  it('does not retry what is final', async () => {
    const { call, starts } = failing('a', 'final', 'c');
    const result = expect(withRetries(call, constant, never, events())).rejects.toThrow('final');
    await vi.advanceTimersByTimeAsync(1000);
    await result;
    expect(starts).toHaveLength(2);
  });

  it('ends at once, and stops its timer, when the caller gives up during a pause', async () => {
    const { call, starts } = failing('a', 'b');
    const controller = new AbortController();
    const long = { ...constant, duration: 3_600_000 };
    const result = expect(withRetries(call, long, controller.signal, events())).rejects.toThrow('gone');
    await vi.advanceTimersByTimeAsync(5);
    expect(vi.getTimerCount()).toBe(1);
    controller.abort(new Error('gone'));
    await result;
    expect([starts.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it('does not retry an attempt that fails because the caller gave up', async () => {
    const controller = new AbortController();
    const call = vi.fn(async () => {
      controller.abort(new Error('gone'));
      throw new Error('a');
    });
    const told = events();
    await expect(withRetries(call, constant, controller.signal, told)).rejects.toThrow('gone');
    expect([call.mock.calls.length, told.seen, vi.getTimerCount()]).toEqual([1, [], 0]);
  });

  it('leaves no listener on the signal of the caller', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const result = withRetries(failing('a', 'b').call, constant, signal, events());
    await vi.advanceTimersByTimeAsync(20);
    await result;
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([2, 2]);
  });

  it('can pause longer than a timer can be set to', async () => {
    const { call, starts } = failing('a');
    const result = withRetries(call, { ...constant, duration: 2 ** 40 }, never, events());
    await vi.advanceTimersByTimeAsync(24 * 86_400_000);
    expect(starts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(await result).toBe('done');
  });
});
