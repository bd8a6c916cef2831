import { createHash, createHmac } from 'node:crypto';
import { escapeSegment } from '@coffer/http-client';

export interface Keys {
  readonly keyId: string;
  readonly secret: string;
  /** Of temporary credentials; empty for a lasting access key. */
  readonly token: string;
}

export interface Signable {
  readonly host: string;
  /** `x-acs-action`. */
  readonly action: string;
  /** `x-acs-version`: the date of the service's API. */
  readonly version: string;
  /** As `canonicalQuery` writes it. The body is empty, and the path is `/`. */
  readonly query: string;
  /** `2026-11-24T00:33:46Z`. */
  readonly date: string;
  /** Never used twice. */
  readonly nonce: string;
}

const ALGORITHM = 'ACS3-HMAC-SHA256';
const EMPTY_DIGEST = sha256('');

/** The headers of a POST, signed: what the service must know of it, and who says so. */
export function signedHeaders({ host, action, version, query, date, nonce }: Signable, keys: Keys): Record<string, string> {
  const headers: Record<string, string> = {
    host,
    ...(keys.token === '' ? {} : { 'x-acs-accesskey-id': keys.keyId }),
    'x-acs-action': action,
    'x-acs-content-sha256': EMPTY_DIGEST,
    'x-acs-date': date,
    ...(keys.token === '' ? {} : { 'x-acs-security-token': keys.token }),
    'x-acs-signature-nonce': nonce,
    'x-acs-version': version,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value.trim()}\n`);
  const canonical = ['POST', '/', query, lines.join(''), names, EMPTY_DIGEST].join('\n');
  const signature = createHmac('sha256', keys.secret)
    .update(`${ALGORITHM}\n${sha256(canonical)}`)
    .digest('hex');
  const authorization = `${ALGORITHM} Credential=${keys.keyId},SignedHeaders=${names},Signature=${signature}`;
  return { ...headers, authorization };
}

/** A query in the one form that both sides can derive: sorted, and escaped but for the unreserved characters of RFC 3986. */
export function canonicalQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .toSorted()
    .join('&');
}

function escaped(text: string): string {
  return escapeSegment(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
