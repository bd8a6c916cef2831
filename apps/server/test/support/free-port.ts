import net from 'node:net';

// Below the range from which the kernel takes ports for outgoing connections. Each test worker has a lane of its own, so
// that two of them do not pick the same port between the probe and the server's start.
const LANES = 8;
const WIDTH = 20_000 / LANES;
const lane = 10_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % LANES) * WIDTH;
let next = process.pid % WIDTH;

/** A port of 127.0.0.1 that nobody listens on, and that this process does not hand out again soon. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lane + (next++ % WIDTH);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
