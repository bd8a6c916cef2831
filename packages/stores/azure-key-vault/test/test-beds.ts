import type { RemoteCall, TestBackend, TestBed } from '@coffer/conformance';
import { createAuthority, type SeenRequest } from '@coffer/fake-services';
import { startFakeKeyVault } from '@coffer/fake-services/azure';
import { FakeDirectory, startFakeEntra } from '@coffer/fake-services/azure/identity';
import { definition } from '../src/definition.ts';
import { brokenSettings, HeldNames, trust, vaultFaults, vaultOperation } from './bed-parts.ts';

/** What the kit certifies this driver on without an account. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of Azure Key Vault and Microsoft Entra ID', version: '7.5', tier: 'fake' },
    start,
  },
];

const CLIENT = '66666666-7777-8888-9999-000000000000';
const SECRET = 'made-up-client-secret';

const authority = createAuthority();
const tls = authority.issue('localhost', ['localhost', '127.0.0.1']);

async function start(): Promise<TestBackend> {
  const directory = new FakeDirectory({ applications: [{ clientId: CLIENT, secrets: [SECRET] }] });
  const { tenantId, issuer: tokens } = directory;
  const vault = await startFakeKeyVault({ tokens, tenant: tenantId, tls });
  const entra = await startFakeEntra(directory, { tls });
  const { environment, forget } = await trust(authority.cert);
  const denied = new Set<string>();
  vault.deny((action, name) => action === 'get' && denied.has(name));
  const held = new HeldNames();
  const identity = { azureTenantId: tenantId, azureClientId: CLIENT, azureClientSecret: SECRET };
  const azureAuthorityHost = entra.url.replace('127.0.0.1', 'localhost');
  const settings = { vaultUrl: vault.url, azureAuthorityHost, ...identity };
  return {
    settings,
    environment,
    brokenSettings: brokenSettings(settings),
    seed: async (name, values) => {
      held.add(name);
      return { version: vault.set(name, values[name] ?? '') };
    },
    remove: async (name) => {
      vault.delete(name);
      held.remove(name);
      denied.delete(name);
    },
    refuses: held.refusalOf,
    listMissing: async (name) => void vault.set(name, undefined, { isGone: true }),
    deny: async (name) => void denied.add(name),
    versionHint: 'version_id',
    hints: {
      maxresults: {
        prepare: async () => {
          const names = ['one', 'another', 'a-third'];
          for (const name of names) vault.set(name, 'value');
          return { names, metadata: { maxresults: '2' }, fits: (read) => read.length === 2 };
        },
      },
    },
    ...vaultFaults(vault),
    calls: callsOf({ vault: vault.requests, entra: entra.requests }),
    close: async () => {
      await Promise.all([vault.close(), entra.close(), forget()]);
    },
  };
}

interface Seen {
  readonly vault: readonly SeenRequest[];
  readonly entra: readonly SeenRequest[];
}

/** What either has been asked since the last time, behind what it had been asked before. */
function callsOf({ vault, entra }: Seen): () => readonly RemoteCall[] {
  const calls: RemoteCall[] = [];
  const seen = { vault: 0, entra: 0 };
  return () => {
    calls.push(...entra.slice(seen.entra).map((request) => ({ operation: tokenOperation(request) })));
    calls.push(...vault.slice(seen.vault).map((request) => ({ operation: vaultOperation(request) })));
    Object.assign(seen, { vault: vault.length, entra: entra.length });
    return calls;
  };
}

function tokenOperation({ method, path }: SeenRequest): string {
  return `Microsoft Entra ID: ${method} ${path.includes('/oauth2/') ? '/{tenant}/oauth2/v2.0/token' : 'discovery'}`;
}
