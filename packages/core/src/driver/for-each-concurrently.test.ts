import { describe, expect, it } from 'vitest';
import { forEachConcurrently } from './for-each-concurrently.ts';

const until = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

describe('forEachConcurrently', () => {
  it('works on every item, ten at a time', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await forEachConcurrently(
      Array.from({ length: 35 }, (_, index) => index),
      async (item) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        done.push(item);
      },
    );
    expect(most).toBe(10);
    expect(done).toHaveLength(35);
  });

  it('takes an item only when there is room', async () => {
    let taken = 0;
    function* items() {
      for (let item = 0; item < 9; item++) {
        taken++;
        yield item;
      }
    }
    const open: (() => void)[] = [];
    const all = forEachConcurrently(items(), () => new Promise((resolve) => open.push(resolve)), { limit: 3 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(3);
    while (open.length > 0) {
      open.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
    expect(taken).toBe(9);
  });

  it('throws the first failure once the others have ended, and tells them and the source', async () => {
    const ended: number[] = [];
    let sourceEnded = false;
    async function* items(signal: AbortSignal) {
      yield 1;
      yield 2;
      try {
        await until(signal);
      } finally {
        sourceEnded = true;
      }
    }
    const work = async (item: number, { signal }: { signal: AbortSignal }) => {
      if (item === 2) throw new Error('two');
      await until(signal).finally(() => ended.push(item));
    };
    await expect(forEachConcurrently(items, work)).rejects.toThrow('two');
    expect([ended, sourceEnded]).toEqual([[1], true]);
  });

  it('fails as the source does', async () => {
    async function* items() {
      yield 1;
      throw new Error('page 2');
    }
    await expect(forEachConcurrently(items(), async () => undefined)).rejects.toThrow('page 2');
  });

  it('ends when the caller gives up or the time is over, and starts nothing after that', async () => {
    const controller = new AbortController();
    const work = (_: number, { signal }: { signal: AbortSignal }) => until(signal);
    const given = forEachConcurrently([1, 2], work, { signal: controller.signal });
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: 'canceled' });
    await expect(forEachConcurrently([1], work, { signal: AbortSignal.timeout(1) })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    let started = 0;
    const late = forEachConcurrently([1], async () => void started++, { signal: controller.signal });
    await expect(late).rejects.toMatchObject({ code: 'canceled' });
    expect(started).toBe(0);
  });
});
