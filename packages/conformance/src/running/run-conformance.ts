import type { Exercise } from '../exercise.ts';
import { EXERCISES } from '../exercises/index.ts';
import { describeRun } from '../report/describe-run.ts';
import type { CheckResult, ConformanceReport, ExerciseResult } from '../report/report.ts';
import type { TestBed } from '../test-bed.ts';
import { plannedChecks } from './planned-checks.ts';
import { runCheck } from './run-check.ts';

export interface RunOptions {
  /** By default all of them. */
  readonly exercises?: readonly Exercise[];
  /** Ends the run at the first check that fails. */
  readonly bail?: boolean;
  /** Hears of each result as it comes. */
  readonly onResult?: (exercise: Exercise, result: CheckResult) => void;
}

/**
 * Puts a driver to every exercise, one check after the other. Rejects only when the backend does not start or the driver's
 * package can't be read; what the driver does wrong is in the report.
 */
export async function runConformance(testBed: TestBed, options: RunOptions = {}): Promise<ConformanceReport> {
  const { exercises = EXERCISES, bail = false, onResult } = options;
  const backend = await testBed.start();
  try {
    const results: ExerciseResult[] = [];
    let hasEnded = false;
    for (const { exercise, checks } of plannedChecks(testBed, exercises)) {
      const outcomes: CheckResult[] = [];
      for (const check of checks) {
        if (hasEnded) break;
        const result = await runCheck(check, testBed, backend);
        outcomes.push(result);
        hasEnded = bail && result.outcome === 'failed';
        onResult?.(exercise, result);
      }
      results.push({ name: exercise.name, title: exercise.title, checks: outcomes });
    }
    return await describeRun(testBed, backend, results);
  } finally {
    await backend.close();
  }
}
