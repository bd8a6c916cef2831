// `npm test`: sets everything up, then runs every check. Ends with `N passed, N failed`, the number of tests; a check that
// is no test counts as one failure when it fails.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run, turbo } from './lib/command.mjs';
import { main } from './lib/failure.mjs';
import { install } from './lib/install.mjs';
import { packageFolders, root } from './lib/workspace.mjs';

await main(async () => {
  await install();
  const reports = packageFolders().map((folder) => path.join(root, folder, '.vitest/report.json'));
  for (const report of reports) rmSync(report, { force: true });

  const results = [];
  const check = async (title, perform) => {
    console.log(`\n▶ ${title}`);
    const start = performance.now();
    const ok = (await perform()) === 0;
    results.push({ title, ok, seconds: ((performance.now() - start) / 1000).toFixed(1) });
    return ok;
  };

  await check('format and lint', () => run('biome', ['ci', '.', '--error-on-warnings'], { show: 'failure' }));
  await check('arrows between packages', () => run('pnpm', ['--silent', 'arrows'], { show: 'failure' }));
  await check('types', () => turbo(['typecheck'], { show: 'failure', args: ['--continue'] }));
  const built = await check('build', () => turbo(['build'], { show: 'failure', args: ['--continue'] }));
  if (built) await check('packed packages', () => turbo(['pack-check'], { show: 'failure', args: ['--continue'] }));
  await check('tests', () => turbo(['test'], { args: ['--continue'] }));

  const tests = tally(reports);
  console.log('\nSummary');
  for (const { title, ok, seconds } of results) console.log(`  ${ok ? '✓' : '✗'} ${title} (${seconds} s)`);
  for (const name of tests.failures) console.log(`  ✗ ${name}`);
  if (tests.skipped > 0) console.log(`  ${tests.skipped} tests skipped`);
  // "tests" may fail without a failing test: a file that does not load, a worker that crashes.
  const failedChecks = results.filter(({ title, ok }) => !ok && (title !== 'tests' || tests.failures.length === 0)).length;
  console.log(`\n${tests.passed} passed, ${tests.failures.length + failedChecks} failed`);
  return results.every(({ ok }) => ok) ? 0 : 1;
});

/** Adds up the vitest reports of all packages. */
function tally(reports) {
  const total = { passed: 0, skipped: 0, failures: [] };
  for (const file of reports.filter((report) => existsSync(report))) {
    for (const { name, status, assertionResults } of JSON.parse(readFileSync(file, 'utf8')).testResults) {
      const where = path.relative(root, name);
      if (status === 'failed' && assertionResults.length === 0) total.failures.push(where);
      for (const test of assertionResults) {
        if (test.status === 'passed') total.passed++;
        else if (test.status === 'failed') total.failures.push(`${where}: ${test.fullName}`);
        else total.skipped++;
      }
    }
  }
  return total;
}
