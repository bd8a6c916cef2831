import { isSecretStoreError, type MetadataProblem } from '@coffer/core/driver';
import { methodsListed } from './auth-methods.ts';
import type { CredentialMetadata } from './metadata.ts';

/** A tenant is a GUID or a domain; it becomes part of an address and an argument of a program. */
export const TENANT: RegExp = /^[0-9A-Za-z.-]+$/;
const RESOURCE_ID =
  /^\/subscriptions\/[^/]+\/resource[gG]roups\/[^/]+\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/[^/]+$/i;

/**
 * What is wrong with these settings taken together. Doubtful is what the reference makes the best of: it goes on with the next
 * way to log in, which then fails in a puzzling way.
 */
export function credentialProblems(metadata: CredentialMetadata): readonly MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  const doubt = (name: keyof CredentialMetadata, message: string, hint: string) =>
    problems.push({ severity: 'warning', name, message, hint, doubtful: true });
  const listed = listedMethods(metadata, problems);
  const { azureTenantId: tenant, azureClientId: client } = metadata;
  // Empty is as absent.
  const secret = metadata.azureClientSecret?.reveal();
  const password = metadata.azureCertificatePassword?.reveal();
  const { azureManagedIdentityObjectId: objectId, azureManagedIdentityResourceId: resourceId } = metadata;
  const certificates = [metadata.azureCertificateFile, metadata.azureCertificate?.reveal()].filter(Boolean);

  if (tenant && !TENANT.test(tenant)) doubt('azureTenantId', 'setting azureTenantId is not a tenant', 'write its id or domain');
  if (secret && !(tenant && client)) {
    doubt('azureClientSecret', 'setting azureClientSecret needs azureTenantId and azureClientId', 'write all three');
  }
  const [certificateName = 'azureCertificate'] = metadata.azureCertificateFile ? (['azureCertificateFile'] as const) : [];
  if (certificates.length > 0 && !(tenant && client)) {
    doubt(certificateName, `setting ${certificateName} needs azureTenantId and azureClientId`, 'write all three');
  }
  if (certificates.length > 1) {
    doubt('azureCertificate', 'settings azureCertificate and azureCertificateFile exclude each other', 'keep one of them');
  }
  if (password && certificates.length === 0) {
    const hint = 'write azureCertificateFile or azureCertificate';
    doubt('azureCertificatePassword', 'setting azureCertificatePassword is there without a certificate', hint);
  }
  if (secret && certificates.length > 0 && listed === undefined) {
    const hint = 'keep one of them, or write azureAuthMethods';
    doubt('azureClientSecret', `settings azureClientSecret and ${certificateName} exclude each other`, hint);
  }
  if (objectId && resourceId) {
    const message = 'settings azureManagedIdentityObjectId and azureManagedIdentityResourceId exclude each other';
    doubt('azureManagedIdentityObjectId', message, 'keep one of them');
  }
  if (resourceId && !RESOURCE_ID.test(resourceId)) {
    const form = '/subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…';
    const message = 'setting azureManagedIdentityResourceId is not the resource id of an identity';
    doubt('azureManagedIdentityResourceId', message, `write ${form}`);
  }
  const named = objectId ? 'azureManagedIdentityObjectId' : resourceId ? 'azureManagedIdentityResourceId' : undefined;
  if (named !== undefined && client && listed === undefined) {
    doubt(named, `settings azureClientId and ${named} exclude each other`, 'keep one of them, or write azureAuthMethods');
  }
  return problems;
}

/** Entries that are no methods fail in the reference too. */
function listedMethods({ azureAuthMethods }: CredentialMetadata, problems: MetadataProblem[]) {
  try {
    return methodsListed(azureAuthMethods);
  } catch (cause) {
    if (!isSecretStoreError(cause)) throw cause;
    const { detail: message, hint } = cause;
    problems.push({ severity: 'error', name: 'azureAuthMethods', message, ...(hint === undefined ? {} : { hint }) });
    return [];
  }
}
