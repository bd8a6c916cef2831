import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './workspace.mjs';

const ROW = /^\| (18-\d+) \| (.+) \|$/gm;
// `18-1: …` or `18-1 18-2: …`, also below the name of a suite.
const NUMBERS = /(?<![\w-])18-\d+(?=(?: 18-\d+)*:)/g;

/**
 * The cases of docs/cases.md, each with the tests among the given ones (see reportedTests) that passed and carry its number;
 * and the numbers that tests carry and no case has.
 */
export function casesWithTests(tests) {
  const text = readFileSync(path.join(root, 'docs/cases.md'), 'utf8');
  const cases = new Map([...text.matchAll(ROW)].map(([, number, title]) => [number, { number, title, tests: [] }]));
  const unknown = new Set();
  for (const { file, name = '', status } of tests) {
    for (const [number] of name.matchAll(NUMBERS)) {
      if (!cases.has(number)) unknown.add(number);
      else if (status === 'passed') cases.get(number).tests.push(`${file}: ${name}`);
    }
  }
  return { cases: [...cases.values()], unknown: [...unknown] };
}

/** Prints the cases without a test and the numbers without a case. Answers whether there are none. */
export function reportCases(tests) {
  const { cases, unknown } = casesWithTests(tests);
  const without = cases.filter((one) => one.tests.length === 0);
  for (const { number, title } of without) console.log(`${number} has no test that passed: ${title}`);
  for (const number of unknown) console.log(`${number} is in the name of a test, and not in docs/cases.md`);
  console.log(`${cases.length - without.length} of the ${cases.length} cases of docs/cases.md have a test that passed`);
  return cases.length > 0 && without.length === 0 && unknown.length === 0;
}
