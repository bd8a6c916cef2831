import { createAuthority } from '@coffer/fake-services';
import { startFakeKeyVault } from '@coffer/fake-services/azure';
import { FakeDirectory, startFakeAppService, startFakeImds } from '@coffer/fake-services/azure/identity';
import { describe, expect, it } from 'vitest';
import { startCofferd } from './support/cofferd.ts';

const SYSTEM = {
  clientId: '00000000-0000-0000-0000-00000000000a',
  objectId: '00000000-0000-0000-0000-00000000000b',
  resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm',
};
const USER = {
  clientId: '00000000-0000-0000-0000-0000000000aa',
  objectId: '00000000-0000-0000-0000-0000000000bb',
  resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop',
};
/** Stores by their names: which identity each asks for, and by which setting. */
const STORES = {
  system: { identity: SYSTEM, settings: {} },
  client: { identity: USER, settings: { azureClientId: USER.clientId } },
  object: { identity: USER, settings: { azureManagedIdentityObjectId: USER.objectId } },
  resource: { identity: USER, settings: { azureManagedIdentityResourceId: USER.resourceId } },
} as const;
const authority = createAuthority();
const tls = authority.issue('vault', ['127.0.0.1']);

function componentOf(name: string, settings: Readonly<Record<string, string>>): string {
  const metadata = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
  const spec = { type: 'secretstores.azure.keyvault', version: 'v1', metadata };
  return JSON.stringify({ apiVersion: 'dapr.io/v1alpha1', kind: 'Component', metadata: { name }, spec });
}

describe.each(['the metadata service', 'App Service'])(
  'a managed identity of %s, from a request over HTTP to the secret',
  (place) => {
    it('for every name of an identity: token, the request to the vault with it, the secret', async () => {
      const directory = new FakeDirectory({ system: SYSTEM, userAssigned: [USER] });
      await using vault = await startFakeKeyVault({ tokens: directory.issuer, tenant: directory.tenantId, tls });
      vault.set('alpha', 'value of alpha');
      await using service = await (place === 'App Service'
        ? startFakeAppService(directory, 'made-up-header')
        : startFakeImds(directory));
      const env =
        place === 'App Service'
          ? { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: 'made-up-header' }
          : { AZURE_POD_IDENTITY_AUTHORITY_HOST: service.url };
      const files = Object.entries(STORES).map(([name, { settings }]) => {
        return [`components/${name}.yaml`, componentOf(name, { vaultUrl: vault.url, ...settings })] as const;
      });
      await using cofferd = await startCofferd({
        files: { ...Object.fromEntries(files), 'ca.pem': authority.cert },
        env: { ...env, NODE_EXTRA_CA_CERTS: 'ca.pem' },
      });
      expect([service.requests, vault.requests]).toEqual([[], []]);
      for (const [name, { identity }] of Object.entries(STORES)) {
        const response = await cofferd.get(`/v1.0/secrets/${name}/alpha`);
        expect([response.status, await response.json()]).toEqual([200, { alpha: 'value of alpha' }]);
        const token = directory.issued.at(-1) ?? '';
        expect(directory.issuer.read(token)?.oid).toBe(identity.objectId);
        expect(vault.requests.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
      }
      expect(directory.issued).toHaveLength(4);
      for (const secret of [...directory.issued, 'made-up-header', 'value of alpha']) expect(cofferd.log()).not.toContain(secret);
    });

    it('an identity that is not assigned is told with the setting to check', async () => {
      const directory = new FakeDirectory({ system: SYSTEM });
      await using vault = await startFakeKeyVault({ tokens: directory.issuer, tenant: directory.tenantId, tls });
      await using service = await (place === 'App Service'
        ? startFakeAppService(directory, 'made-up-header')
        : startFakeImds(directory));
      const env =
        place === 'App Service'
          ? { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: 'made-up-header' }
          : { AZURE_POD_IDENTITY_AUTHORITY_HOST: service.url };
      const settings = { vaultUrl: vault.url, ...STORES.resource.settings };
      await using cofferd = await startCofferd({
        files: { 'components/s.yaml': componentOf('s', settings), 'ca.pem': authority.cert },
        env,
      });
      const response = await cofferd.get('/v1.0/secrets/s/alpha');
      expect([response.status, response.headers.get('coffer-error-code')]).toEqual([500, 'unauthenticated']);
      expect(await response.text()).toContain('ManagedIdentityCredential authentication failed.');
      expect(vault.requests).toEqual([]);
    });
  },
);
