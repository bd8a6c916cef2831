import type { StoreDefinition } from '@coffer/core/driver';
import { checkMetadata, metadata } from './metadata.ts';

export type { SecretsManagerMetadata } from './metadata.ts';

/** AWS Secrets Manager. The type is spelled as Dapr has it, without the s of the service's name. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.aws.secretmanager',
  version: 'v1',
  title: 'AWS Secrets Manager',
  status: 'beta',
  metadata,
  check: checkMetadata,
  requestMetadata: [
    {
      name: 'version_id',
      description: 'Version of the secret by its id. Single reads only.',
      example: 'a1b2c3d4-5678-90ab-cdef-111111111111',
    },
    {
      name: 'version_stage',
      description: 'Version of the secret by its staging label. Single reads only; with version_id both must agree.',
      example: 'AWSPREVIOUS',
    },
  ],
  features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'GET_MANY', 'PING'],
  create: async () => new (await import('./store.ts')).SecretsManagerStore(),
};
