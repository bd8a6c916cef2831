import { describe, expect, it, vi } from 'vitest';
import { type CheckResult, EXERCISES, runConformance } from '../src/index.ts';
import { SEEDED_BUGS } from './bugs/index.ts';
import type { SeededBug } from './bugs/seeded-bug.ts';
import { bugTable, type CaughtBug } from './bugs/table.ts';

// Most of them wait for what never comes.
vi.setConfig({ maxConcurrency: 20 });

const caught: CaughtBug[] = [];
const title = 'every seeded bug is caught by the exercise that is meant for it';
const rows = (alone: boolean) =>
  SEEDED_BUGS.filter((bug) => (bug.alone ?? false) === alone).map((bug) => [bug.caughtBy, bug.name, bug] as const);

describe.concurrent(title, () => void it.each(rows(false))('%s: a driver that %s', isCaught));
describe(title, () => void it.each(rows(true))('%s: a driver that %s', isCaught));

async function isCaught(_exercise: string, _name: string, bug: SeededBug): Promise<void> {
  const failed = await failedChecks(bug);
  const names = failed.map(({ name }) => name);
  expect(names, JSON.stringify(failed)).toContain(bug.check ?? names[0]);
  expect(failed).not.toEqual([]);
  caught.push({ bug, check: bug.check ?? String(names[0]) });
}

/** Written anew with `vitest run test/seeded-bugs.test.ts -u`. */
it('the table of seeded bugs says which check has caught which, and there are enough of them', async () => {
  expect(new Set(SEEDED_BUGS.map(({ name }) => name)).size).toBe(SEEDED_BUGS.length);
  expect(SEEDED_BUGS.length).toBeGreaterThanOrEqual(40);
  expect(caught.length).toBe(SEEDED_BUGS.length);
  await expect(bugTable(caught)).toMatchFileSnapshot('../SEEDED-BUGS.md');
});

async function failedChecks({ caughtBy, check, testBed }: SeededBug): Promise<readonly CheckResult[]> {
  const meant = EXERCISES.filter(({ name }) => name === caughtBy).map((exercise) => ({
    ...exercise,
    checks: exercise.checks.filter(({ name }) => check === undefined || name === check),
  }));
  const { exercises } = await runConformance(testBed(), { exercises: meant, bail: true });
  return exercises.flatMap(({ checks }) => checks.filter(({ outcome }) => outcome === 'failed'));
}
