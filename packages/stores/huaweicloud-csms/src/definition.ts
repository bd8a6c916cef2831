import type { StoreDefinition } from '@coffer/core/driver';
import { checkMetadata } from './check-metadata.ts';
import { metadata } from './metadata.ts';

export type { HuaweiMetadata } from './metadata.ts';

/** Huawei Cloud Secret Management Service, part of Data Encryption Workshop. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.huaweicloud.csms',
  version: 'v1',
  title: 'Huawei Cloud Secret Management Service',
  status: 'alpha',
  metadata,
  check: checkMetadata,
  requestMetadata: [
    {
      name: 'version_id',
      description: 'Version of a single secret, such as v3, or latest. The latest one when absent or empty.',
      example: 'v3',
    },
  ],
  features: ['LIST', 'PING'],
  create: async () => new (await import('./store.ts')).HuaweiCsmsStore(),
};
