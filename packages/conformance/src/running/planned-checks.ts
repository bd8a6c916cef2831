import type { Check, Exercise } from '../exercise.ts';
import type { TestBed } from '../test-bed.ts';

export interface PlannedExercise {
  readonly exercise: Exercise;
  readonly checks: readonly Check[];
}

/** What a driver is put to, by the features that it declares. */
export function plannedChecks({ definition }: TestBed, exercises: readonly Exercise[]): readonly PlannedExercise[] {
  return exercises
    .filter(({ appliesTo }) => appliesTo?.(definition) ?? true)
    .map((exercise) => {
      const { feature, checks, undeclared } = exercise;
      if (feature === undefined || definition.features.includes(feature)) return { exercise, checks };
      return { exercise, checks: undeclared === undefined ? [] : [undeclared] };
    })
    .filter(({ checks }) => checks.length > 0);
}
