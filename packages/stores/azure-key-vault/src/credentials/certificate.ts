import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { osErrorText, type Redacted, SecretStoreError } from '@coffer/core/driver';
import { type CertificateBag, UnreadableCertificate } from './certificate-bag.ts';

/** PEM texts: the certificate of the key first, then those of its chain; the key is in PKCS#8 and not encrypted. */
export interface ClientCertificate {
  readonly certificates: string;
  readonly privateKey: string;
  /** Milliseconds since the epoch. */
  readonly validTo: number;
}

export interface CertificateSettings {
  readonly file: string | undefined;
  readonly content: Redacted<string> | undefined;
  readonly password: Redacted<string> | undefined;
  /** `as_reference`: one certificate and one RSA key, and the encryption of old PKCS#12 files only. */
  readonly formats: 'all' | 'as_reference';
}

/** The reference's text for whatever it can't read. */
const NOT_VALID = 'failed to decode pkcs12 certificate while creating spt: certificate is not valid';
const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** Reads the certificate that the settings give; the file goes before the content. Fails with the reference's texts. */
export async function readCertificate(settings: CertificateSettings): Promise<ClientCertificate> {
  const bytes = await bytesOf(settings);
  const password = settings.password?.reveal() ?? '';
  const isLenient = settings.formats === 'all';
  try {
    const found = bytes.includes('-----BEGIN ')
      ? readPem(bytes.toString('latin1'), password, isLenient)
      : await (await import('./pkcs12.ts')).readPkcs12(isLenient ? derOf(bytes) : bytes, password, isLenient);
    return clientCertificate(found, isLenient);
  } catch (cause) {
    const hint = `${cause instanceof UnreadableCertificate ? cause.message : 'it can not be read'}: give PEM or PKCS#12 with an RSA key`;
    throw new SecretStoreError('invalid_argument', NOT_VALID, { hint });
  }
}

async function bytesOf({ file, content }: CertificateSettings): Promise<Buffer> {
  if (file) {
    try {
      return await readFile(file);
    } catch (cause) {
      const detail = `failed to read the certificate file (${file}): open ${file}: ${osErrorText(cause)}`;
      throw new SecretStoreError('invalid_argument', detail, { hint: 'check azureCertificateFile', cause });
    }
  }
  const text = content?.reveal() ?? '';
  if (text === '')
    throw new SecretStoreError('failed_precondition', 'certificate is not given', { hint: 'set azureCertificateFile' });
  return bytesOfText(text);
}

/** A byte that is not UTF-8 travels as the lone surrogate U+DC00 + byte. */
function bytesOfText(text: string): Buffer {
  return Buffer.concat(
    text.split(/([\uDC80-\uDCFF]+)/u).map((part, index) => {
      return index % 2 === 0 ? Buffer.from(part) : Buffer.from(Array.from(part, (unit) => unit.charCodeAt(0) - 0xdc00));
    }),
  );
}

/** A PKCS#12 file, or its base64, which is how Key Vault and Kubernetes hand one out. */
function derOf(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  return /^[A-Za-z0-9+/\s]+=*\s*$/.test(text) ? Buffer.from(text, 'base64') : bytes;
}

function readPem(text: string, password: string, isLenient: boolean): CertificateBag {
  const blocks = [...text.matchAll(PEM_BLOCK)].map(([pem, label = '']) => ({ pem, label }));
  const used = isLenient ? blocks : blocks.slice(0, 2);
  const keys = used.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (!isLenient && keys.some(({ pem, label }) => label.startsWith('ENCRYPTED') || pem.includes('ENCRYPTED'))) {
    throw new UnreadableCertificate('the key is encrypted');
  }
  return {
    certificates: used.filter(({ label }) => label === 'CERTIFICATE').map(({ pem }) => new X509Certificate(pem)),
    keys: keys.map(({ pem }) => keyOf(pem, password)),
  };
}

function keyOf(pem: string, password: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(password === '' ? {} : { passphrase: password }) });
  } catch (cause) {
    const isEncrypted = pem.includes('ENCRYPTED');
    const what = password === '' ? 'the key is encrypted and azureCertificatePassword is missing' : 'the password does not fit';
    throw new UnreadableCertificate(isEncrypted ? what : 'the key can not be read', { cause });
  }
}

function clientCertificate({ certificates, keys }: CertificateBag, isLenient: boolean): ClientCertificate {
  const [key, ...otherKeys] = keys;
  if (key === undefined) throw new UnreadableCertificate('it has no private key');
  if (certificates.length === 0) throw new UnreadableCertificate('it has no certificate');
  if (key.asymmetricKeyType !== 'rsa') throw new UnreadableCertificate('its key is not RSA');
  if (!isLenient && (certificates.length > 1 || otherKeys.length > 0)) throw new UnreadableCertificate('it has more than one');
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) throw new UnreadableCertificate('no certificate in it is that of its key');
  return {
    certificates: [own, ...certificates.filter((certificate) => certificate !== own)].join(''),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    validTo: Date.parse(own.validTo),
  };
}
