/** One thing that `coffer check` has to say, with the place to look at and what to do. */
export interface Finding {
  /** An error keeps something from working; a warning is likely a mistake; a note is good to know. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** One sentence without a value of any setting. */
  readonly message: string;
  readonly hint?: string | undefined;
}

const RANK = { error: 0, warning: 1, note: 2 } as const;

/** By file, then place, then severity; the same twice is said once. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const unique = new Map(
    findings.map((finding) => [JSON.stringify([finding.file, finding.line, finding.column, finding.message]), finding]),
  );
  return [...unique.values()].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      RANK[a.severity] - RANK[b.severity] ||
      compare(a.message, b.message),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
