import { spawn } from 'node:child_process';
import { root } from './workspace.mjs';

/**
 * Runs a command in the root folder and waits for it. `show: 'always'` passes its output through, `'failure'` shows it only
 * when the command failed. Answers the exit code.
 */
export async function run(command, args, { show = 'always' } = {}) {
  const quiet = show === 'failure';
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    env: environment(),
  });
  const output = [];
  if (quiet) for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (quiet && code !== 0) process.stderr.write(Buffer.concat(output));
  return code ?? 1;
}

/**
 * Runs turbo tasks; results that are already there cost nothing and print nothing. `concurrency` is of the number of cores: more
 * than 100% for tasks that mostly wait.
 */
export async function turbo(tasks, { show = 'always', concurrency = '100%', args = [] } = {}) {
  const logs = show === 'failure' ? 'errors-only' : 'new-only';
  return run(
    'turbo',
    ['run', ...tasks, `--output-logs=${logs}`, '--log-order=grouped', '--ui=stream', `--concurrency=${concurrency}`, ...args],
    { show },
  );
}

function environment() {
  return { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' };
}
