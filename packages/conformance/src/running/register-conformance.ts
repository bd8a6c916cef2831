import { CheckFailure, type Exercise } from '../exercise.ts';
import { EXERCISES } from '../exercises/index.ts';
import type { TestBackend, TestBed } from '../test-bed.ts';
import { plannedChecks } from './planned-checks.ts';
import { runCheck } from './run-check.ts';

/** What the kit needs of a test runner: `vitest` and `node:test` as they are imported. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  /** The first argument of the body can skip the test under way. */
  readonly it: (name: string, body: (context: SkippableTest) => Promise<void>) => unknown;
  readonly beforeAll?: (body: () => Promise<void>) => unknown;
  readonly afterAll?: (body: () => Promise<void>) => unknown;
  /** The words of `node:test`. */
  readonly before?: (body: () => Promise<void>) => unknown;
  readonly after?: (body: () => Promise<void>) => unknown;
}

export interface SkippableTest {
  skip(reason?: string): unknown;
}

/** Makes every exercise a suite and every check a test of the given runner. */
export function registerConformance(testBed: TestBed, runner: TestRunner, exercises: readonly Exercise[] = EXERCISES): void {
  const { describe, it } = runner;
  const before = runner.beforeAll ?? runner.before;
  const after = runner.afterAll ?? runner.after;
  if (before === undefined || after === undefined) {
    throw new TypeError('the test runner has neither beforeAll and afterAll nor before and after');
  }
  const { definition, backend: description } = testBed;
  describe(`conformance of ${definition.type}/${definition.version} on ${description.name}`, () => {
    let backend: TestBackend;
    before(async () => {
      backend = await testBed.start();
    });
    after(() => backend?.close());
    for (const { exercise, checks } of plannedChecks(testBed, exercises)) {
      describe(exercise.name, () => {
        for (const check of checks) {
          it(check.name, async (test) => {
            const { outcome, reason } = await runCheck(check, testBed, backend);
            if (outcome === 'failed') throw new CheckFailure(reason ?? check.name);
            if (outcome === 'skipped') test.skip(reason);
          });
        }
      });
    }
  });
}
