/** Milliseconds between two ticks. */
const TICK = 5;

/** How long some work took, and the longest time in it in which the event loop could do nothing else. */
export interface Stall {
  readonly duration: number;
  readonly longest: number;
}

export async function stallOf(work: () => Promise<unknown>): Promise<Stall> {
  let longest = 0;
  const begin = performance.now();
  let last = begin;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last - TICK);
    last = now;
  };
  const timer = setInterval(look, TICK);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return { duration: last - begin, longest };
}

/** The attempt with the shortest stall: the others met something else that the machine did. */
export async function bestStallOf(
  attempts: number,
  good: (stall: Stall) => boolean,
  work: () => Promise<unknown>,
): Promise<Stall> {
  let best = await stallOf(work);
  for (let attempt = 1; attempt < attempts && !good(best); attempt++) {
    const next = await stallOf(work);
    if (next.longest < best.longest) best = next;
  }
  return best;
}
