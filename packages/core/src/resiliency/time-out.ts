import { startTimer } from './timing.ts';
import type { StoreCall } from './types.ts';

/**
 * Runs a call that has so many milliseconds. When they are over, or `signal` aborts, the call's own signal aborts and the
 * answer fails at once, whether or not the call heeds its signal: with what `expired` gives, or with the reason of `signal`.
 */
export function withTimeOut<Result>(
  call: StoreCall<Result>,
  milliseconds: number,
  signal: AbortSignal,
  expired: () => Error,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const controller = new AbortController();
    const giveUp = (failure: unknown, reason: unknown) => {
      settle();
      reject(failure);
      controller.abort(reason);
    };
    const follow = () => giveUp(signal.reason, signal.reason);
    const stop = startTimer(milliseconds, () =>
      giveUp(expired(), new DOMException('the time of the call is over', 'TimeoutError')),
    );
    const settle = () => {
      stop();
      signal.removeEventListener('abort', follow);
    };
    signal.addEventListener('abort', follow, { once: true });
    startCall(call, controller.signal).then(
      (result) => {
        settle();
        resolve(result);
      },
      (cause) => {
        settle();
        reject(cause);
      },
    );
  });
}

/** A driver that throws instead of rejecting is a failure like any other. */
async function startCall<Result>(call: StoreCall<Result>, signal: AbortSignal): Promise<Result> {
  return call(signal);
}
