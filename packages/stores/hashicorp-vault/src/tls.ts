import { X509Certificate } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { type DriverDialect, isTruthy, type Logger, osErrorText, SecretStoreError } from '@coffer/core/driver';
import type { TlsSettings } from '@coffer/http-client';
import type { VaultMetadata } from './metadata.ts';

/**
 * What certificates to trust and to show. Fails with `failed_precondition` and the reference's text for a file that can't be
 * read or holds no certificate; nothing of the authorities is read when any certificate will do.
 */
export async function readTls(metadata: VaultMetadata, dialect: DriverDialect['hashicorpVault']): Promise<TlsSettings> {
  const client = dialect.ownSettings ? await clientCertificate(metadata) : {};
  const { tlsServerName } = metadata;
  if (skipsVerification(metadata, dialect)) return { ...client, rejectUnauthorized: false };
  const ca = await authorities(metadata, dialect);
  return { ...client, ...(ca === undefined ? {} : { ca }), ...(tlsServerName ? { servername: tlsServerName } : {}) };
}

/** Says so when any certificate will do for the server's. */
export function announceTls(metadata: VaultMetadata, dialect: DriverDialect['hashicorpVault'], logger: Logger): void {
  if (!skipsVerification(metadata, dialect)) return;
  const meaning = 'the certificate of the Vault server is not verified, and anybody in between can read the secrets';
  logger[dialect.skipVerify === 'exact' ? 'info' : 'warn'](`skipVerify is true: ${meaning}`);
}

/** Whether there is anything on disk that may be replaced. */
export function hasTlsFiles({ caPem, caPath, caCert, clientCert }: VaultMetadata): boolean {
  return Boolean(caPem ? clientCert : caPath || caCert || clientCert);
}

function skipsVerification({ skipVerify }: VaultMetadata, dialect: DriverDialect['hashicorpVault']): boolean {
  return dialect.skipVerify === 'exact' ? skipVerify === 'true' : isTruthy(skipVerify);
}

/** One list for all that trust nobody: settings are compared by identity. */
const NONE: string[] = [];

/** caPem before caPath before caCert, in one text; undefined when none is given. */
async function authorities(
  { caPem, caPath, caCert }: VaultMetadata,
  dialect: DriverDialect['hashicorpVault'],
): Promise<string | string[] | undefined> {
  if (caPem) return certificatesIn(caPem).join('\n');
  if (caPath) return (await certificatesBelow(caPath, dialect.dotEntries === 'skipped')).join('\n') || NONE;
  if (caCert) return certificatesIn(await contentsOf(caCert)).join('\n');
  return undefined;
}

/** The certificates of every file below a folder. */
async function certificatesBelow(folder: string, skipsDots: boolean): Promise<string[]> {
  try {
    const found: string[] = [];
    for await (const file of filesBelow(folder, skipsDots)) found.push(...certificatesIn(await contentsOf(file, '')));
    return found;
  } catch (cause) {
    if (!(cause instanceof SecretStoreError)) throw cause;
    const { detail, hint } = cause;
    throw unusable(`couldn't read certificates at ${folder}: ${detail.slice(PREFIX.length)}`, hint, cause);
  }
}

/** In the order of their names. A link to a folder is not gone into: volumes of Kubernetes have every file twice. */
async function* filesBelow(folder: string, skipsDots: boolean): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw unusable(`open ${folder}: ${osErrorText(cause)}`, 'check caPath', cause);
  });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (skipsDots && entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path, skipsDots);
    else if (!skipsDots || !(await isFolder(path))) yield path;
  }
}

async function isFolder(path: string): Promise<boolean> {
  // What is wrong with it is told when it is read.
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** PEM texts of the certificates among which at least one must be sound. */
function certificatesIn(text: string): string[] {
  const sound = (text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).filter(isCertificate);
  if (sound.length === 0) throw unusable("couldn't read PEM", 'give certificates as PEM text: -----BEGIN CERTIFICATE----- …');
  return sound;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    // Whatever OpenSSL has against it.
    return false;
  }
}

async function clientCertificate({ clientCert, clientKey }: VaultMetadata): Promise<TlsSettings> {
  const [given, key] = [clientCert ?? '', clientKey?.reveal() ?? ''];
  if (given === '' || key === '') return {};
  const pair = { cert: await pemOf(given, 'clientCert'), key: await pemOf(key, 'clientKey') };
  try {
    createSecureContext(pair);
  } catch (cause) {
    const hint = 'clientCert is a certificate with those that follow it, clientKey its private key without a password';
    throw unusable("the client certificate and its key don't fit", hint, cause);
  }
  return pair;
}

/** PEM text as it is; else it is the path of a file. */
async function pemOf(given: string, setting: string): Promise<string> {
  if (given.includes('-----BEGIN ')) return given;
  return await readFile(given, 'utf8').catch((cause) => {
    // A key that lost its frame is no path to show.
    const where = setting === 'clientKey' ? '' : ` ${given}`;
    throw unusable(
      `couldn't read ${setting} from disk: open${where}: ${osErrorText(cause)}`,
      `${setting} is PEM text or the path of a file`,
    );
  });
}

async function contentsOf(path: string, what = "couldn't read CA file from disk: "): Promise<string> {
  return await readFile(path, 'utf8').catch((cause) => {
    throw unusable(`${what}open ${path}: ${osErrorText(cause)}`, 'check that this process may read the file', cause);
  });
}

const PREFIX = "couldn't create client using config: ";

function unusable(detail: string, hint: string | undefined, cause?: unknown): SecretStoreError {
  return new SecretStoreError('failed_precondition', PREFIX + detail, { operation: 'init', hint, cause });
}
