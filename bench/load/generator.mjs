// The load generator, a process of its own, started with an IPC channel. Takes { api, port, token, inFlight, settle, seconds,
// requests }: after `settle` seconds of load it sends 'begin', after `seconds` more, and when at least so many requests have
// been answered since, 'end', and then the result.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const [{ api, port, token, inFlight, settle, seconds, requests }] = await once(process, 'message');
const { drive } = await import(`./${api}.mjs`);
const latencies = new Float64Array(8_000_000);
let measuring = false;
let count = 0;
let enough = () => {};
const answered = (milliseconds) => {
  if (!measuring) return;
  latencies[count++] = milliseconds;
  if (count === requests) enough();
};

const stop = await drive({ port, token, inFlight, answered });
await sleep(settle * 1000);
const reached = new Promise((resolve) => {
  enough = resolve;
  if (requests === 0) resolve();
});
process.send('begin');
measuring = true;
const start = performance.now();
await Promise.all([sleep(seconds * 1000), reached]);
measuring = false;
const elapsed = (performance.now() - start) / 1000;
process.send('end');
stop();

const sorted = latencies.subarray(0, count).sort();
process.send({ requests: count, elapsed, p50: sorted[Math.floor(count * 0.5)], p99: sorted[Math.floor(count * 0.99)] });
process.disconnect();
