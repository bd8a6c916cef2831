import { generateKeyPairSync, randomBytes } from 'node:crypto';
import forge from 'node-forge';

/** PEM texts of a made-up certificate. */
export interface MadeCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** An RSA certificate of its own, or of an issuer. */
export function makeCertificate(commonName: string, issuer?: MadeCertificate & { readonly commonName: string }): MadeCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const made = forge.pki.createCertificate();
  made.publicKey = forge.pki.publicKeyFromPem(publicKey);
  made.serialNumber = `01${randomBytes(8).toString('hex')}`;
  made.validity.notBefore = new Date(Date.now() - 86_400_000);
  made.validity.notAfter = new Date(Date.now() + 86_400_000);
  made.setSubject([{ name: 'commonName', value: commonName }]);
  made.setIssuer([{ name: 'commonName', value: issuer?.commonName ?? commonName }]);
  made.sign(forge.pki.privateKeyFromPem(issuer?.key ?? privateKey), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(made), key: privateKey };
}

/** The bytes of a PKCS#12 file. */
export function pkcs12Of(key: string, certificates: readonly string[], password: string, algorithm: 'aes256' | '3des'): Buffer {
  const chain = certificates.map((pem) => forge.pki.certificateFromPem(pem));
  const file = forge.pkcs12.toPkcs12Asn1(forge.pki.privateKeyFromPem(key), chain, password, { algorithm });
  return Buffer.from(forge.asn1.toDer(file).getBytes(), 'latin1');
}
