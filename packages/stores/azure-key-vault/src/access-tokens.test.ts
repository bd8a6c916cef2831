import type { AccessToken } from '@azure/core-auth';
import { describe, expect, it } from 'vitest';
import { AccessTokens } from './access-tokens.ts';

const MINUTE = 60_000;

interface Call {
  readonly options: { readonly abortSignal?: AbortSignal; readonly claims?: string };
  answer(token: Partial<AccessToken>): void;
  fail(cause: Error): void;
}

/** Tokens whose requests are answered by hand. */
function setUp() {
  const calls: Call[] = [];
  const trouble: unknown[] = [];
  let made = 0;
  const credential = () => ({
    getToken: (_: unknown, options = {}) =>
      new Promise<AccessToken>((resolve, reject) => {
        const whole = { token: `t${calls.length + 1}`, expiresOnTimestamp: Date.now() + 60 * MINUTE };
        calls.push({ options, answer: (token) => resolve({ ...whole, ...token }), fail: reject });
      }),
  });
  const create = async () => {
    made++;
    return credential();
  };
  const onTrouble = (cause: unknown) => void trouble.push(cause);
  const tokens = new AccessTokens({ scope: 's', credential: credential(), create, onTrouble });
  return { tokens, calls, trouble, made: () => made };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('AccessTokens', () => {
  it('asks once for all that want one, and keeps it', async () => {
    const { tokens, calls } = setUp();
    const wanted = [tokens.get(), tokens.get(), tokens.get()];
    await settled();
    calls[0]?.answer({});
    expect(await Promise.all(wanted)).toEqual(['t1', 't1', 't1']);
    expect(await tokens.get()).toBe('t1');
    expect(calls).toHaveLength(1);
  });

  it('replaces a token before its end, and nobody waits for that', async () => {
    const { tokens, calls, trouble } = setUp();
    const first = tokens.get();
    await settled();
    calls[0]?.answer({ refreshAfterTimestamp: Date.now() });
    await first;
    expect([await tokens.get(), await tokens.get()]).toEqual(['t1', 't1']);
    expect(calls).toHaveLength(2);
    calls[1]?.fail(new Error('away'));
    await settled();
    expect([await tokens.get(), calls.length, trouble]).toEqual(['t1', 2, [new Error('away')]]);
  });

  it('lets one caller give up, and the others get their token', async () => {
    const { tokens, calls } = setUp();
    const stop = new AbortController();
    const [hasty, patient] = [tokens.get(stop.signal), tokens.get()];
    await settled();
    stop.abort();
    await expect(hasty).rejects.toThrow('aborted');
    expect(calls[0]?.options.abortSignal?.aborted).toBe(false);
    calls[0]?.answer({});
    expect(await patient).toBe('t1');
  });

  it('gives the request up with the last caller; the next one asks anew', async () => {
    const { tokens, calls } = setUp();
    const stop = new AbortController();
    const both = [tokens.get(stop.signal), tokens.get(stop.signal)];
    await settled();
    stop.abort();
    for (const each of both) await expect(each).rejects.toThrow('aborted');
    expect(calls[0]?.options.abortSignal?.aborted).toBe(true);
    const next = tokens.get();
    await settled();
    calls[1]?.answer({});
    expect(await next).toBe('t2');
  });

  it('makes a new credential for a token that was not taken, and none for claims', async () => {
    const { tokens, calls, made } = setUp();
    const first = tokens.get();
    await settled();
    calls[0]?.answer({});
    expect(tokens.reject(await first)).toBe(true);
    const second = tokens.get();
    await settled();
    calls[1]?.answer({});
    expect([await second, made()]).toEqual(['t2', 1]);
    // The one before is no news; the new one, not taken either, stays: another would not help.
    expect([tokens.reject('t1'), tokens.reject('t2')]).toEqual([true, false]);
    expect(await tokens.get()).toBe('t2');

    const other = setUp();
    const given = other.tokens.get();
    await settled();
    other.calls[0]?.answer({});
    other.tokens.reject(await given, '{"a":1}');
    void other.tokens.get();
    await settled();
    expect([other.calls[1]?.options.claims, other.made()]).toEqual(['{"a":1}', 0]);
  });

  it('takes back one token for all reads that it was refused to, also while the next one is on its way', async () => {
    const { tokens, calls } = setUp();
    const first = tokens.get();
    await settled();
    calls[0]?.answer({});
    const token = await first;
    expect([tokens.reject(token), tokens.reject(token)]).toEqual([true, true]);
    const next = [tokens.get(), tokens.get()];
    await settled();
    expect(tokens.reject(token)).toBe(true);
    calls[1]?.answer({});
    expect([await Promise.all(next), calls.length]).toEqual([['t2', 't2'], 2]);
  });

  it('asks again after a failure', async () => {
    const { tokens, calls } = setUp();
    const first = tokens.get();
    await settled();
    calls[0]?.fail(new Error('refused'));
    await expect(first).rejects.toThrow('refused');
    const second = tokens.get();
    await settled();
    calls[1]?.answer({});
    expect(await second).toBe('t2');
  });

  it('ends with what runs', async () => {
    const { tokens, calls } = setUp();
    const first = tokens.get();
    await settled();
    tokens.close();
    expect(calls[0]?.options.abortSignal?.aborted).toBe(true);
    calls[0]?.answer({});
    await expect(first).rejects.toMatchObject({ code: 'canceled' });
  });
});
