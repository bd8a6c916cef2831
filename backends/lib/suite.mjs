import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/workspace.mjs';

const CONFIG = path.join(root, 'backends/vitest.config.js');
const folderOf = (driver) => path.join(root, 'packages/stores', driver);

/** Whether a driver has tests for a real backend. */
export function hasSuite(driver) {
  const tests = path.join(folderOf(driver), 'test');
  return existsSync(tests) && readdirSync(tests).some((name) => name.endsWith('.integration.test.ts'));
}

/** Runs them with what the backend puts into the environment. Answers `{ passed, failed, skipped, reasons }`. */
export async function runSuite(tools, driver, { environment }) {
  const report = path.join(tools.temporaryDirectory(), 'report.json');
  const child = spawn('vitest', ['run', '--root', folderOf(driver), '--config', CONFIG], {
    cwd: folderOf(driver),
    env: { ...process.env, ...environment, COFFER_BACKENDS_REPORT: report },
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
