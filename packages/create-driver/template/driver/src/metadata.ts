import type { MetadataOf } from '@coffer/core/driver';

/** The settings of a component. Parsing, types, component.json and the table in the README derive from it. */
export const metadata = {
  address: {
    type: 'string',
    required: true,
    example: 'memory:demo',
    description: 'Address of the service.',
  },
  token: {
    type: 'string',
    required: true,
    sensitive: true,
    description: 'Token that the service asks for.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one request to the service, its repetitions included.',
  },
} as const;

export type Metadata = MetadataOf<typeof metadata>;
