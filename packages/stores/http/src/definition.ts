import type { StoreDefinition } from '@coffer/core/driver';
import { check } from './check.ts';
import { metadata } from './metadata.ts';

export type { HttpMetadata } from './metadata.ts';

/** Secrets of any service that gives them as JSON. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.http',
  version: 'v1',
  title: 'Any JSON service over HTTPS',
  status: 'beta',
  metadata,
  check,
  requestMetadata: [
    {
      name: 'version_id',
      description: 'Version of the secret, where url or body has the placeholder {version_id}. So for any other name in braces.',
      example: '3',
    },
  ],
  features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'PING'],
  create: async () => new (await import('./store.ts')).HttpStore(),
};
