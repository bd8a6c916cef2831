/** The longest time a timer can be set to, about 25 days; a longer one would go off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A timer of any length; the answer stops it. */
export function startTimer(milliseconds: number, fire: () => void): () => void {
  const timer = setTimeout(fire, Math.min(milliseconds, LONGEST_TIMER));
  return () => clearTimeout(timer);
}

/** Waits; fails with the signal's reason as soon as it aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const giveUp = () => {
      stop();
      reject(signal.reason);
    };
    const stop = startTimer(milliseconds, () => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    });
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
