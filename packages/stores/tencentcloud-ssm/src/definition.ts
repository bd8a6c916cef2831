import type { StoreDefinition } from '@coffer/core/driver';
import { checkMetadata } from './check-metadata.ts';
import { metadata } from './metadata.ts';

export type { TencentSsmMetadata } from './metadata.ts';

/** Tencent Cloud Secrets Manager (SSM), secrets that users define. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.tencentcloud.ssm',
  version: 'v1',
  title: 'Tencent Cloud Secrets Manager (SSM)',
  status: 'alpha',
  metadata,
  check: checkMetadata,
  requestMetadata: [
    {
      name: 'VersionID',
      description: 'Version of the secret, or of every secret of a bulk read. The newest one when absent or empty.',
      example: 'v1',
    },
    { name: 'version_id', description: 'The same, as other stores spell it. VersionID goes before it.', example: 'v1' },
  ],
  features: ['LIST', 'PING'],
  create: async () => new (await import('./store.ts')).TencentSsmStore(),
};
