import type { MetadataOf } from '@coffer/core/driver';

export const metadata = {
  url: { type: 'string', required: true, example: 'https://acme.example', description: 'Address of the service.' },
  token: { type: 'string', required: true, sensitive: true, description: 'Token of the account.' },
  requestTimeout: { type: 'duration', default: '30s', description: 'Limit of one call.' },
} as const;

export type AcmeMetadata = MetadataOf<typeof metadata>;
