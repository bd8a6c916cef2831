import { readFile } from 'node:fs/promises';
import type { ConformanceReport, ExerciseResult } from './report.ts';

/** Content of the file that a driver package publishes. */
export interface ResultFile {
  readonly reports: readonly ConformanceReport[];
}

export function resultText(reports: readonly ConformanceReport[]): string {
  return `${JSON.stringify({ reports } satisfies ResultFile, null, 2)}\n`;
}

/**
 * How the published result of a driver on a backend differs from what a run has just found, in words; undefined when it does not.
 * Dates and numbers of calls may differ. Of a run of some exercises only those are compared.
 */
export async function staleness(
  file: URL,
  run: {
    readonly type: string;
    readonly backend: string;
    readonly exercises: readonly ExerciseResult[];
    readonly isWhole: boolean;
  },
): Promise<string | undefined> {
  let published: ResultFile;
  try {
    published = JSON.parse(await readFile(file, 'utf8')) as ResultFile;
  } catch (cause) {
    return `it can't be read: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  const report = published.reports.find(({ driver, backend }) => driver.type === run.type && backend.name === run.backend);
  if (report === undefined) return `it has no report of ${run.type} on ${run.backend}`;
  const ran = new Set(run.exercises.map(({ name }) => name));
  const compared = report.exercises.filter(({ name }) => run.isWhole || ran.has(name));
  const [before, now] = [compared, run.exercises].map(outcomesOf) as [Map<string, string>, Map<string, string>];
  const changed = [...new Set([...before.keys(), ...now.keys()])].find((check) => before.get(check) !== now.get(check));
  if (changed === undefined) return undefined;
  return `${changed}: it says ${before.get(changed) ?? 'nothing'}, and this run ${now.get(changed) ?? 'nothing'}`;
}

function outcomesOf(exercises: readonly ExerciseResult[]): Map<string, string> {
  return new Map(exercises.flatMap(({ name, checks }) => checks.map((check) => [`${name}: ${check.name}`, check.outcome])));
}
