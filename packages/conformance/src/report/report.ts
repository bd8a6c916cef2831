import type { BackendTier } from '../test-bed.ts';

/** What came of a run: the content of the result file. */
export interface ConformanceReport {
  readonly kit: { readonly name: '@coffer/conformance'; readonly version: string; readonly contract: 1 };
  readonly driver: {
    /** Name and version of its package. */
    readonly package: string;
    readonly version: string;
    readonly type: string;
    readonly componentVersion: string;
    readonly title: string;
    readonly status: string;
    readonly features: readonly string[];
  };
  readonly backend: { readonly name: string; readonly version?: string; readonly tier: BackendTier };
  /** ISO 8601, UTC. */
  readonly date: string;
  /** `v24.21.0 linux x64`. */
  readonly platform: string;
  readonly exercises: readonly ExerciseResult[];
  /** Remote operations that the driver used, with their number, by name: what an identity must be allowed. */
  readonly operations: readonly { readonly operation: string; readonly calls: number }[];
}

export interface ExerciseResult {
  readonly name: string;
  readonly title: string;
  readonly checks: readonly CheckResult[];
}

export interface CheckResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly reason?: string;
}

/** How many checks came out how. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function totalsOf(exercises: readonly ExerciseResult[]): Totals {
  const outcomes = exercises.flatMap(({ checks }) => checks.map(({ outcome }) => outcome));
  const count = (wanted: CheckResult['outcome']): number => outcomes.filter((outcome) => outcome === wanted).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

/** A driver is certified when nothing failed and what every driver must do was really done. */
export function isCertified(report: Pick<ConformanceReport, 'exercises'>): boolean {
  const { passed, failed } = totalsOf(report.exercises);
  return failed === 0 && passed > 0;
}
