import { readFile } from 'node:fs/promises';
import type { AvailableStore } from './types.ts';

/** What a driver package says of its certification. It is the package's own word: nobody else has signed it. */
export interface ConformanceClaim {
  /**
   * `certified`: on every backend that it was tried on. `failed`: not on all. `outdated`: the result is of another version of the
   * package, or of another type. `none`: it has no result. `unreadable`: what it has is no result.
   */
  readonly state: 'certified' | 'failed' | 'outdated' | 'none' | 'unreadable';
  /** Version of the kit. */
  readonly kit?: string;
  readonly backends: readonly BackendClaim[];
}

export interface BackendClaim {
  readonly name: string;
  readonly version?: string;
  readonly tier: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What of a result file of `@coffer/conformance` is looked at. */
interface Report {
  readonly kit: { readonly version: string };
  readonly driver: {
    readonly package: string;
    readonly version: string;
    readonly type: string;
    readonly componentVersion: string;
  };
  readonly backend: { readonly name: string; readonly version?: string; readonly tier: string };
  readonly exercises: readonly { readonly checks: readonly { readonly outcome: string }[] }[];
}

/** Reads the result file that a driver package publishes, of one of its types. Imports nothing, and never fails. */
export async function readConformance({ resultFile, package: origin, type, version }: AvailableStore): Promise<ConformanceClaim> {
  if (resultFile === undefined || origin === undefined) return { state: 'none', backends: [] };
  let reports: readonly Report[];
  try {
    reports = (JSON.parse(await readFile(resultFile, 'utf8')) as { reports: readonly Report[] }).reports;
    const ours = reports.filter(({ driver }) => driver.type === type && driver.componentVersion === version);
    const [first] = ours;
    if (first === undefined) return { state: reports.length === 0 ? 'none' : 'outdated', backends: [] };
    const { kit } = first;
    const backends = ours.map(claimOf);
    const isOfThisPackage = ours.every(({ driver }) => driver.package === origin.name && driver.version === origin.version);
    if (!isOfThisPackage) return { state: 'outdated', kit: kit.version, backends };
    const isCertified = backends.every(({ passed, failed }) => failed === 0 && passed > 0);
    return { state: isCertified ? 'certified' : 'failed', kit: kit.version, backends };
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    return { state: isAbsent ? 'none' : 'unreadable', backends: [] };
  }
}

function claimOf({ backend, exercises }: Report): BackendClaim {
  const { name, version, tier } = backend;
  const outcomes = exercises.flatMap(({ checks }) => checks.map(({ outcome }) => outcome));
  const count = (wanted: string): number => outcomes.filter((outcome) => outcome === wanted).length;
  return {
    name,
    ...(version === undefined ? {} : { version }),
    tier,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
  };
}
