/** Bytes by which this process's buffers and objects have grown at the most while the work was done. */
export async function peakMemoryOf(work: () => Promise<unknown>): Promise<number> {
  let lowest = taken();
  let growth = 0;
  const look = () => {
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
