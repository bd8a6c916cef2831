import { describe, expect, it } from 'vitest';
import { EXERCISES, runConformance } from '../src/index.ts';
import { SEEDED_BUGS } from './bugs/index.ts';

describe('every seeded bug is caught by the exercise that is meant for it', () => {
  it.each(SEEDED_BUGS.map((bug) => [bug.caughtBy, bug.name, bug] as const))('%s: a driver that %s', async (exercise, _, bug) => {
    const { exercises } = await runConformance(bug.testBed(), {
      exercises: EXERCISES.filter(({ name }) => name === exercise),
    });
    const failed = exercises.flatMap(({ checks }) => checks.filter(({ outcome }) => outcome === 'failed'));
    expect(failed).not.toEqual([]);
  });
});
