import type { StoreDefinition } from './contract.ts';
import { type DecodedMetadata, decodeMetadata, type MetadataProblem } from './decode-metadata.ts';
import type { MetadataSchema } from './metadata.ts';

/**
 * A component's properties against the whole of its driver's declaration: each setting by itself, then all of them together.
 * Doubtful settings (a name that is nearly a known one, text that is no boolean, what the driver finds doubtful) are errors when
 * `doubtful` says so.
 */
export function checkSettings<Schema extends MetadataSchema>(
  definition: Pick<StoreDefinition<Schema>, 'metadata' | 'check'>,
  properties: Readonly<Record<string, string>>,
  doubtful: 'refused' | 'tolerated',
): DecodedMetadata<Schema> {
  const weighed = (problem: MetadataProblem): MetadataProblem =>
    problem.doubtful && doubtful === 'refused' ? { ...problem, severity: 'error' } : problem;
  const decoded = decodeMetadata(definition.metadata, properties);
  const { metadata } = decoded;
  const problems = decoded.problems.map(weighed);
  // What does not hold by itself has no meaning beside others.
  if (problems.some(({ severity }) => severity === 'error')) return { metadata, problems };
  return { metadata, problems: [...problems, ...(definition.check?.(metadata) ?? []).map(weighed)] };
}
