import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CheckFailure } from '../exercise.ts';
import type { ChildReport, ChildTask } from './task.ts';

export interface ChildOptions {
  readonly conditions?: readonly string[] | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

export interface ChildEnding {
  readonly report: ChildReport;
  readonly stdout: string;
  readonly stderr: string;
}

const isSource = import.meta.url.endsWith('.ts');
const PROGRAM = new URL(isSource ? './program.ts' : './child.js', import.meta.url);

/** Does a task in a process of its own. Fails with `CheckFailure` when the process ends without a report. */
export async function runChild(
  task: ChildTask,
  { conditions = [], environment = {}, signal }: ChildOptions,
): Promise<ChildEnding> {
  const flags = [...new Set([...ownConditions(), ...conditions])].map((condition) => `--conditions=${condition}`);
  const child = spawn(process.execPath, [...flags, '--disable-warning=ExperimentalWarning', fileURLToPath(PROGRAM)], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    signal,
    killSignal: 'SIGKILL',
  });
  // A process that could not be started has no use for it.
  child.stdin.on('error', () => undefined).end(JSON.stringify(task));
  const [[code, killedBy], report, stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null, string | null]>,
    text(child.stdio[3] as Readable),
    text(child.stdout),
    text(child.stderr),
  ]);
  if (report === '') {
    throw new CheckFailure(
      `a process of its own that uses the driver ended with ${killedBy ?? `the code ${code}`} before all was done`,
    );
  }
  return { report: JSON.parse(report) as ChildReport, stdout, stderr };
}

/** Those of this process, and the one by which the kit's own sources find each other. */
function ownConditions(): readonly string[] {
  const given = process.execArgv.flatMap((argument, index, all) => {
    const [, joined] = /^(?:--conditions=|-C=?)(.+)$/.exec(argument) ?? [];
    if (joined !== undefined) return [joined];
    return argument === '--conditions' || argument === '-C' ? [all[index + 1] ?? ''] : [];
  });
  return isSource ? [...given, '@coffer/source'] : given;
}
