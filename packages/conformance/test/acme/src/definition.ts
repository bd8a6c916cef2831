import type { StoreDefinition } from '@coffer/core/driver';
import { FEATURES } from './features.ts';
import { metadata } from './metadata.ts';

/** The driver that does everything right: seeded bugs are changes to it. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.acme',
  version: 'v1',
  title: 'Acme',
  status: 'stable',
  metadata,
  requestMetadata: [
    { name: 'version_id', description: 'Version of the secret; the newest when absent.', example: '2' },
    { name: 'environment', description: 'Environment of the account; `production` when absent.', example: 'staging' },
    { name: 'prefix', description: 'In a bulk read, only secrets whose names begin with it.', example: 'billing/' },
  ],
  features: FEATURES,
  create: async () => new (await import('./store.ts')).AcmeStore(),
};
