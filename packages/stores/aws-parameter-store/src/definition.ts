import { checkAws } from '@coffer/aws-client/metadata';
import type { StoreDefinition } from '@coffer/core/driver';
import { metadata } from './metadata.ts';

export type { ParameterStoreMetadata } from './metadata.ts';

/** Parameters of AWS Systems Manager, of every type, decrypted. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.aws.parameterstore',
  version: 'v1',
  title: 'AWS Systems Manager Parameter Store',
  status: 'beta',
  metadata,
  check: checkAws,
  requestMetadata: [
    {
      name: 'version_id',
      description: 'Version or label of the parameter, for single reads; the newest version when absent.',
      example: '3',
    },
  ],
  features: ['LIST', 'GET_MANY', 'PING'],
  create: async () => new (await import('./store.ts')).ParameterStore(),
};
