import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.local.file` component. */
export const metadata = {
  secretsFile: {
    type: 'string',
    required: true,
    missingMessage: 'missing local secrets file in metadata',
    example: './secrets.json',
    description: 'Path of a JSON file; a relative one starts at the folder that the process was started in.',
  },
  nestedSeparator: {
    type: 'string',
    default: ':',
    description: 'Joins the names on the way to a nested value into the name of a secret. Empty means the default.',
  },
  multiValued: {
    type: 'boolean',
    default: 'false',
    description: 'Every object at the top of the file is one secret with several keys, instead of several secrets.',
  },
} as const;

export type LocalFileMetadata = MetadataOf<typeof metadata>;
