import type { KeyObject, X509Certificate } from 'node:crypto';

/** What is wrong with a certificate, for a hint; it quotes nothing of it. */
export class UnreadableCertificate extends Error {}

/** What a file holds. */
export interface CertificateBag {
  readonly certificates: readonly X509Certificate[];
  readonly keys: readonly KeyObject[];
}
