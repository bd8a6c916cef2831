export { CheckContext, freshName, freshValue, type SeededSecret, type SeedOptions } from './check-context.ts';
export { type Check, CheckFailure, CheckSkip, type Exercise } from './exercise.ts';
export { EXERCISES } from './exercises/index.ts';
export {
  type CheckResult,
  type ConformanceReport,
  type ExerciseResult,
  isCertified,
  type Totals,
  totalsOf,
} from './report/report.ts';
export type { ResultFile } from './report/result-file.ts';
export {
  type RegisterOptions,
  registerConformance,
  type SkippableTest,
  type TestRunner,
} from './running/register-conformance.ts';
export { type RunOptions, runConformance } from './running/run-conformance.ts';
export {
  type BackendDescription,
  type BackendTier,
  type BrokenSettings,
  type BulkScenario,
  FAULTS,
  type FaultKind,
  type GetScenario,
  type HintScenario,
  type RemoteCall,
  type TestBackend,
  type TestBed,
} from './test-bed.ts';
