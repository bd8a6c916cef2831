import { COFFER_FAMILIES } from './catalogue.ts';
import { cells, type Family, type FamilyOptions } from './family.ts';
import type { Cell } from './samples.ts';

/** Requests and calls that came to no API. */
export class RejectionMetrics {
  readonly family: Family<Cell>;

  constructor(options: FamilyOptions) {
    this.family = cells(COFFER_FAMILIES.rejectedRequests, options);
  }

  count(protocol: 'http' | 'grpc', reason: 'token' | 'foreign' | 'access_list'): void {
    this.family.sample([protocol, reason]).value++;
  }
}
