import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from './request.mjs';

const START_MS = 120_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** What a backend gets of the environment: nothing that would lead it to accounts of the person at work. */
const INHERITED = Object.fromEntries(['PATH', 'LANG', 'TMPDIR'].flatMap((name) => own(name)));

/**
 * What backends are started with. `close` ends every process and removes every temporary directory; should the run end by a
 * signal or an error, the processes are ended all the same.
 *
 * - `temporaryDirectory()` makes one that nobody else may read.
 * - `cacheDirectory(name)` is kept from run to run, outside the repository.
 * - `start(program, args, { env })` starts a program in a process group of its own, so that what it starts ends with it.
 *   Answers `{ failure() }`: why it is no longer running, with the end of what it said, or `undefined`.
 * - `untilReady(program, place, target)` waits for a 200 there, or throws with the program's failure.
 */
export function createTools() {
  const programs = [];
  const directories = [];
  const kill = () => {
    for (const { child } of programs) killGroup(child);
  };
  process.once('exit', kill);
  const exit = () => process.exit(1);
  for (const signal of SIGNALS) process.once(signal, exit);

  function temporaryDirectory() {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'backends-'));
    directories.push(directory);
    return directory;
  }

  function start(program, args, { env = {} } = {}) {
    const home = temporaryDirectory();
    const file = path.join(home, 'output.log');
    const log = openSync(file, 'w', 0o600);
    const child = spawn(program, args, {
      cwd: home,
      env: { ...INHERITED, HOME: home, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    let end;
    const ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`${signal ?? `exit code ${code}`}\n${lastLines(file)}`));
    }).then((reason) => {
      end = reason;
    });
    programs.push({ child, ended });
    return { failure: () => (end === undefined ? undefined : `${path.basename(program)}: ${end}`) };
  }

  async function close() {
    process.removeListener('exit', kill);
    for (const signal of SIGNALS) process.removeListener(signal, exit);
    kill();
    await Promise.all(programs.map(({ ended }) => ended));
    // What it started, and was killed with it, may still write for a moment.
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
  }

  return { temporaryDirectory, cacheDirectory, start, untilReady, close };
}

async function untilReady(program, place, target) {
  for (const deadline = performance.now() + START_MS; performance.now() < deadline; await sleep(100)) {
    const failure = program.failure();
    if (failure !== undefined) throw new Error(failure);
    if ((await answers(place, target)) === 200) return;
  }
  throw new Error(`nothing answers at ${place.url}${target}`);
}

async function answers(place, target) {
  try {
    return (await request(place, 'GET', target)).status;
  } catch (error) {
    if (error.code === undefined) throw error;
    return undefined; // nobody listens yet, or not in TLS
  }
}

function cacheDirectory(name) {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const directory = path.join(base, 'coffer-backends', name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

function killGroup({ pid, exitCode, signalCode }) {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it has ended by itself
  }
}

function lastLines(file) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
}

function own(name) {
  return process.env[name] === undefined ? [] : [[name, process.env[name]]];
}
