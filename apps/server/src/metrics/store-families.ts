import { COFFER_FAMILIES, DAPR_FAMILIES } from './catalogue.ts';
import { cells, distributions, type Family, type FamilyOptions } from './family.ts';
import type { Cell, Distribution } from './samples.ts';

/** The metrics of reads; of one value each for all stores. */
export interface StoreFamilies {
  readonly namespace: string;
  readonly secretCount: Family<Cell>;
  readonly secretLatencies: Family<Distribution>;
  readonly reads: Family<Cell>;
  readonly coalescedReads: Family<Cell>;
  readonly upstreamCalls: Family<Cell>;
  readonly upstreamLatency: Family<Distribution>;
  readonly upstreamInFlight: Family<Cell>;
  readonly scopeDenials: Family<Cell>;
  readonly secretChanges: Family<Cell>;
}

export function createStoreFamilies(options: FamilyOptions, namespace: string, latencyBuckets: readonly number[]): StoreFamilies {
  return {
    namespace,
    secretCount: cells(DAPR_FAMILIES.secretCount, options),
    secretLatencies: distributions(DAPR_FAMILIES.secretLatencies, options, latencyBuckets),
    reads: cells(COFFER_FAMILIES.reads, options),
    coalescedReads: cells(COFFER_FAMILIES.coalescedReads, options),
    upstreamCalls: cells(COFFER_FAMILIES.upstreamCalls, options),
    upstreamLatency: distributions(COFFER_FAMILIES.upstreamLatency, options, latencyBuckets),
    upstreamInFlight: cells(COFFER_FAMILIES.upstreamInFlight, options),
    scopeDenials: cells(COFFER_FAMILIES.scopeDenials, options),
    secretChanges: cells(COFFER_FAMILIES.secretChanges, options),
  };
}
