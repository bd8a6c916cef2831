import type { RequestMetadata } from '../driver/index.ts';

export interface ReadRequest {
  readonly store: string;
  readonly name: string;
  readonly metadata: RequestMetadata;
  /** Who asks, when the surface knows more than "the application"; reads of different callers are never shared. */
  readonly caller?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}
export type BulkReadRequest = Omit<ReadRequest, 'name'>;
