import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/workspace.mjs';

const CONFIG = path.join(root, 'backends/vitest.config.js');
const folderOf = (driver) => path.join(root, 'packages/stores', driver);

/** The file of a suite in which the conformance kit runs on a real backend. */
const CONFORMANCE = 'conformance.integration.test.ts';

/** Why a driver has no such part; undefined when it has. */
export function missingPart(driver, kind) {
  const tests = path.join(folderOf(driver), 'test');
  const suites = existsSync(tests) ? readdirSync(tests).filter((name) => name.endsWith('.integration.test.ts')) : [];
  if (kind === 'conformance') return suites.includes(CONFORMANCE) ? undefined : `the driver has no test/${CONFORMANCE}`;
  return suites.some((name) => name !== CONFORMANCE) ? undefined : 'the driver has no test/*.integration.test.ts';
}

/**
 * Runs a driver's own suite, or the conformance kit, with what the backend puts into the environment. Answers
 * `{ passed, failed, skipped, reasons }`.
 */
export async function runSuite(tools, { driver, backend, kind }, { environment, version }) {
  const report = path.join(tools.temporaryDirectory(), 'report.json');
  const choice = kind === 'conformance' ? [CONFORMANCE] : ['--exclude', `**/${CONFORMANCE}`];
  const described = { COFFER_TEST_BACKEND: backend.name, COFFER_TEST_BACKEND_VERSION: version };
  const child = spawn('vitest', ['run', ...choice, '--root', folderOf(driver), '--config', CONFIG], {
    cwd: folderOf(driver),
    env: { ...process.env, ...described, ...environment, COFFER_BACKENDS_REPORT: report },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'close');
  return countsOf(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : [], code);
}

/**
 * Counts of tests `{ state, note? }` and the exit code of their run. A run that fails without a failed test, or in which no
 * test passed, counts as one failure: it has shown nothing.
 */
export function countsOf(tests, code) {
  const count = (state) => tests.filter((test) => test.state === state).length;
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map(count);
  const unexplained = failed === 0 && (code !== 0 || passed === 0) ? 1 : 0;
  const reasons = new Set(tests.filter(({ state }) => state === 'skipped').map(({ note }) => note ?? 'no reason given'));
  return { passed, failed: failed + unexplained, skipped, reasons: [...reasons] };
}
