import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { osErrorCode, osErrorText, SecretStoreError } from '@coffer/core/driver';
import { type AwsSettings, NO_CERTIFICATE } from './metadata.ts';

/** A certificate with its key, and the intermediates between it and the trust anchor. */
export interface X509Identity {
  readonly certificate: X509Certificate;
  readonly chain: readonly X509Certificate[];
  readonly key: KeyObject;
  readonly algorithm: 'AWS4-X509-RSA-SHA256' | 'AWS4-X509-ECDSA-SHA256';
}

const BEFORE = 'failed to get cert and signer: ';
const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** What the settings `certificate`, `certificateChain` and `privateKey` hold now: files are read. Fails with `failed_precondition`. */
export async function readIdentity(settings: AwsSettings): Promise<X509Identity> {
  const { certificate: leaf = '', certificateChain = '', privateKey } = settings;
  if (leaf === '' || privateKey === undefined) {
    throw new SecretStoreError('failed_precondition', NO_CERTIFICATE, { hint: 'set certificate and privateKey' });
  }
  const [text, more, keyText] = await Promise.all([
    pemOf('certificate', leaf),
    pemOf('certificateChain', certificateChain),
    pemOf('privateKey', privateKey.reveal()),
  ]);
  const [certificate, ...chain] = [...certificatesOf('certificate', text), ...certificatesOf('certificateChain', more)];
  if (certificate === undefined || !BLOCK_START.test(text)) throw failure('no certificates found in SVID', 'certificate');
  const key = keyOf(keyText);
  if (!certificate.checkPrivateKey(key)) throw failure('the private key is not that of the certificate', 'privateKey');
  const now = Date.now();
  if (certificate.validToDate.getTime() < now) throw failure('the certificate has expired', 'certificate');
  if (certificate.validFromDate.getTime() > now) throw failure('the certificate is not valid yet', 'certificate');
  return { certificate, chain, key, algorithm: algorithmOf(key) };
}
const BLOCK_START = /-----BEGIN CERTIFICATE-----/;

/** PEM text as it is; anything else is the path of a file. */
async function pemOf(setting: string, value: string): Promise<string> {
  if (value === '' || value.includes('-----BEGIN ')) return value;
  try {
    return await readFile(value, 'utf8');
  } catch (cause) {
    // A key that lacks its armour must not be told as if it were a path.
    const place = setting === 'privateKey' || value.length > 1000 || value.includes('\n') ? '' : ` ${value}`;
    const reason = osErrorCode(cause) === 'ENAMETOOLONG' ? 'neither PEM text nor a path' : osErrorText(cause);
    throw failure(`open${place}: ${reason}`, setting);
  }
}

function certificatesOf(setting: string, text: string): X509Certificate[] {
  return (text.match(BLOCK) ?? []).map((block) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw failure('a certificate can not be read', setting, cause);
    }
  });
}

function keyOf(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // What OpenSSL says about it may quote the key.
    throw failure('the private key can not be read', 'privateKey');
  }
}

function algorithmOf(key: KeyObject): X509Identity['algorithm'] {
  if (key.asymmetricKeyType === 'rsa') return 'AWS4-X509-RSA-SHA256';
  if (key.asymmetricKeyType === 'ec') return 'AWS4-X509-ECDSA-SHA256';
  throw failure(`workload private key is ${key.asymmetricKeyType}, but IAM Roles Anywhere requires ECDSA`, 'privateKey');
}

function failure(reason: string, setting: string, cause?: unknown): SecretStoreError {
  const hint = `check the setting ${setting}: PEM text, or the path of a PEM file; keys are RSA or EC and not encrypted`;
  return new SecretStoreError('failed_precondition', `${BEFORE}${reason}`, { hint, cause });
}
