export interface GoldenCase {
  readonly id: string;
  readonly title: string;
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
  options: { command: readonly string[]; keep?: boolean; grpcLibrary?: object },
): Promise<StepFailure[]>;
