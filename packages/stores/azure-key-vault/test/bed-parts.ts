import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { BrokenSettings, TestBackend } from '@coffer/conformance';
import { answer, type BackendFaults, backendFaults, type FakeService, type Fault, type SeenRequest } from '@coffer/fake-services';

/** Seconds. The vault asks for whole ones; a gateway may ask for less. */
const PAUSE = 0.2;
/** Bytes. */
const LARGEST = 25 * 1024;

const refusal = (status: number, code: string, message: string, inner?: string): Fault =>
  answer(status, {}, { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } });

/** What breaks a vault and watches its calls. */
export function vaultFaults(vault: FakeService): BackendFaults & Pick<TestBackend, 'pauseAsked'> {
  const throttled = { error: { code: 'Throttled', message: 'Too many requests were received.' } };
  return {
    ...backendFaults(vault, {
      denied: refusal(403, 'Forbidden', 'Caller is not authorized to perform action on resource.', 'ForbiddenByRbac'),
      unauthenticated: refusal(401, 'Unauthorized', "[TokenExpired] Error validating token: 'S2S12086'."),
      throttled: answer(429, { 'retry-after': String(PAUSE) }, throttled),
      unavailable: answer(503, { 'retry-after': String(PAUSE) }, '<html><body>The service is unavailable.</body></html>'),
    }),
    pauseAsked: PAUSE * 1000,
  };
}

/** The data action that a call needs, as roles name it. */
export function vaultOperation({ path }: SeenRequest): string {
  const isRead = /^\/secrets\/[^/]/.test(path);
  return `Microsoft.KeyVault/vaults/secrets/${isRead ? 'getSecret' : 'readMetadata'}/action`;
}

export function brokenSettings(settings: Readonly<Record<string, string>>): readonly BrokenSettings[] {
  const { vaultUrl: _, ...nowhere } = settings;
  return [
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
    {
      what: 'another tenant',
      settings: { ...settings, azureTenantId: 'nobody.example' },
      at: 'read',
      codes: ['unauthenticated'],
    },
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
  ];
}

/** Names as they were put: the vault takes those that differ in case alone for one. */
export class HeldNames {
  readonly #names = new Map<string, string>();

  add(name: string): void {
    this.#names.set(name.toLowerCase(), name);
  }

  remove(name: string): void {
    this.#names.delete(name.toLowerCase());
  }

  /** Why the vault can't hold this secret beside the others; undefined when it can. */
  readonly refusalOf: NonNullable<TestBackend['refuses']> = (name, values) => {
    if (!/^[0-9A-Za-z-]{1,127}$/.test(name)) return 'a name has 1 to 127 ASCII letters, digits and hyphens';
    if ((this.#names.get(name.toLowerCase()) ?? name) !== name) return 'names that differ in case alone are one to the vault';
    return Buffer.byteLength(values[name] ?? '') > LARGEST ? 'a value has at most 25 KiB' : undefined;
  };
}

/** Lets this process trust these authorities, PEM, and others by the variables that it answers with. */
export async function trust(authorities: string): Promise<{
  readonly environment: Readonly<Record<string, string>>;
  forget(): Promise<void>;
}> {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, authorities]);
  const folder = await mkdtemp(join(tmpdir(), 'coffer-azure-'));
  const file = join(folder, 'ca.pem');
  await writeFile(file, authorities);
  return { environment: { NODE_EXTRA_CA_CERTS: file }, forget: () => rm(folder, { recursive: true }) };
}
