import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redacted, textOfBuffer } from '@coffer/core/driver';
import { createAuthority } from '@coffer/fake-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateSettings, readCertificate } from '../../src/credentials/certificate.ts';
import { makeCertificate, pkcs12Of } from './certificates.ts';

const PASSWORD = 'made-up-password';
const NOT_VALID = 'failed to decode pkcs12 certificate while creating spt: certificate is not valid';
const { certificate, key } = makeCertificate('shop');
const root = { commonName: 'root', ...makeCertificate('root') };
const leaf = makeCertificate('leaf', root);
const pkcs1 = createPrivateKey(key).export({ type: 'pkcs1', format: 'pem' }).toString();
const encrypted = createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSWORD });
const oldEncrypted = createPrivateKey(key).export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: PASSWORD });
const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);
const certificatesIn = (pem: string) => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'azure-certificate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Given {
  readonly file?: Buffer | string;
  readonly content?: string;
  readonly password?: string;
  readonly formats?: CertificateSettings['formats'];
}
function read({ file, content, password, formats = 'all' }: Given) {
  const path = join(folder, `${Math.random()}`);
  if (file !== undefined) writeFileSync(path, file);
  return readCertificate({
    file: file === undefined ? undefined : path,
    content: content === undefined ? undefined : new Redacted(content),
    password: password === undefined ? undefined : new Redacted(password),
    formats,
  });
}
const isReadable = async (given: Given, expected: string = certificate) => {
  const found = await read(given);
  const [first = ''] = certificatesIn(found.certificates);
  expect(new X509Certificate(first).fingerprint256).toBe(new X509Certificate(expected).fingerprint256);
  expect(new X509Certificate(first).checkPrivateKey(createPrivateKey(found.privateKey))).toBe(true);
  return found;
};
const isRefused = (given: Given, hint: string) =>
  expect(read(given)).rejects.toMatchObject({ code: 'invalid_argument', detail: NOT_VALID, hint: expect.stringContaining(hint) });

describe('certificates of an application, whichever dialect', () => {
  describe.each(['all', 'as_reference'] as const)('%s', (formats) => {
    it.each([
      ['the certificate, then the key', `${certificate}${key}`],
      ['the key, then the certificate', `${key}${certificate}`],
      ['a key in PKCS#1', `${certificate}${pkcs1}`],
      ['words around them', `Bag Attributes\n${certificate}\nmore\n${key}`],
    ])('A21: PEM with %s', async (_, text) => {
      await isReadable({ file: text, formats });
      await isReadable({ content: text, formats });
    });

    it('A18: PKCS#12 with old encryption and an empty password', async () => {
      const expected = readFileSync(fixture('certificate.pem'), 'utf8');
      await isReadable({ file: readFileSync(fixture('legacy-empty.pfx')), formats }, expected);
      await isReadable({ file: readFileSync(fixture('legacy-empty.pfx')), password: '', formats }, expected);
      await isReadable({ file: readFileSync(fixture('legacy.pfx')), password: PASSWORD, formats }, expected);
    });

    it('A19: PKCS#12 in the settings, as its bytes', async () => {
      const bytes = pkcs12Of(key, [certificate], PASSWORD, '3des');
      await isReadable({ content: textOfBuffer(bytes), password: PASSWORD, formats });
    });

    it('A20: a part of a file', async () => {
      const bytes = pkcs12Of(key, [certificate], PASSWORD, '3des');
      await isRefused({ content: textOfBuffer(bytes.subarray(0, 20)), password: PASSWORD, formats }, 'PKCS#12');
      await isRefused({ file: certificate.slice(0, 80), formats }, 'it has no private key');
      await isRefused({ file: 'nothing of the kind', formats }, 'it is neither PEM nor PKCS#12');
    });

    it('A22: a key that is not RSA', async () => {
      const { cert, key: ecKey } = createAuthority().issue('shop');
      await isRefused({ file: `${cert}${ecKey}`, formats }, 'its key is not RSA');
    });

    it('A23: the file goes before the content', async () => {
      const other = makeCertificate('other');
      await isReadable({ file: `${certificate}${key}`, content: `${other.certificate}${other.key}`, formats });
    });

    it('a file that can not be opened, a password that does not fit, a key of another certificate', async () => {
      const settings = { content: undefined, password: undefined, formats };
      await expect(readCertificate({ ...settings, file: '/nowhere/shop.pem' })).rejects.toMatchObject({
        detail: 'failed to read the certificate file (/nowhere/shop.pem): open /nowhere/shop.pem: no such file or directory',
      });
      await expect(read({ formats })).rejects.toMatchObject({ detail: 'certificate is not given' });
      const bytes = pkcs12Of(key, [certificate], PASSWORD, '3des');
      await isRefused({ file: bytes, password: 'another', formats }, 'the password does not fit');
      await isRefused({ file: `${leaf.certificate}${key}`, formats }, 'no certificate in it is that of its key');
    });
  });
});

describe('what the reference does not read', () => {
  const modern = readFileSync(fixture('modern.pfx'));
  const chain = `${root.certificate}${leaf.certificate}${leaf.key}`;
  const files: readonly (readonly [string, Given, string])[] = [
    ['a chain in PEM', { file: chain }, leaf.certificate],
    ['an encrypted key', { file: `${encrypted}${certificate}`, password: PASSWORD }, certificate],
    ['a key with the encryption of old', { file: `${oldEncrypted}${certificate}`, password: PASSWORD }, certificate],
    ['PKCS#12 as OpenSSL 3 writes it', { file: modern, password: PASSWORD }, readFileSync(fixture('certificate.pem'), 'utf8')],
    ['PKCS#12 with AES', { file: pkcs12Of(key, [certificate], PASSWORD, 'aes256'), password: PASSWORD }, certificate],
    ['a chain in PKCS#12', { file: pkcs12Of(leaf.key, [root.certificate, leaf.certificate], '', '3des') }, leaf.certificate],
    ['PKCS#12 as base64', { content: pkcs12Of(key, [certificate], '', '3des').toString('base64') }, certificate],
  ];

  it.each(files)('%s is read; the strict dialect refuses it', async (_, given, expected) => {
    await isReadable(given, expected);
    await expect(read({ ...given, formats: 'as_reference' })).rejects.toMatchObject({ detail: NOT_VALID });
  });

  it('the certificate of the key comes first, and the chain after it', async () => {
    const { certificates } = await isReadable({ file: chain }, leaf.certificate);
    expect(certificatesIn(certificates)).toHaveLength(2);
  });

  it('an encrypted key without its password, or with another', async () => {
    await isRefused({ file: `${encrypted}${certificate}` }, 'azureCertificatePassword is missing');
    await isRefused({ file: `${encrypted}${certificate}`, password: 'x' }, 'the password does not fit');
  });

  it('nothing of a file is in the failure', async () => {
    const file = Buffer.concat([Buffer.from(key), Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')]);
    const failure: unknown = await read({ file, password: PASSWORD }).catch((cause) => cause);
    const shown = `${failure}${JSON.stringify(failure)}${failure instanceof Error ? failure.stack : ''}`;
    expect(shown).not.toContain(key.split('\n')[1]);
    expect(shown).not.toContain(PASSWORD);
  });

  it('a key other than RSA in PKCS#12', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await isRefused({ file: privateKey.export({ type: 'pkcs8', format: 'der' }) }, 'PKCS#12');
  });
});
