import { describe, expect, it } from 'vitest';
import { type CheckResult, EXERCISES, runConformance } from '../src/index.ts';
import { SEEDED_BUGS } from './bugs/index.ts';
import type { SeededBug } from './bugs/seeded-bug.ts';
import { bugTable, type CaughtBug } from './bugs/table.ts';

const caught: CaughtBug[] = [];

describe.concurrent('every seeded bug is caught by the exercise that is meant for it', () => {
  it.each(SEEDED_BUGS.map((bug) => [bug.caughtBy, bug.name, bug] as const))(
    '%s: a driver that %s',
    { timeout: 60_000 },
    async (_exercise, _name, bug) => {
      const failed = await failedChecks(bug);
      const names = failed.map(({ name }) => name);
      expect(names, JSON.stringify(failed)).toContain(bug.check ?? names[0]);
      expect(failed).not.toEqual([]);
      caught.push({ bug, check: bug.check ?? String(names[0]) });
    },
  );
});

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
