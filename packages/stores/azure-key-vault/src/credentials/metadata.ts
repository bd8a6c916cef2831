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
    description: 'Client id of the application, or of the user-assigned managed identity.',
  },
  azureClientSecret: {
    type: 'string',
    sensitive: true,
    aliases: ['spnClientSecret', 'clientSecret'],
    description: 'Client secret of the application.',
  },
  azureCertificate: {
    type: 'string',
    sensitive: true,
    aliases: ['spnCertificate'],
    description:
      'Certificate of the application with its private key: PEM, or PKCS#12 as base64. Certificates of the chain may follow.',
  },
  azureCertificateFile: {
    type: 'string',
    aliases: ['spnCertificateFile'],
    example: '/certificates/shop.pem',
    description: 'The same in a file, PEM or PKCS#12 (.pfx). It is read again for every new token.',
  },
  azureCertificatePassword: {
    type: 'string',
    sensitive: true,
    aliases: ['spnCertificatePassword'],
    description: 'Password of the PKCS#12 file, or of an encrypted PEM key.',
  },
  azureAuthMethods: {
    type: 'string',
    aliases: ['azureADAuthMethods', 'entraIDAuthMethods', 'microsoftEntraIDAuthMethods'],
    example: 'workloadidentity,managedidentity',
    description:
      'Ways to log in, in the order tried: clientcredentials (creds), clientcertificate (cert), workloadidentity (wi), managedidentity (mi), commandlineinterface (cli), spiffeworkloadidentity (spiffe); none forbids all.',
  },
  azureFederatedTokenFile: {
    type: 'string',
    example: '/var/run/secrets/tokens/azure',
    description:
      'Token of another issuer that stands for the application, for workload identity; AZURE_FEDERATED_TOKEN_FILE when absent. It is read again for every new token.',
  },
  azureManagedIdentityObjectId: {
    type: 'string',
    example: '99999999-0000-1111-2222-333333333333',
    description: 'User-assigned managed identity by its object (principal) id, instead of azureClientId.',
  },
  azureManagedIdentityResourceId: {
    type: 'string',
    example: '/subscriptions/S/resourceGroups/G/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop',
    description: 'User-assigned managed identity by its resource id, instead of azureClientId.',
  },
} as const;

export type CredentialMetadata = MetadataOf<typeof credentialMetadata>;
