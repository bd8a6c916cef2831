import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** A driver outside of the workspace: `--driver-path` takes it. */
export const ACME: string = join(FIXTURES, 'acme');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of a fixture directory, removed after the test. Its secrets files are for the owner alone. */
export function fixture(name: 'shop' | 'broken'): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'coffer-cli-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(join(FIXTURES, name), directory, { recursive: true });
  if (name === 'shop') chmodSync(join(directory, 'secrets.json'), 0o600);
  return directory;
}

/** Starts the CLI from its sources with nothing but PATH and `environment` in its environment. */
export function start(cwd: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=@coffer/source', MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** What a started CLI wrote and how it ended. */
export async function finished(child: ChildProcess): Promise<Finished> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk) => stdout.push(chunk));
  child.stderr?.on('data', (chunk) => stderr.push(chunk));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...ended) => resolve(ended));
  });
  return { code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

export function coffer(cwd: string, args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Finished> {
  return finished(start(cwd, args, environment));
}
