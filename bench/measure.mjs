import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../scripts/lib/free-ports.mjs';
import { apis, environment, TOKEN } from './contenders.mjs';

const GENERATOR = fileURLToPath(new URL('load/generator.mjs', import.meta.url));
const REQUESTS = 100_000; // that a contender has answered at least when its memory is read the second time
const START_MS = 30_000;
const IDLE_MS = 1000;
const SETTLE_SECONDS = 0.5; // from opening the connections to the first request that counts
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/**
 * Starts a contender, measures one of its APIs at each number in flight and stops it. Answers start-up time (ms), resident
 * memory (MiB) idle and after the load, and for each number in flight requests a second, latencies (ms) and CPU time (µs) a request.
 */
export async function measure(contender, { api, directory, node, inFlight, seconds, warmup }) {
  const ports = await freePorts(4);
  const port = apis[api].port(ports);
  const [command, ...args] = contender.command(ports).map(String);
  const spawned = performance.now();
  const child = spawn(command, args, { cwd: directory, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit');
  try {
    const start = await untilReady(child, { api, port, since: spawned });
    await sleep(IDLE_MS);
    const idle = residentMiB(child.pid);
    const target = { node, pid: child.pid, api, port };
    const most = Math.max(...inFlight);
    const loads = new Map();
    let { requests } = await load({ ...target, inFlight: most, seconds: warmup });
    for (const count of inFlight) {
      const result = await load({ ...target, inFlight: count, seconds });
      requests += result.requests;
      loads.set(count, result);
    }
    if (requests < REQUESTS) await load({ ...target, inFlight: most, requests: REQUESTS - requests });
    return { start, idle, loaded: residentMiB(child.pid), loads };
  } finally {
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(forced);
  }
}

async function load({ node, pid, seconds = 0, requests = 0, ...target }) {
  const generator = fork(GENERATOR, { execPath: node });
  const cpu = {};
  const result = await new Promise((resolve, reject) => {
    generator.on('message', (message) => {
      if (typeof message === 'string') cpu[message] = cpuSeconds(pid);
      else resolve(message);
    });
    generator.once('error', reject);
    generator.once('exit', (code) => reject(new Error(`the load generator ended with exit code ${code}`)));
    generator.send({ ...target, token: TOKEN, settle: SETTLE_SECONDS, seconds, requests });
  });
  return {
    requests: result.requests,
    perSecond: result.requests / result.elapsed,
    p50: result.p50,
    p99: result.p99,
    cpu: ((cpu.end - cpu.begin) / result.requests) * 1e6,
  };
}

/** Time from `since` to the first right answer of `ready`, asked every millisecond. */
async function untilReady(child, { api, port, since }) {
  const { ready } = await import(`./load/${api}.mjs`);
  while (performance.now() - since < START_MS && child.exitCode === null) {
    if (await ready({ port, token: TOKEN })) return performance.now() - since;
    await sleep(1);
  }
  throw new Error(`${child.spawnargs.join(' ')}: not ready`);
}

/** CPU time of a process so far, all threads, user and system. */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may contain spaces
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function residentMiB(pid) {
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kib) / 1024;
}
