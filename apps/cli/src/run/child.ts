import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Failure } from '../failure.ts';
import { visible } from '../text.ts';

/** What is passed on to the command. A signal that can't be caught reaches only one of the two. */
const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGWINCH',
];
/** A terminal sends these to the command itself, too: passing them on would deliver them twice. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);

/** What shells answer when a command can't be started. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/**
 * Runs a command with this process's stdin, stdout and stderr. Gives its exit code; 128 + n when signal n ended it. Fails
 * with exit code 127 when there is no such command and 126 when it can't be started.
 */
export function runChild(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    // Handlers are there before the command is, so that no signal falls between the two.
    const early: NodeJS.Signals[] = [];
    let forward = (signal: NodeJS.Signals): void => void early.push(signal);
    const handlers = FORWARDED.map((signal) => {
      const handler = () => forward(signal);
      process.on(signal, handler);
      return () => process.off(signal, handler);
    });
    const release = (): void => {
      for (const off of handlers) off();
    };
    let child: ChildProcess;
    try {
      child = spawn(command, args, { stdio: 'inherit', env: { ...environment } });
    } catch (cause) {
      // Some of the system's refusals are thrown, others are events.
      release();
      reject(startFailure(command, cause as NodeJS.ErrnoException));
      return;
    }
    child.once('spawn', () => {
      forward = (signal) => {
        if (!(process.stdin.isTTY && FROM_TERMINAL.has(signal))) child.kill(signal);
      };
      for (const signal of early) forward(signal);
    });
    child.once('error', (cause) => {
      release();
      reject(startFailure(command, cause));
    });
    child.once('exit', (code, signal) => {
      release();
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}

function startFailure(command: string, cause: NodeJS.ErrnoException): Failure {
  const shown = visible(command);
  switch (cause.code) {
    case 'ENOENT':
      return new Failure('not_found', `there is no command ${shown}`, {
        hint: 'check its name and PATH',
        exitCode: NOT_FOUND,
        cause,
      });
    case 'E2BIG':
      return new Failure('resource_exhausted', `the environment is too large to start ${shown}`, {
        hint: 'choose fewer secrets with --secret; one value may have 128 KiB',
        exitCode: NOT_EXECUTABLE,
        cause,
      });
    default:
      return new Failure('permission_denied', `${shown} can't be started: ${cause.code ?? 'unknown reason'}`, {
        hint: 'check that it is a program and that you may run it',
        exitCode: NOT_EXECUTABLE,
        cause,
      });
  }
}
