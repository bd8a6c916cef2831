export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly reasons: readonly string[];
}
export interface Outcome extends Counts {
  readonly driver: string;
  readonly backend: string;
  readonly kind: 'suite' | 'conformance' | 'recorded';
  readonly version?: string;
}

export function table(outcomes: readonly Outcome[]): string;
export function hasFailed(outcomes: readonly Outcome[]): boolean;
