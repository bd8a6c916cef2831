import { setTimeout as sleep } from 'node:timers/promises';

/** Lets calls begin so many a second at the most, over any second. */
export class Pace {
  /** When the last calls may begin, the oldest at `#next`. */
  readonly #starts: number[] = [];
  readonly #most: number;
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits until another call may begin. Fails when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const start = Math.max(now, (this.#starts[this.#next] ?? Number.NEGATIVE_INFINITY) + 1000);
    this.#starts[this.#next] = start;
    this.#next = (this.#next + 1) % this.#most;
    if (start > now) await sleep(start - now, undefined, { signal });
  }
}
