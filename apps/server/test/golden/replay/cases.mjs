// The recorded cases and how one is run.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { differences } from './compare.mjs';
import { Run } from './server-run.mjs';
import { kindOf, STEPS } from './steps.mjs';

const CASES = fileURLToPath(new URL('../cases', import.meta.url));

/** All recorded cases, in the order of their files; with `without`, those that need none of these abilities (see needs). */
export function loadCases({ folder = CASES, without = [] } = {}) {
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.json'));
  const cases = files.sort().flatMap((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')).cases);
  return cases.filter((testCase) => !needs(testCase).some((need) => without.includes(need)));
}

/** What a case needs of the server beyond the HTTP API and the local stores. */
export function needs({ id, steps, stores, vault }) {
  const has = (...kinds) => steps.some((step) => kinds.some((kind) => kind in step));
  return [
    has('grpc') && 'grpc',
    has('metrics') && 'metrics',
    stores && 'stores',
    vault && 'vault',
    (/^(hot-)?reload/.test(id) || has('signal')) && 'reload',
    /^resiliency/.test(id) && 'resiliency',
    // grpc-9 is about trace headers.
    /^(observability|grpc-9$)/.test(id) && 'observability',
  ].filter(Boolean);
}

/** Whether a case can only be run with the gRPC packages: it calls gRPC, or needs a scripted pluggable store. */
export function needsGrpcLibrary(testCase) {
  return Boolean(testCase.stores) || testCase.steps.some((step) => 'grpc' in step);
}

/**
 * Starts the server once, performs the steps in order and compares what each one observed with what was recorded.
 * Answers one `{ step, lines }` for each step that differs: `step` is its label, `stop`, or `error` when the case could not go on.
 */
export async function runCase(testCase, { command, keep = false, grpcLibrary }) {
  const run = new Run(testCase, { command, keep }, grpcLibrary);
  const failures = [];
  const check = (step, expected, observed) => {
    if (observed === undefined && expected === undefined) return;
    const lines = differences(expected, observed);
    if (lines.length > 0) failures.push({ step, lines });
  };
  try {
    await run.start();
    for (const [i, step] of testCase.steps.entries()) {
      const kind = kindOf(step);
      if (!kind) throw new Error(`step ${i + 1} has no known kind: ${JSON.stringify(step)}`);
      if (testCase.steps[i + 1]?.log?.recent) await sleep(100); // let earlier lines come through the pipe
      if (kind !== 'log') run.mark = { stdout: run.logs.stdout.length, stderr: run.logs.stderr.length };
      const observe = STEPS[kind](run, step, step.expect);
      if (step.start) {
        run.background.set(step.start, observe);
        await sleep(step.head ?? 200); // let the request reach the server before the next step
        continue;
      }
      check(step.label ?? `step ${i + 1} (${kind})`, step.expect, await observe);
    }
    check('stop', testCase.stop, await run.stop());
  } catch (error) {
    const log = `${run.logs.stdout}\n${run.logs.stderr}`.split('\n').filter(Boolean).slice(-6);
    failures.push({
      step: 'error',
      lines: [keep ? error.stack : error.message, ...log.map((line) => `| ${line.slice(0, 400)}`)],
    });
  } finally {
    await run.cleanup();
  }
  return failures;
}
