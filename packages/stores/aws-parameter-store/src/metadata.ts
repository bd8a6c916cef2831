import { awsMetadata } from '@coffer/aws-client/metadata';
import type { MetadataOf } from '@coffer/core/driver';

const own = {
  prefix: {
    type: 'string',
    example: '/shop/',
    description:
      'Put in front of every name as it is, and cut off listed names: with /shop/, the secret db/host is the parameter /shop/db/host. Bulk reads and lists are of it alone.',
  },
} as const;

/** Settings of a `secretstores.aws.parameterstore` component. */
export const metadata: typeof awsMetadata & typeof own = { ...awsMetadata, ...own };

export type ParameterStoreMetadata = MetadataOf<typeof metadata>;
