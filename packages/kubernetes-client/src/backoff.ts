/** Pauses that double from half a second to half a minute, each cut by chance so that many clients do not come at once. */
export class Backoff {
  #next = FIRST;

  /** Milliseconds to wait now. */
  pause(): number {
    const longest = this.#next;
    this.#next = Math.min(LONGEST, longest * 2);
    return longest * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#next = FIRST;
  }
}

const FIRST = 500;
const LONGEST = 30_000;
