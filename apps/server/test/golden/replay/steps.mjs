// Steps. Each function returns what it observed: a plain JSON value of the same shape as the step's `expect`.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { STOP_MS } from './server-run.mjs';
import { grpc } from './step-grpc.mjs';
import { http, wait } from './step-http.mjs';
import { log, metrics } from './step-observe.mjs';

// {exit: {ms}}: waits for the process to end. One that is to end may take longer than the recorded one did.
async function exit(run, step) {
  const { ms = STOP_MS } = step.exit;
  const time = step.expect?.signal === 'still running' ? ms : Math.max(ms, STOP_MS);
  await Promise.race([run.exited, sleep(time, undefined, { ref: false })]);
  return run.exit ? { ...run.exit } : { code: null, signal: 'still running' };
}

export const STEPS = {
  http,
  wait,
  grpc,
  log,
  metrics,
  exit,
  write: async (run, step) => {
    for (const [name, content] of Object.entries(step.write)) run.write(name, content);
  },
  delete: async (run, step) => {
    for (const name of [step.delete].flat()) fs.rmSync(path.join(run.dir, name), { recursive: true });
  },
  rename: async (run, step) => void fs.renameSync(path.join(run.dir, step.rename[0]), path.join(run.dir, step.rename[1])),
  signal: async (run, step) => void run.child.kill(step.signal),
  sleep: async (_, step) => void (await sleep(step.sleep)),
  // {start: NAME, http|grpc: …} runs a request in the background; {join: NAME} gives what it observed.
  join: async (run, step) => run.background.get(step.join),
};

export const kindOf = (step) => Object.keys(STEPS).find((kind) => kind in step);
