// `npm test`: sets everything up, then runs every check. Ends with `N passed, N failed`, the number of tests; a check that
// is no test counts as one failure when it fails.
import { rmSync } from 'node:fs';
import { reportCases } from './lib/cases.mjs';
import { run, turbo } from './lib/command.mjs';
import { main } from './lib/failure.mjs';
import { install } from './lib/install.mjs';
import { reportedTests, reportFiles } from './lib/reports.mjs';

await main(async () => {
  await install();
  for (const report of reportFiles()) rmSync(report, { force: true });

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
  await check('tests', () => turbo(['test'], { concurrency: '200%', args: ['--continue'] }));
  await check('the table of stores', () => run('node', ['scripts/certify.mjs', '--check'], { show: 'failure' }));
  await check('a test for every case', () => (reportCases(reportedTests()) ? 0 : 1));

  const tests = tally(reportedTests());
  console.log('\nSummary');
  for (const { title, ok, seconds } of results) console.log(`  ${ok ? '✓' : '✗'} ${title} (${seconds} s)`);
  for (const name of tests.failures) console.log(`  ✗ ${name}`);
  if (tests.skipped > 0) console.log(`  ${tests.skipped} tests skipped`);
  // "tests" may fail without a failing test: a file that does not load, a worker that crashes.
  const failedChecks = results.filter(({ title, ok }) => !ok && (title !== 'tests' || tests.failures.length === 0)).length;
  console.log(`\n${tests.passed} passed, ${tests.failures.length + failedChecks} failed`);
  return results.every(({ ok }) => ok) ? 0 : 1;
});

/** How many tests passed and were skipped, and which failed. */
function tally(tests) {
  const total = { passed: 0, skipped: 0, failures: [] };
  for (const { file, name, status } of tests) {
    if (status === 'passed') total.passed++;
    else if (status === 'failed') total.failures.push(name === undefined ? file : `${file}: ${name}`);
    else total.skipped++;
  }
  return total;
}
