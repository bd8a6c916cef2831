import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.local.env` component. */
export const metadata = {
  prefix: {
    type: 'string',
    default: '',
    example: 'SHOP_',
    description: 'Put in front of every requested name; a bulk read gives only variables that start with it, without it.',
  },
  failOnMissing: {
    type: 'boolean',
    default: 'false',
    description: 'Answer not_found for a variable that is not set, instead of an empty value. Ignored under --strict-dapr.',
  },
} as const;

export type LocalEnvMetadata = MetadataOf<typeof metadata>;
