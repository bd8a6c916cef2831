import { constants } from 'node:os';
import { Failure } from './failure.ts';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The longest that a timer can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** What ends a command early: the first signal or the time limit aborts it; a second signal ends the process at once. */
export class Interrupts {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #received: NodeJS.Signals | undefined;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#handle);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The failure to tell when a command was ended early. After a signal it exits as a shell would say, 128 + n. */
  failure(): Failure | undefined {
    if (!this.#controller.signal.aborted) return undefined;
    if (this.#received === undefined) {
      return new Failure('deadline_exceeded', 'the time given with --timeout has passed', {
        hint: 'allow more with --timeout, or see with --verbose what takes so long',
      });
    }
    return new Failure('canceled', `interrupted by ${this.#received}`, { exitCode: exitCodeOf(this.#received) });
  }

  /** Aborts after some milliseconds; 0: never. The timer keeps the process alive, however quietly a driver waits. */
  limit(milliseconds: number): void {
    if (milliseconds === 0) return;
    const giveUp = () => this.#controller.abort(new DOMException('the time limit has passed', 'TimeoutError'));
    this.#timer = setTimeout(giveUp, Math.min(milliseconds, LONGEST));
  }

  /** Signals have their usual effect again, and there is no time limit any more. */
  release = (): void => {
    clearTimeout(this.#timer);
    for (const signal of SIGNALS) process.off(signal, this.#handle);
  };

  #handle = (signal: NodeJS.Signals): void => {
    if (this.#received !== undefined) process.exit(exitCodeOf(signal));
    this.#received = signal;
    this.#controller.abort();
  };
}

function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
