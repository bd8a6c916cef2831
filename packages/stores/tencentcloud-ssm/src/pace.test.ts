import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

describe('a pace', () => {
  it('lets so many begin in any second, in their order', async () => {
    const pace = new Pace(5);
    const never = new AbortController().signal;
    const begun: { readonly index: number; readonly at: number }[] = [];
    const wait = async (index: number) => {
      await pace.wait(never);
      begun.push({ index, at: performance.now() });
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => wait(index)));
    // A timer may go off a little before its time.
    for (let index = 5; index < 12; index++) {
      expect((begun[index]?.at ?? 0) - (begun[index - 5]?.at ?? 0)).toBeGreaterThan(950);
    }
    expect(begun.map(({ index }) => index).toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 12 }, (_, index) => index),
    );
  });

  it('is not waited for by one who gives up', async () => {
    const pace = new Pace(1);
    const controller = new AbortController();
    await pace.wait(controller.signal);
    const second = pace.wait(controller.signal);
    controller.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
  });
});
