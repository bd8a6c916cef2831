import { expect, it } from 'vitest';
import { ServiceFailure } from './client.ts';
import { withPatience } from './with-patience.ts';

const { signal } = new AbortController();

/** Requests that fail so, one after the other, before there is an answer; and the pauses between them. */
async function made(
  failures: readonly ServiceFailure[],
): Promise<{ readonly ending: unknown; readonly pauses: readonly number[] }> {
  const left = [...failures];
  const pauses: number[] = [];
  const request = async (): Promise<string> => {
    const failure = left.shift();
    if (failure !== undefined) throw failure;
    return 'answer';
  };
  const wait = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds);
  const ending = await withPatience(request, signal, wait).catch((cause: unknown) => cause);
  return { ending, pauses };
}

const throttled = (retryAfter?: number) => new ServiceFailure(429, 'slow down', retryAfter);

it('comes back when the service asks it to', async () => {
  expect(await made([throttled(1200), throttled(0)])).toEqual({ ending: 'answer', pauses: [1200, 0] });
});

it('makes pauses of its own that grow, and gives up after four tries', async () => {
  const { ending, pauses } = await made([throttled(), throttled(), throttled(), throttled(), throttled()]);
  expect(ending).toMatchObject({ status: 429 });
  expect(pauses).toHaveLength(3);
  for (const [at, milliseconds] of pauses.entries()) {
    expect(milliseconds).toBeGreaterThanOrEqual(125 * 2 ** at);
    expect(milliseconds).toBeLessThanOrEqual(250 * 2 ** at);
  }
});

it('does not wait for long, nor repeat what is final', async () => {
  expect(await made([throttled(60_000)])).toMatchObject({ ending: { status: 429 }, pauses: [] });
  for (const status of [400, 401, 404, 503]) {
    expect(await made([new ServiceFailure(status, '')])).toMatchObject({ ending: { status }, pauses: [] });
  }
});

it('ends when the caller gives up', async () => {
  const reason = new Error('gave up');
  const request = async (): Promise<never> => {
    throw throttled(5000);
  };
  await expect(withPatience(request, AbortSignal.abort(reason))).rejects.toBe(reason);
});
