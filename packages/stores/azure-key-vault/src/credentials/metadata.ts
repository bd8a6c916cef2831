import type { MetadataOf } from '@coffer/core/driver';

/** Settings that say who asks. */
export const credentialMetadata = {
  azureTenantId: {
    type: 'string',
    aliases: ['spnTenantId', 'tenantId'],
    example: '11111111-2222-3333-4444-555555555555',
    description: 'Tenant of the application.',
  },
  azureClientId: {
    type: 'string',
    aliases: ['spnClientId', 'clientId'],
    example: '66666666-7777-8888-9999-000000000000',
    description: 'Client id of the application, or of the managed identity.',
  },
  azureClientSecret: {
    type: 'string',
    sensitive: true,
    aliases: ['spnClientSecret', 'clientSecret'],
    description: 'Client secret of the application.',
  },
} as const;

export type CredentialMetadata = MetadataOf<typeof credentialMetadata>;
