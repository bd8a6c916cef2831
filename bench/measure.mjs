import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { environment, request } from './contenders.mjs';

const LOAD = fileURLToPath(new URL('servers/load.mjs', import.meta.url));
const START_MS = 30_000;
const IDLE_MS = 1000;
const SETTLE_SECONDS = 0.5; // from opening the connections to the first request that counts
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/**
 * Starts a contender, measures it at each number of connections and stops it. Answers start-up time (ms), resident memory
 * (MiB) idle and after the load, and for each number of connections requests a second, latencies (ms) and CPU time (µs) a request.
 */
export async function measure(contender, { directory, node, connections, seconds, warmup }) {
  const ports = await freePorts(4);
  const [command, ...args] = contender.command(ports).map(String);
  const spawned = performance.now();
  const child = spawn(command, args, { cwd: directory, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit');
  try {
    const start = await untilHealthy(child, ports[0], spawned);
    await sleep(IDLE_MS);
    const idle = residentMiB(child.pid);
    const target = { node, pid: child.pid, port: ports[0] };
    await load({ ...target, connections: Math.max(...connections), seconds: warmup });
    const loads = new Map();
    for (const count of connections) loads.set(count, await load({ ...target, connections: count, seconds }));
    return { start, idle, loaded: residentMiB(child.pid), loads };
  } finally {
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(forced);
  }
}

async function load({ node, pid, port, connections, seconds }) {
  const generator = fork(LOAD, { execPath: node });
  const cpu = {};
  const result = await new Promise((resolve, reject) => {
    generator.on('message', (message) => {
      if (typeof message === 'string') cpu[message] = cpuSeconds(pid);
      else resolve(message);
    });
    generator.once('error', reject);
    generator.once('exit', (code) => reject(new Error(`the load generator ended with exit code ${code}`)));
    generator.send({ port, request: request(port), connections, settle: SETTLE_SECONDS, seconds });
  });
  return {
    perSecond: result.requests / result.elapsed,
    p50: result.p50,
    p99: result.p99,
    cpu: ((cpu.end - cpu.begin) / result.requests) * 1e6,
  };
}

/** Time from `since` to the first 204 on healthz, asked every millisecond. */
async function untilHealthy(child, port, since) {
  while (performance.now() - since < START_MS && child.exitCode === null) {
    if (await healthy(port)) return performance.now() - since;
    await sleep(1);
  }
  throw new Error(`${child.spawnargs.join(' ')}: not ready`);
}

function healthy(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('connect', () => socket.write('GET /v1.0/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'));
    socket.once('data', (chunk) => {
      resolve(chunk.toString('latin1').startsWith('HTTP/1.1 204'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
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

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
