import { describe, expect, it } from 'vitest';
import { CLIENT, problemsOf, TENANT, USER } from './setup.ts';

const ids = { azureTenantId: TENANT, azureClientId: CLIENT };
const secret = { azureClientSecret: 'made-up' };
const file = { azureCertificateFile: '/certificates/shop.pem' };
const objectId = { azureManagedIdentityObjectId: USER.objectId };
const resourceId = { azureManagedIdentityResourceId: USER.resourceId };

describe('settings that can go together', () => {
  it.each([
    [{}],
    [ids],
    [{ azureClientId: CLIENT }],
    [{ ...ids, ...secret }],
    [{ ...ids, ...file }],
    [{ ...ids, ...file, azureCertificatePassword: 'made-up' }],
    [{ ...ids, ...file, azureClientSecret: '', azureCertificate: '' }],
    [{ ...ids, ...secret, azureCertificate: '', azureCertificatePassword: '' }],
    [{ ...ids, ...secret, ...file, azureAuthMethods: 'cert,creds' }],
    [objectId],
    [resourceId],
    [{ ...objectId, azureClientId: CLIENT, azureAuthMethods: 'wi,mi' }],
    [{ azureAuthMethods: '' }],
    [{ azureAuthMethods: ' mi , cli ' }],
    [{ azureTenantId: 'contoso.onmicrosoft.com', azureClientId: CLIENT }],
    [{ azureFederatedTokenFile: '/var/run/secrets/tokens/azure' }],
  ])('%j', (properties) => {
    expect(problemsOf(properties)).toEqual([]);
  });
});

describe('settings that can not', () => {
  it.each([
    [secret, 'azureClientSecret', 'needs azureTenantId and azureClientId'],
    [{ ...secret, azureTenantId: TENANT }, 'azureClientSecret', 'needs azureTenantId and azureClientId'],
    [{ clientSecret: 'made-up', tenantId: '', clientId: CLIENT }, 'azureClientSecret', 'needs azureTenantId'],
    [{ ...file, azureClientId: CLIENT }, 'azureCertificateFile', 'needs azureTenantId and azureClientId'],
    [{ azureCertificate: 'made-up' }, 'azureCertificate', 'needs azureTenantId and azureClientId'],
    [{ ...ids, ...file, azureCertificate: 'made-up' }, 'azureCertificate', 'exclude each other'],
    [{ azureCertificatePassword: 'made-up' }, 'azureCertificatePassword', 'without a certificate'],
    [{ ...ids, ...secret, ...file }, 'azureClientSecret', 'exclude each other'],
    [{ ...objectId, ...resourceId }, 'azureManagedIdentityObjectId', 'exclude each other'],
    [{ ...objectId, azureClientId: CLIENT }, 'azureManagedIdentityObjectId', 'exclude each other'],
    [{ ...resourceId, azureClientId: CLIENT }, 'azureManagedIdentityResourceId', 'exclude each other'],
    [{ azureManagedIdentityResourceId: USER.clientId }, 'azureManagedIdentityResourceId', 'is not the resource id'],
    [{ azureTenantId: 'a/b', azureClientId: CLIENT }, 'azureTenantId', 'is not a tenant'],
    [{ azureTenantId: `${TENANT}\n`, azureClientId: CLIENT }, 'azureTenantId', 'is not a tenant'],
    [{ azureClientSecrett: 'made-up' }, 'azureClientSecrett', 'is not known'],
    [{ azureManagedIdentityObjectid2: 'x' }, 'azureManagedIdentityObjectid2', 'is not known'],
  ])('%j', (properties, name, text) => {
    const problems = problemsOf(properties);
    expect(problems).toMatchObject([
      { name, severity: 'error', message: expect.stringContaining(text), hint: expect.any(String) },
    ]);
    expect(JSON.stringify(problems)).not.toContain('made-up');
    // The reference goes on with them.
    expect(problemsOf(properties, 'tolerated')).toMatchObject([{ name, severity: 'warning' }]);
  });

  it('a name that differs in its case only', () => {
    expect(problemsOf({ azureClientId: 'a', AZURECLIENTID: 'b' })).toMatchObject([
      { severity: 'error', message: 'failed to resolve aliases: key azureclientid is duplicate in the metadata' },
    ]);
  });
});
