/** Time as a session sees it; a test gives its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Runs once after so many milliseconds, or after the longest time that a timer takes (24 days), and keeps no process alive for
   * it. Gives what calls it off.
   */
  after(milliseconds: number, run: () => void): () => void;
  /** From 0 to 1. */
  chance(): number;
}

export const LONGEST_TIMER: number = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.min(Math.max(milliseconds, 0), LONGEST_TIMER)).unref();
    return () => clearTimeout(timer);
  },
  chance: () => Math.random(),
};
