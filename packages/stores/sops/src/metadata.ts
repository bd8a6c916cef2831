import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.sops` component. */
export const metadata = {
  secretsFile: {
    type: 'string',
    required: true,
    example: './secrets.enc.yaml',
    description: 'Path of a file encrypted by sops; a relative one starts at the folder that the process was started in.',
  },
  format: {
    type: 'string',
    allowed: ['yaml', 'json', 'dotenv', 'ini', 'binary'],
    description:
      'Format of the file. By default what its name ends in says it, as for sops: `.yaml` or `.yml`, `.json`, `.env`, `.ini`; anything else is `binary`.',
  },
  ageKey: {
    type: 'string',
    sensitive: true,
    description:
      'Age identities (`AGE-SECRET-KEY-1…`), separated by spaces or line breaks. Take it from a secret or the environment.',
  },
  ageKeyFile: {
    type: 'string',
    example: '/var/run/age/keys.txt',
    description:
      'Path of a file of age identities, one a line, as `age-keygen` writes it. Used together with `ageKey` when both are set.',
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
  maxFileSize: {
    type: 'size',
    default: '1Mi',
    description: 'A bigger file is refused.',
  },
} as const;

export type SopsMetadata = MetadataOf<typeof metadata>;
