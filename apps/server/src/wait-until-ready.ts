import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST = 60_000;

/** `--wait`: polls the sidecar on this machine until it answers or `signal` aborts, at most a minute. Messages go to standard error. */
export async function waitUntilReady(port: number, signal: AbortSignal): Promise<void> {
  const { get } = await import('node:http');
  const url = `http://localhost:${port}/v1.0/healthz/outbound`;
  const ask = () =>
    new Promise<boolean>((resolve) => {
      const request = get(url, { timeout: 1000 }, (response) => {
        response.resume();
        resolve(response.statusCode !== undefined && response.statusCode < 300);
      });
      request.once('error', () => resolve(false));
      request.once('timeout', () => request.destroy());
    });
  console.error(`waiting for the sidecar at ${url}`);
  for (const start = Date.now(); Date.now() - start < LONGEST && !signal.aborted; ) {
    if (await ask()) {
      console.error('the sidecar is ready');
      return;
    }
    await sleep(100);
  }
  if (!signal.aborted) console.error('the sidecar did not become ready within a minute');
}
