import { KubernetesError } from '@coffer/kubernetes-client';
import { describe, expect, it } from 'vitest';
import { withPatience } from './patience.ts';

/** Tries until it gives up, on a clock that runs as fast as it is asked to. */
async function exhaust(patience: 'two_minutes' | 'hundred_times', failure: Error) {
  const pauses: number[] = [];
  const lines: string[] = [];
  const clock = {
    now: () => pauses.reduce((sum, pause) => sum + pause, 0),
    sleep: async (pause: number) => void pauses.push(pause),
  };
  const logger = { debug() {}, info() {}, error() {}, warn: (line: string) => void lines.push(line) };
  const signal = new AbortController().signal;
  const work = withPatience(() => Promise.reject(failure), { patience, logger, signal, clock });
  await expect(work).rejects.toBe(failure);
  return { pauses, lines };
}
const AWAY = new KubernetesError('unavailable', 'nobody listens', { hint: 'look for it' });

describe('waiting for the API server', () => {
  it('16: ends after two minutes, with pauses that grow to five seconds', async () => {
    const { pauses, lines } = await exhaust('two_minutes', AWAY);
    const total = pauses.reduce((sum, pause) => sum + pause, 0);
    expect(total).toBeGreaterThan(120_000);
    expect(total).toBeLessThan(126_000);
    expect(pauses[0]).toBeLessThanOrEqual(500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5000);
    expect(lines.at(-1)).toMatch(/^waiting for the API server, next try in [345]s: nobody listens; look for it$/);
  });

  it('16: ends after a hundred tries under the strict dialect', async () => {
    expect((await exhaust('hundred_times', AWAY)).pauses).toEqual(Array(99).fill(5000));
  });

  it('16: waits as long as the server asks, and not at all for what waiting does not change', async () => {
    const throttled = new KubernetesError('throttled', 'slow down', { retryAfter: 60_000 });
    expect((await exhaust('two_minutes', throttled)).pauses).toEqual([60_000, 60_000, 60_000]);
    for (const reason of ['forbidden', 'unauthorized', 'configuration', 'not_found'] as const) {
      expect((await exhaust('two_minutes', new KubernetesError(reason, 'no'))).pauses).toEqual([]);
    }
    expect((await exhaust('two_minutes', new TypeError('a defect'))).pauses).toEqual([]);
  });
});
