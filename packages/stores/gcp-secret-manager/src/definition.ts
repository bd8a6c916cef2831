import type { StoreDefinition } from '@coffer/core/driver';
import { checkMetadata } from './check-metadata.ts';
import { metadata } from './metadata.ts';

export type { GcpMetadata } from './metadata.ts';

/** Google Secret Manager, global and regional secrets, over its REST API. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.gcp.secretmanager',
  version: 'v1',
  title: 'Google Cloud Secret Manager',
  status: 'stable',
  metadata,
  check: checkMetadata,
  requestMetadata: [
    {
      name: 'version_id',
      description: 'Version of a single secret: its number, an alias of it, or latest. The latest one when absent.',
      example: '7',
    },
  ],
  features: ['LIST', 'PING'],
  create: async () => new (await import('./store.ts')).GcpSecretManagerStore(),
};
