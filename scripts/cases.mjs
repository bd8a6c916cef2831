// Which cases of docs/cases.md have a test that passed in the last run of the tests? Ends with 1 when one has none.
//   node scripts/cases.mjs          those without
//   node scripts/cases.mjs --list   all, with their tests
import { casesWithTests, reportCases } from './lib/cases.mjs';
import { reportedTests } from './lib/reports.mjs';

const tests = reportedTests();
if (process.argv.includes('--list')) {
  for (const { number, title, tests: own } of casesWithTests(tests).cases)
    console.log([`${number} ${title}`, ...own.map((test) => `    ${test}`)].join('\n'));
}
process.exitCode = reportCases(tests) ? 0 : 1;
