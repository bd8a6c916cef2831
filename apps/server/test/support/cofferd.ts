import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

const BIN = fileURLToPath(new URL('../../bin/cofferd.js', import.meta.url));
const READY_MS = 30_000;

export interface CofferdOptions {
  /** Path in the server's directory -> content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Puts more into the server's directory before it starts. */
  readonly prepare?: (directory: string) => void;
  /** Flags beside the app id, the ports and, unless it is among them, `--resources-path=components`. */
  readonly args?: readonly string[];
  /** Working directory; the server's own temporary one when absent. */
  readonly cwd?: string;
  /** Do not wait for health, but for this text in the log. */
  readonly until?: string;
  /** Environment beside PATH and HOME; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The built cofferd, running in a temporary directory of its own. */
export interface Cofferd extends AsyncDisposable {
  readonly directory: string;
  readonly port: number;
  readonly grpcPort: number;
  readonly metricsPort: number;
  readonly child: ChildProcess;
  /** Everything written to stdout and stderr so far. */
  log(): string;
  get(target: string, init?: RequestInit): Promise<Response>;
}

/** Starts cofferd and waits until healthz answers 204. Otherwise throws an Error with the exit code and the log. */
export async function startCofferd(options: CofferdOptions = {}): Promise<Cofferd> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'cofferd-'));
  mkdirSync(path.join(directory, 'components'));
  for (const [name, content] of Object.entries(options.files ?? {})) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), content);
  }
  options.prepare?.(directory);
  const [port, grpcPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
  const args = options.args ?? [];
  const flags = [
    '--app-id=app1',
    `--dapr-http-port=${port}`,
    `--dapr-grpc-port=${grpcPort}`,
    `--metrics-port=${metricsPort}`,
    ...args,
  ];
  if (!args.some((arg) => arg.startsWith('--resources-path'))) flags.push('--resources-path=components');
  const child = spawn(process.execPath, [BIN, ...flags], {
    cwd: options.cwd ?? directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DAPR_HOST_IP: '127.0.0.1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  const cofferd: Cofferd = {
    directory,
    port,
    grpcPort,
    metricsPort,
    child,
    log: () => log,
    get: (target, init) => fetch(`http://127.0.0.1:${port}${target}`, init),
    async [Symbol.asyncDispose]() {
      if (isRunning(child)) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    await ready(cofferd, options.until);
  } catch (error) {
    await cofferd[Symbol.asyncDispose]();
    throw error;
  }
  return cofferd;
}

async function ready({ child, get, log }: Cofferd, until: string | undefined): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (isRunning(child) && Date.now() < deadline) {
    if (until !== undefined && log().includes(until)) return;
    const status = await get('/v1.0/healthz').then(
      (response) => response.status,
      () => undefined, // not listening yet
    );
    if (status === 204 && until === undefined) return;
    await sleep(20);
  }
  const outcome = isRunning(child) ? 'still running' : `exit code ${child.exitCode}`;
  throw new Error(`cofferd did not become ready (${outcome}):\n${log()}`);
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** A component file for `secretstores.local.file` with the given file of secrets. */
export function fileStore(name: string, secretsFile: string, extra = ''): string {
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: ${name}
spec:
  type: secretstores.local.file
  version: v1
  metadata:
    - name: secretsFile
      value: ${secretsFile}
${extra}`;
}
