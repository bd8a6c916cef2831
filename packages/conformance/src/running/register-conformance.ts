import { CheckFailure, type Exercise } from '../exercise.ts';
import { EXERCISES } from '../exercises/index.ts';
import type { CheckResult } from '../report/report.ts';
import { staleness } from '../report/result-file.ts';
import type { TestBackend, TestBed } from '../test-bed.ts';
import { plannedChecks } from './planned-checks.ts';
import { runCheck, timeLimitOf } from './run-check.ts';

/** What the kit needs of a test runner: `vitest` and `node:test` as they are imported. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  /** `timeout` is in milliseconds. The first argument of the body can skip the test under way. */
  readonly it: (name: string, options: { readonly timeout: number }, body: (context: SkippableTest) => Promise<void>) => unknown;
  readonly beforeAll?: (body: () => Promise<void>) => unknown;
  readonly afterAll?: (body: () => Promise<void>) => unknown;
  /** The words of `node:test`. */
  readonly before?: (body: () => Promise<void>) => unknown;
  readonly after?: (body: () => Promise<void>) => unknown;
}

export interface SkippableTest {
  skip(reason?: string): unknown;
}

export interface RegisterOptions {
  /** By default all of them. */
  readonly exercises?: readonly Exercise[];
  /** The published result file. With it, a last test fails when the run has found something else than the file says. */
  readonly resultFile?: URL;
}

/** Makes every exercise a suite and every check a test of the given runner. */
export function registerConformance(testBed: TestBed, runner: TestRunner, options: RegisterOptions = {}): void {
  const { exercises = EXERCISES, resultFile } = options;
  const { describe, it } = runner;
  const before = runner.beforeAll ?? runner.before;
  const after = runner.afterAll ?? runner.after;
  if (before === undefined || after === undefined) {
    throw new TypeError('the test runner has neither beforeAll and afterAll nor before and after');
  }
  const { definition, backend: description } = testBed;
  const planned = plannedChecks(testBed, exercises);
  const results = new Map<Exercise, CheckResult[]>(planned.map(({ exercise }) => [exercise, []]));
  describe(`conformance of ${definition.type}/${definition.version} on ${description.name}`, () => {
    let backend: TestBackend;
    before(async () => {
      backend = await testBed.start();
    });
    after(() => backend?.close());
    for (const { exercise, checks } of planned) {
      describe(exercise.name, () => {
        for (const check of checks) {
          it(check.name, { timeout: timeLimitOf(check) }, async (test) => {
            const result = await runCheck(check, testBed, backend);
            results.get(exercise)?.push(result);
            if (result.outcome === 'failed') throw new CheckFailure(result.reason ?? check.name);
            if (result.outcome === 'skipped') test.skip(result.reason);
          });
        }
      });
    }
    if (resultFile === undefined) return;
    describe('result file', () => {
      it('says what this run has found', { timeout: 5_000 }, async () => {
        const found = [...results].map(([{ name, title }, checks]) => ({ name, title, checks }));
        const run = {
          type: definition.type,
          backend: description.name,
          exercises: found,
          isWhole: options.exercises === undefined,
        };
        const stale = await staleness(resultFile, run);
        if (stale !== undefined) throw new CheckFailure(`${resultFile.pathname} is stale, certify again: ${stale}`);
      });
    });
  });
}
