import type { StoreDefinition } from '@coffer/core/driver';
import { check } from './check.ts';
import { metadata } from './metadata.ts';

export type { VaultMetadata } from './metadata.ts';

/** Key-value secrets of HashiCorp Vault and OpenBao. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.hashicorp.vault',
  version: 'v1',
  title: 'HashiCorp Vault and OpenBao',
  status: 'stable',
  metadata,
  check,
  requestMetadata: [
    {
      name: 'version_id',
      description: 'Version of the secret, in an engine of version 2; the latest one when absent or 0.',
      example: '3',
    },
  ],
  features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'PING'],
  create: async () => new (await import('./store.ts')).VaultStore(),
};
