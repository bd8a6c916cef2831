import type { StoreDefinition } from '@coffer/core/driver';
import { checkMetadata } from './check-metadata.ts';
import { metadata } from './metadata.ts';

export type { SopsMetadata } from './metadata.ts';

/** Secrets from a file that sops encrypted with age. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.sops',
  version: 'v1',
  title: 'File encrypted by sops with age',
  status: 'beta',
  metadata,
  check: checkMetadata,
  requestMetadata: [],
  features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'PING', 'WATCH'],
  create: async () => new (await import('./store.ts')).SopsStore(),
};
