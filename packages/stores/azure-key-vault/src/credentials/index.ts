import type { CredentialSource } from '../credential-source.ts';

export const credentialFor: CredentialSource = async ({ metadata, cloud, transport }) => {
  const { ClientSecretCredential, ManagedIdentityCredential } = await import('@azure/identity');
  const { azureTenantId, azureClientId, azureClientSecret } = metadata;
  if (azureTenantId && azureClientId && azureClientSecret) {
    const { authorityHost, isKnownAuthority } = cloud;
    const options = { ...transport.login, authorityHost, disableInstanceDiscovery: !isKnownAuthority };
    return new ClientSecretCredential(azureTenantId, azureClientId, azureClientSecret.reveal(), options);
  }
  return new ManagedIdentityCredential({ ...(azureClientId ? { clientId: azureClientId } : {}), ...transport.local });
};
