import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../scripts/lib/free-ports.mjs';
import { root } from '../../scripts/lib/workspace.mjs';

const COFFERD = path.join(root, 'apps/server/bin/cofferd.js');
const NODE = path.join(root, 'node_modules/.bin/node');
const START_MS = 60_000;
const STOP_MS = 20_000;
const COMMAND_MS = 10 * 60_000;
/** What tool chains and servers get of the environment: nothing that would lead an SDK to another sidecar. */
const INHERITED = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DAPR|APP|OTEL)_/.test(name)));

/**
 * What targets work with. `close` ends every server that was started and removes every temporary directory.
 *
 * - `temporaryDirectory()` makes one.
 * - `cacheDirectory(name)` is kept from run to run, outside the repository: for installed packages and built programs.
 * - `run(command, args, { cwd, env, input, milliseconds })` answers the standard output; a non-zero exit, or none within
 *   the time (ten minutes by default), throws an error with everything that the command said.
 * - `startCofferd({ files, args, env, ready })` writes the files (by name relative to a directory of its own) and answers
 *   `{ directory, httpPort, grpcPort }` once healthz says 204.
 * - `defer(action)` has something of the target's own done at the end.
 */
export function createTools() {
  const ends = [];
  const defer = (action) => ends.push(action);

  function temporaryDirectory() {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'interop-'));
    defer(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  }

  async function startCofferd({ files = {}, args = [], env = {} }) {
    const directory = temporaryDirectory();
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      writeFileSync(path.join(directory, name), content);
    }
    const [httpPort, grpcPort, internalPort, metricsPort] = await freePorts(4);
    const ports = [
      ['dapr-http-port', httpPort],
      ['dapr-grpc-port', grpcPort],
      ['dapr-internal-grpc-port', internalPort],
      ['metrics-port', metricsPort],
    ].map(([flag, port]) => `--${flag}=${port}`);
    const loopback = ['--dapr-listen-addresses=127.0.0.1', '--metrics-listen-address=127.0.0.1'];
    const child = spawn(NODE, [COFFERD, ...ports, ...loopback, ...args], { cwd: directory, env: { ...INHERITED, ...env } });
    const output = collect(child);
    const exited = once(child, 'exit');
    defer(() => stop(child, exited));
    const deadline = performance.now() + START_MS;
    while (!(await isHealthy(httpPort))) {
      if (child.exitCode !== null || performance.now() > deadline) throw new Error(`cofferd did not start:\n${output()}`);
      await sleep(20);
    }
    return { directory, httpPort, grpcPort };
  }

  async function close() {
    while (ends.length > 0) await ends.pop()();
  }

  return { close, defer, temporaryDirectory, cacheDirectory, run, startCofferd };
}

/** Whether a command can be run at all. */
export async function isInstalled(command, ...args) {
  try {
    await run(command, args, { milliseconds: 60_000 });
    return true;
  } catch {
    return false;
  }
}

function cacheDirectory(name) {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const directory = path.join(base, 'coffer-interop', name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

async function run(command, args, { cwd, env = {}, input = '', milliseconds = COMMAND_MS } = {}) {
  const child = spawn(command, args, { cwd, env: { ...INHERITED, ...env }, timeout: milliseconds, killSignal: 'SIGKILL' });
  const answer = [];
  child.stdout.on('data', (chunk) => answer.push(chunk));
  const output = collect(child);
  child.stdin.on('error', () => {}); // a command that reads no input and is gone; its exit code says the rest
  child.stdin.end(input);
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${path.basename(command)} ${args.join(' ')}: ${signal ?? `exit code ${code}`}\n${output()}`);
  return Buffer.concat(answer).toString();
}

function collect(child) {
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString().trim();
}

async function stop(child, exited) {
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(forced);
}

async function isHealthy(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1.0/healthz`);
    return response.status === 204;
  } catch (error) {
    if (error instanceof TypeError) return false; // nobody listens yet
    throw error;
  }
}
