import { constants, type KeyObject, sign, verify } from 'node:crypto';

export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What is signed. */
  readonly signed: string;
  readonly signature: Buffer;
}

/** The parts of a compact JWS, or undefined when the text is none. */
export function readJwt(text: string): Jwt | undefined {
  const [head = '', body = '', signature = '', ...more] = text.split('.');
  const header = objectOf(head);
  const claims = objectOf(body);
  if (header === undefined || claims === undefined || signature === '' || more.length > 0) return undefined;
  return { header, claims, signed: `${head}.${body}`, signature: Buffer.from(signature, 'base64url') };
}

/** A JWS with RS256. */
export function signJwt(key: KeyObject, header: object, claims: object): string {
  const signed = [{ typ: 'JWT', alg: 'RS256', ...header }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

/** Whether the key made the signature, by the algorithm that the header names: RS256 or PS256 (RFC 7518 3.3, 3.5). */
export function isSignedBy({ header, signed, signature }: Jwt, key: KeyObject): boolean {
  const bytes = Buffer.from(signed);
  if (header.alg === 'RS256') return verify('sha256', bytes, key, signature);
  if (header.alg !== 'PS256') return false;
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify('sha256', bytes, { key, ...padding }, signature);
}

function objectOf(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
