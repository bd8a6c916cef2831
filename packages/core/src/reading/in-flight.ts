import { secretStoreErrorFrom } from '../driver/index.ts';

interface SharedCall<Result> {
  readonly promise: Promise<Result>;
  readonly controller: AbortController;
  waiters: number;
}

/**
 * Equal calls in flight share one. Each caller can give up on its own; the shared call is cancelled when the last one
 * has. What counts as equal is the key, so it must hold everything that the answer or the right to it depends on.
 */
export class InFlight<Result> {
  readonly #calls = new Map<string, SharedCall<Result>>();
  readonly #onJoin: (() => void) | undefined;

  /** `onJoin` is told of each caller that shares a call of another one. */
  constructor(onJoin?: () => void) {
    this.#onJoin = onJoin;
  }

  /** Fails with what `start` fails with, or with `canceled` or `deadline_exceeded` when `signal` aborts first. */
  run(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    if (signal?.aborted) return Promise.reject(secretStoreErrorFrom(signal.reason));
    let call = this.#calls.get(key);
    if (call === undefined) {
      const controller = new AbortController();
      call = { promise: startSafely(start, controller.signal), controller, waiters: 0 };
      const forget = () => {
        if (this.#calls.get(key) === call) this.#calls.delete(key);
      };
      call.promise.then(forget, forget);
      this.#calls.set(key, call);
    } else this.#onJoin?.();
    call.waiters++;
    return signal === undefined ? call.promise : this.#follow(key, call, signal);
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /** Resolves when nothing is running any more. */
  async drained(): Promise<void> {
    while (this.#calls.size > 0) await Promise.allSettled([...this.#calls.values()].map(({ promise }) => promise));
  }

  abort(reason: unknown): void {
    for (const { controller } of this.#calls.values()) controller.abort(reason);
  }

  #follow(key: string, call: SharedCall<Result>, signal: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        call.waiters--;
        if (call.waiters === 0) {
          // A caller that comes now must not join a call that is being cancelled.
          if (this.#calls.get(key) === call) this.#calls.delete(key);
          call.controller.abort(signal.reason);
        }
        reject(secretStoreErrorFrom(signal.reason));
      };
      signal.addEventListener('abort', giveUp);
      call.promise.then(
        (result) => {
          signal.removeEventListener('abort', giveUp);
          resolve(result);
        },
        (cause) => {
          signal.removeEventListener('abort', giveUp);
          reject(cause);
        },
      );
    });
  }
}

/** A driver that throws instead of rejecting is a failure like any other; one that gives no promise is not waited for. */
function startSafely<Result>(start: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result> {
  try {
    return Promise.resolve(start(signal));
  } catch (cause) {
    return Promise.reject(cause);
  }
}
