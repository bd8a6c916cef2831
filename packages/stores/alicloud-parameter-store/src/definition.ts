import type { StoreDefinition } from '@coffer/core/driver';
import { checkMetadata } from './check-metadata.ts';
import { metadata } from './metadata.ts';

export type { AlicloudMetadata } from './metadata.ts';

/** Encrypted parameters of CloudOps Orchestration Service (OOS). */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.alicloud.parameterstore',
  version: 'v1',
  title: 'Alibaba Cloud OOS Parameter Store',
  status: 'alpha',
  metadata,
  check: checkMetadata,
  requestMetadata: [
    {
      name: 'version_id',
      description: 'Version of a single secret, a whole number. The latest one when absent or empty.',
      example: '3',
    },
    {
      name: 'path',
      description: 'In bulk reads and lists, only parameters under this path; the setting path when absent.',
      example: '/shop/',
    },
  ],
  features: ['LIST', 'GET_MANY', 'PING'],
  create: async () => new (await import('./store.ts')).AlicloudParameterStore(),
};
