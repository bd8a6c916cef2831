import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Bytes by which this process's buffers and objects have grown at the most while the work was done. Where that is more than
 * `bound`, what nobody holds any more does not count.
 */
export async function peakMemoryOf(work: () => Promise<unknown>, bound: number): Promise<number> {
  const collect = collector();
  collect();
  // Buffers are freed behind a collection's back, and the next one waits for that.
  collect();
  let lowest = taken();
  let growth = 0;
  const look = () => {
    if (taken() - lowest > Math.max(bound, growth)) collect();
    const now = taken();
    // What was garbage before may be collected meanwhile.
    lowest = Math.min(lowest, now);
    growth = Math.max(growth, now - lowest);
  };
  const timer = setInterval(look, 1);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return growth;
}

function taken(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** V8's own collection of garbage, of a whole: it frees buffers too. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
