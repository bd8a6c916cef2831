import type { StoreDefinition } from '@coffer/core/driver';
import { checkMetadata } from './check-metadata.ts';
import { metadata } from './metadata.ts';

export type { Metadata } from './metadata.ts';

/** The driver as data. Importing it does nothing; the store, and with it the service's client, is loaded by `create`. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.acme',
  version: 'v1',
  title: 'Acme',
  status: 'alpha',
  metadata,
  check: checkMetadata,
  requestMetadata: [
    {
      name: 'version_id',
      description: 'Version of a single secret. The newest one when absent.',
      example: '1',
    },
  ],
  features: ['LIST', 'PING'],
  create: async () => new (await import('./store.ts')).AcmeStore(),
};
