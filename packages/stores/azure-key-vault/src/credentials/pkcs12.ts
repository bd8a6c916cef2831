import { createPrivateKey, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { type CertificateBag, UnreadableCertificate } from './certificate-bag.ts';

/** PBES2, the encryption of modern files, which the reference does not read. */
const PBES2 = Buffer.from('06092a864886f70d01050d', 'hex');

/**
 * Certificates and keys of a PKCS#12 file (RFC 7292), with old encryption (RC2, triple DES) or new (PBES2 with AES). Node
 * reads such files for TLS only and keeps the key to itself.
 */
export async function readPkcs12(bytes: Buffer, password: string, isLenient: boolean): Promise<CertificateBag> {
  if (!isLenient && bytes.includes(PBES2)) throw new UnreadableCertificate('its encryption is a newer one');
  const { pki } = forge;
  const file = openPkcs12(bytes, password);
  const bagsOf = (type: string | undefined) => (type === undefined ? [] : (file.getBags({ bagType: type })[type] ?? []));
  const certificates = bagsOf(pki.oids.certBag).map(({ cert, asn1 }) => {
    return new X509Certificate(Buffer.from(forge.asn1.toDer(cert ? pki.certificateToAsn1(cert) : asn1).getBytes(), 'latin1'));
  });
  const keys = [...bagsOf(pki.oids.pkcs8ShroudedKeyBag), ...bagsOf(pki.oids.keyBag)].map(({ key, asn1 }) => {
    const info = key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(key)) : asn1;
    return createPrivateKey({ key: Buffer.from(forge.asn1.toDer(info).getBytes(), 'latin1'), format: 'der', type: 'pkcs8' });
  });
  return { certificates, keys };
}

function openPkcs12(bytes: Buffer, password: string): forge.pkcs12.Pkcs12Pfx {
  let outer: forge.asn1.Asn1;
  try {
    outer = forge.asn1.fromDer(bytes.toString('latin1'));
  } catch (cause) {
    throw new UnreadableCertificate('it is neither PEM nor PKCS#12', { cause });
  }
  try {
    return forge.pkcs12.pkcs12FromAsn1(outer, password);
  } catch (cause) {
    throw new UnreadableCertificate('the password does not fit, or it is not PKCS#12', { cause });
  }
}
