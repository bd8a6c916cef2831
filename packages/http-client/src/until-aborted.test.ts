import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { untilAborted } from './until-aborted.ts';

const never = () => Promise.withResolvers<string>().promise;

describe('untilAborted', () => {
  it('gives what the work gives, and fails as it fails', async () => {
    const { signal } = new AbortController();
    const failure = new Error('away');
    for (const given of [undefined, signal]) {
      expect(await untilAborted(Promise.resolve('done'), given)).toBe('done');
      await expect(untilAborted(Promise.reject(failure), given)).rejects.toBe(failure);
    }
  });

  it('ends with the signal, and says who gave up', async () => {
    const controller = new AbortController();
    const waiting = untilAborted(never(), controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'canceled' });
    await expect(untilAborted(never(), AbortSignal.timeout(1))).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('does not begin to wait when the signal has aborted, whatever the work has come to', async () => {
    const works = [never(), Promise.resolve('done'), Promise.reject(new Error('away'))];
    for (const work of works) await expect(untilAborted(work, AbortSignal.abort())).rejects.toMatchObject({ code: 'canceled' });
  });

  it('lets go of the signal', async () => {
    const { signal } = new AbortController();
    await untilAborted(Promise.resolve('done'), signal);
    await expect(untilAborted(Promise.reject(new Error('away')), signal)).rejects.toThrow('away');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
