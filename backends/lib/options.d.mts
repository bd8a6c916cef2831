export interface Job {
  readonly driver: string;
  readonly backend: { readonly name: string; readonly found: string };
  readonly kind: 'suite' | 'conformance' | 'recorded';
  readonly file?: string;
}
export interface Driver {
  readonly name: string;
  readonly backends: readonly Job['backend'][];
  readonly recorded?: { readonly file: string; readonly backend: string };
}

export function readOptions(argv: readonly string[]): { readonly only: readonly string[]; readonly delay: number };
export function jobsOf(drivers: readonly Driver[]): readonly Job[];
export function chosenJobs(jobs: readonly Job[], only: readonly string[]): readonly Job[];
export function describeJobs(jobs: readonly Job[]): string;
