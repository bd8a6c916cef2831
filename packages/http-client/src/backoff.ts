/** Pauses that double from half a second to a longest one, each cut by chance so that many clients do not come at once. */
export class Backoff {
  readonly #longest: number;
  #next = FIRST;

  /** `longest` in milliseconds. */
  constructor(longest: number = LONGEST) {
    this.#longest = longest;
  }

  /** Milliseconds to wait now. */
  pause(): number {
    const most = this.#next;
    this.#next = Math.min(this.#longest, most * 2);
    return most * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#next = FIRST;
  }
}

const FIRST = 500;
const LONGEST = 30_000;
