import { HttpFailure } from './failure.ts';

/** A signal that aborts with the caller's, or when a time limit passes. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The failure that an abort means; `cause` when there was no abort. */
  failure(cause: unknown, what: string): unknown;
  /** Milliseconds left. */
  left(): number;
  /** The time limit is this many milliseconds from now. */
  extend(milliseconds: number): void;
  /** Lets go of the caller's signal and of the timer. */
  clear(): void;
}

/** Made by hand, not with `AbortSignal.any`: watches hold the caller's signal for days, and each must let go of it. */
export function startDeadline(caller: AbortSignal | undefined, milliseconds: number): Deadline {
  const controller = new AbortController();
  let end = performance.now() + milliseconds;
  const expire = () => controller.abort(new DOMException('the time limit has passed', 'TimeoutError'));
  let timer = setTimeout(expire, milliseconds);
  const give = () => controller.abort(caller?.reason);
  if (caller?.aborted) give();
  else caller?.addEventListener('abort', give, { once: true });
  return {
    signal: controller.signal,
    failure(cause, what) {
      if (!controller.signal.aborted) return cause;
      if (!caller?.aborted) return new HttpFailure('timeout', `${what}: context deadline exceeded`, { cause });
      const timeout = caller.reason instanceof Error && caller.reason.name === 'TimeoutError';
      return timeout
        ? new HttpFailure('timeout', 'context deadline exceeded', { cause: caller.reason })
        : new HttpFailure('canceled', 'context canceled', { cause: caller.reason });
    },
    left: () => end - performance.now(),
    extend(more) {
      clearTimeout(timer);
      end = performance.now() + more;
      timer = setTimeout(expire, more);
    },
    clear() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', give);
    },
  };
}
