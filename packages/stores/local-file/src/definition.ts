import type { StoreDefinition } from '@coffer/core/driver';
import { metadata } from './metadata.ts';

export type { LocalFileMetadata } from './metadata.ts';

/** Secrets from a JSON file. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.local.file',
  version: 'v1',
  title: 'Local JSON file',
  status: 'stable',
  metadata,
  requestMetadata: [],
  features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'PING', 'WATCH'],
  create: async () => new (await import('./store.ts')).LocalFileStore(),
};
