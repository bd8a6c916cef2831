import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withTimeOut } from './time-out.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new AbortController().signal;
const expired = () => new Error('expired');
const pending = () => new Promise<string>(() => undefined);

describe('withTimeOut', () => {
  it('gives the answer or the failure of a call that is in time, and stops its timer', async () => {
    expect(await withTimeOut(async () => 'v', 100, never, expired)).toBe('v');
    await expect(withTimeOut(() => Promise.reject(new Error('no')), 100, never, expired)).rejects.toThrow('no');
    const throwing = () => {
      throw new Error('thrown');
    };
    await expect(withTimeOut(throwing, 100, never, expired)).rejects.toThrow('thrown');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails at once when the time is over, and aborts the call with a TimeoutError', async () => {
    let given: AbortSignal | undefined;
    const call = (signal: AbortSignal) => {
      given = signal;
      return pending();
    };
    const result = expect(withTimeOut(call, 100, never, expired)).rejects.toThrow('expired');
    await vi.advanceTimersByTimeAsync(99);
    expect(given?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await result;
    expect(given?.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('follows the signal of the caller, and leaves no listener on it', async () => {
    const controller = new AbortController();
    const added = vi.spyOn(controller.signal, 'addEventListener');
    const removed = vi.spyOn(controller.signal, 'removeEventListener');
    await withTimeOut(async () => 'v', 100, controller.signal, expired);
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
    let given: AbortSignal | undefined;
    const call = (signal: AbortSignal) => {
      given = signal;
      return pending();
    };
    const result = expect(withTimeOut(call, 100, controller.signal, expired)).rejects.toThrow('gone');
    controller.abort(new Error('gone'));
    await result;
    expect([given?.reason, vi.getTimerCount()]).toMatchObject([{ message: 'gone' }, 0]);
  });

  it('does not begin for a caller that is gone already', async () => {
    const call = vi.fn(pending);
    await expect(withTimeOut(call, 100, AbortSignal.abort(new Error('gone')), expired)).rejects.toThrow('gone');
    expect(call).not.toHaveBeenCalled();
  });

  it('ignores what a call says that is over', async () => {
    let fail: (cause: Error) => void = () => undefined;
    const call = () => new Promise<string>((_, reject) => (fail = reject));
    const result = expect(withTimeOut(call, 100, never, expired)).rejects.toThrow('expired');
    await vi.advanceTimersByTimeAsync(100);
    await result;
    // An unhandled rejection would fail the run.
    fail(new Error('late'));
    await vi.advanceTimersByTimeAsync(1);
  });

  it('takes a time that no timer can be set to for the longest that one can', async () => {
    const settled = vi.fn();
    withTimeOut(pending, 2 ** 40, never, expired).catch(settled);
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(settled).not.toHaveBeenCalled();
  });
});
