import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageFolders, root } from './workspace.mjs';

/** Where each package's vitest leaves its report. */
export function reportFiles() {
  return packageFolders().map((folder) => path.join(root, folder, '.vitest/report.json'));
}

/**
 * What the reports of the last run say: one entry for each test with its file (relative to the root), its full name and its
 * status (`passed`, `failed`, or a word for skipped). A file that failed before it had a test is an entry without a name.
 */
export function reportedTests() {
  const tests = [];
  for (const report of reportFiles().filter((file) => existsSync(file))) {
    for (const { name, status, assertionResults } of JSON.parse(readFileSync(report, 'utf8')).testResults) {
      const file = path.relative(root, name);
      if (status === 'failed' && assertionResults.length === 0) tests.push({ file, status });
      for (const test of assertionResults) tests.push({ file, name: test.fullName, status: test.status });
    }
  }
  return tests;
}
