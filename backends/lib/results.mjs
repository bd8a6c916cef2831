// backends/results.json: what the conformance kit found when it last ran on each real backend. docs/stores.md shows it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/workspace.mjs';

const FILE = path.join(root, 'backends/results.json');

/** `{ driver, backend, version, passed, failed, skipped, date }` of each, by driver and backend. */
export function readResults() {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : [];
}

/** Puts the outcomes of a run in the place of older ones of the same driver and backend. What was skipped as a whole has shown nothing. */
export function recordResults(outcomes, date = new Date().toISOString().slice(0, 10)) {
  const results = new Map(readResults().map((result) => [keyOf(result), result]));
  for (const { driver, backend, version, kind, passed, failed, skipped } of outcomes) {
    if (kind !== 'conformance' || passed + failed === 0) continue;
    const result = { driver, backend, version, passed, failed, skipped, date };
    results.set(keyOf(result), result);
  }
  const sorted = [...results].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result);
  writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}

const keyOf = ({ driver, backend }) => `${driver} ${backend}`;
