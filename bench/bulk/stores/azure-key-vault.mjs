import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The service has no batch call: pages of 25 names, one GET for each secret, and a token for all of them. */
export const type = 'secretstores.azure.keyvault';
export const unavoidable = (secrets) => 1 + Math.ceil(secrets / 25) + secrets;

export async function start({ names, textOf, delay }) {
  const { createAuthority } = await import('@coffer/fake-services');
  const { startFakeKeyVault } = await import('@coffer/fake-services/azure');
  const { FakeDirectory, startFakeAppService } = await import('@coffer/fake-services/azure/identity');
  const authority = createAuthority();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-bulk-'));
  const ca = path.join(folder, 'ca.pem');
  writeFileSync(ca, authority.cert);
  const system = { clientId: '66666666-7777-8888-9999-000000000000', objectId: '99999999-0000-1111-2222-333333333333' };
  const directory = new FakeDirectory({ system });
  const tls = authority.issue('vault', ['127.0.0.1']);
  const vault = await startFakeKeyVault({ tokens: directory.issuer, tenant: directory.tenantId, tls, delay });
  for (const name of names) vault.set(name, textOf(name));
  const identity = await startFakeAppService(directory, 'header');
  return {
    properties: { vaultUrl: vault.url },
    environment: { NODE_EXTRA_CA_CERTS: ca, IDENTITY_ENDPOINT: `${identity.url}/msi/token`, IDENTITY_HEADER: 'header' },
    counts: () => ({ calls: vault.requests.length + identity.requests.length, mostInFlight: vault.mostInFlight }),
    async close() {
      await Promise.all([vault.close(), identity.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}
