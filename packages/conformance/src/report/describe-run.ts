import { readFile } from 'node:fs/promises';
import kit from '../../package.json' with { type: 'json' };
import type { TestBackend, TestBed } from '../test-bed.ts';
import type { ConformanceReport, ExerciseResult } from './report.ts';

/** The report of a run. Fails when the driver's package.json can't be read. */
export async function describeRun(
  { definition, package: folder, backend: description }: TestBed,
  backend: Pick<TestBackend, 'calls'>,
  exercises: readonly ExerciseResult[],
): Promise<ConformanceReport> {
  const { name, version } = JSON.parse(await readFile(new URL('package.json', folder), 'utf8')) as Record<string, string>;
  const counts = new Map<string, number>();
  for (const { operation } of backend.calls?.() ?? []) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return {
    kit: { name: '@coffer/conformance', version: kit.version, contract: 1 },
    driver: {
      package: name ?? '',
      version: version ?? '',
      type: definition.type,
      componentVersion: definition.version,
      title: definition.title,
      status: definition.status,
      features: definition.features,
    },
    backend: description,
    date: new Date().toISOString(),
    platform: `${process.version} ${process.platform} ${process.arch}`,
    exercises,
    operations: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([operation, calls]) => ({ operation, calls })),
  };
}
