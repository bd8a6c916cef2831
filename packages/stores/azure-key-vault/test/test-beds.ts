import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { RemoteCall, TestBackend, TestBed } from '@coffer/conformance';
import { answer, backendFaults, createAuthority, type Fault, type SeenRequest } from '@coffer/fake-services';
import { startFakeKeyVault } from '@coffer/fake-services/azure';
import { FakeDirectory, startFakeEntra } from '@coffer/fake-services/azure/identity';
import { definition } from '../src/definition.ts';

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
/** Seconds. */
const PAUSE = 0.2;
/** Bytes. */
const LARGEST = 25 * 1024;

const authority = createAuthority();
const tls = authority.issue('localhost', ['localhost', '127.0.0.1']);

const refusal = (status: number, code: string, message: string, inner?: string): Fault =>
  answer(status, {}, { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } });

async function start(): Promise<TestBackend> {
  const directory = new FakeDirectory({ applications: [{ clientId: CLIENT, secrets: [SECRET] }] });
  const { tenantId, issuer: tokens } = directory;
  const vault = await startFakeKeyVault({ tokens, tenant: tenantId, tls });
  const entra = await startFakeEntra(directory, { tls });
  const folder = await mkdtemp(join(tmpdir(), 'coffer-azure-'));
  await writeFile(join(folder, 'ca.pem'), authority.cert);
  // In this process; in another one the file says whom to trust.
  setDefaultCACertificates([...getCACertificates('default'), authority.cert]);
  const denied = new Set<string>();
  vault.deny((action, name) => action === 'get' && denied.has(name));
  /** As they were put, by what they are to the vault. */
  const held = new Map<string, string>();
  const identity = { azureTenantId: tenantId, azureClientId: CLIENT, azureClientSecret: SECRET };
  const azureAuthorityHost = entra.url.replace('127.0.0.1', 'localhost');
  const settings = { vaultUrl: vault.url, azureAuthorityHost, ...identity };
  const { vaultUrl: _, ...nowhere } = settings;
  return {
    settings,
    environment: { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
    brokenSettings: [
      { what: 'no vault', settings: nowhere, at: 'check' },
      { what: 'a vault with a name and an address', settings: { ...settings, vaultName: 'shop' }, at: 'check' },
      { what: 'a name that no vault can have', settings: { ...nowhere, vaultName: 'shop/vault' }, at: 'check' },
      { what: 'an address without TLS', settings: { ...settings, vaultUrl: 'http://127.0.0.1' }, at: 'check' },
      { what: 'a cloud that there is not', settings: { ...settings, azureEnvironment: 'Mars' }, at: 'check' },
      { what: 'a secret without its application', settings: { ...settings, azureClientId: '' }, at: 'check' },
      { what: 'a way to log in that there is not', settings: { ...settings, azureAuthMethods: 'letter' }, at: 'check' },
      {
        what: 'a certificate that is none',
        settings: { ...settings, azureClientSecret: '', azureCertificate: 'no certificate' },
        at: 'init',
        codes: ['failed_precondition', 'invalid_argument'],
      },
      {
        what: 'a wrong client secret',
        settings: { ...settings, azureClientSecret: 'wrong' },
        at: 'read',
        codes: ['unauthenticated'],
      },
      {
        what: 'an application that is not known',
        settings: { ...settings, azureClientId: '00000000-0000-0000-0000-000000000000' },
        at: 'read',
        codes: ['unauthenticated'],
      },
      { what: 'another tenant', settings: { ...settings, azureTenantId: 'nobody.example' }, at: 'read' },
      {
        what: 'a vault that nobody answers for',
        settings: { ...settings, vaultUrl: 'https://127.0.0.1:1' },
        at: 'read',
        codes: ['unavailable'],
      },
      {
        what: 'an authority that nobody answers for',
        settings: { ...settings, azureAuthorityHost: 'https://localhost:1' },
        at: 'read',
        codes: ['unavailable'],
      },
    ],
    seed: async (name, values) => {
      held.set(name.toLowerCase(), name);
      return { version: vault.set(name, values[name] ?? '') };
    },
    remove: async (name) => {
      vault.delete(name);
      held.delete(name.toLowerCase());
      denied.delete(name);
    },
    refuses: (name, values) => {
      if (!/^[0-9A-Za-z-]{1,127}$/.test(name)) return 'a name has 1 to 127 ASCII letters, digits and hyphens';
      if ((held.get(name.toLowerCase()) ?? name) !== name) return 'names that differ in case alone are one to the vault';
      return Buffer.byteLength(values[name] ?? '') > LARGEST ? 'a value has at most 25 KiB' : undefined;
    },
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
    ...backendFaults(vault, {
      denied: refusal(403, 'Forbidden', 'Caller is not authorized to perform action on resource.', 'ForbiddenByRbac'),
      unauthenticated: refusal(401, 'Unauthorized', "[TokenExpired] Error validating token: 'S2S12086'."),
      // The vault asks for whole seconds; a gateway may ask for less.
      throttled: answer(
        429,
        { 'retry-after': String(PAUSE) },
        { error: { code: 'Throttled', message: 'Too many requests were received.' } },
      ),
      unavailable: answer(503, {}, '<html><body>The service is unavailable.</body></html>'),
    }),
    pauseAsked: PAUSE * 1000,
    calls: callsOf({ vault: vault.requests, entra: entra.requests }),
    close: async () => {
      await Promise.all([vault.close(), entra.close()]);
      await rm(folder, { recursive: true });
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
    calls.push(...entra.slice(seen.entra).map(({ method, path }) => ({ operation: tokenOperation(method, path) })));
    calls.push(...vault.slice(seen.vault).map(({ path }) => ({ operation: vaultOperation(path) })));
    Object.assign(seen, { vault: vault.length, entra: entra.length });
    return calls;
  };
}

/** The data action that a call needs, as roles name it. */
function vaultOperation(path: string): string {
  const isRead = /^\/secrets\/[^/]/.test(path);
  return `Microsoft.KeyVault/vaults/secrets/${isRead ? 'getSecret' : 'readMetadata'}/action`;
}

function tokenOperation(method: string, path: string): string {
  return `Microsoft Entra ID: ${method} ${path.includes('/oauth2/') ? '/{tenant}/oauth2/v2.0/token' : 'discovery'}`;
}
