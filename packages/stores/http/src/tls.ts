import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { osErrorText, SecretStoreError } from '@coffer/core/driver';
import type { TlsSettings } from '@coffer/http-client';
import type { HttpMetadata } from './metadata.ts';

type TlsMetadata = Pick<HttpMetadata, 'ca' | 'clientCert' | 'clientKey' | 'tlsServerName'>;

/** What certificates to trust and to show. Fails with `failed_precondition` for what can't be read or used. */
export async function readTls({ ca, clientCert, clientKey, tlsServerName }: TlsMetadata): Promise<TlsSettings> {
  const trusted = ca ? await authorities(ca) : undefined;
  const pair = clientCert && clientKey ? await certificate(clientCert, clientKey.reveal()) : {};
  return {
    ...(trusted === undefined ? {} : { ca: trusted }),
    ...pair,
    ...(tlsServerName ? { servername: tlsServerName } : {}),
  };
}

/** Whether there is anything on disk that may be replaced. */
export function hasTlsFiles({ ca, clientCert, clientKey }: TlsMetadata): boolean {
  return [ca, clientCert, clientKey?.reveal()].some((given) => given !== undefined && given !== '' && !isPem(given));
}

function isPem(given: string): boolean {
  return given.includes('-----BEGIN ');
}

/** One text, so that the same certificates are the same setting. */
async function authorities(given: string): Promise<string> {
  const found = (await pemOf('ca', given)).match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw unusable('setting ca holds no certificate', 'give it as PEM text: -----BEGIN CERTIFICATE----- …');
  if (!found.every(isCertificate)) throw unusable('setting ca holds a certificate that is none', 'look for one that was cut off');
  return found.join('\n');
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    // Whatever OpenSSL has against it.
    return false;
  }
}

async function certificate(clientCert: string, clientKey: string): Promise<TlsSettings> {
  const pair = { cert: await pemOf('clientCert', clientCert), key: await pemOf('clientKey', clientKey) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    const hint = 'clientCert is a certificate with those that follow it, clientKey its private key without a password';
    throw unusable("clientCert and clientKey don't fit", hint, cause);
  }
  return pair;
}

async function pemOf(setting: string, given: string): Promise<string> {
  if (isPem(given)) return given;
  return await readFile(given, 'utf8').catch((cause: unknown) => {
    // A key that lost its frame is no path to show, and neither is what failed to open it.
    if (setting === 'clientKey') throw unusable(`couldn't read clientKey: ${osErrorText(cause)}`, `${setting} ${EITHER}`);
    throw unusable(`couldn't read ${setting}: open ${given}: ${osErrorText(cause)}`, `${setting} ${EITHER}`, cause);
  });
}

const EITHER = 'is PEM text or the path of a file';

function unusable(detail: string, hint: string, cause?: unknown): SecretStoreError {
  return new SecretStoreError('failed_precondition', detail, { operation: 'init', hint, cause });
}
