export interface GoldenCase {
  readonly id: string;
  readonly title: string;
  /** The cases of docs/cases.md that it records, `18.1-12` or `18.1-3..8`, and other places of the specification. */
  readonly covers?: readonly string[];
}

/** One step whose observation differs from the recording. */
export interface StepFailure {
  readonly step: string;
  readonly lines: readonly string[];
}

export function loadCases(options?: { folder?: string; without?: readonly string[] }): GoldenCase[];
export function needs(testCase: GoldenCase): string[];
export function needsGrpcLibrary(testCase: GoldenCase): boolean;
export function runCase(
  testCase: GoldenCase,
  options: { command: readonly string[]; keep?: boolean; grpcLibrary?: object | undefined },
): Promise<StepFailure[]>;
