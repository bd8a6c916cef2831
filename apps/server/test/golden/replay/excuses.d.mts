import type { StepFailure } from './cases.mjs';

export interface Excuse {
  readonly id: string;
  /** The labels of the steps that answer differently. */
  readonly steps: readonly string[];
  /** The row of docs/deviations.md that says so: its first cell. */
  readonly deviation: string;
}

export function excusesFor(excuses: readonly Excuse[], id: string): readonly string[];
export function unexcused(failures: readonly StepFailure[], excused: readonly string[]): readonly StepFailure[];
