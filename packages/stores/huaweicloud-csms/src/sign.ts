import { createHash, createHmac } from 'node:crypto';
import { escapeSegment } from '@coffer/http-client';

/** An access key with its secret, and the token of a temporary one. */
export interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Empty for keys that last. */
  readonly securityToken: string;
}

/** A request without a body. */
export interface Unsigned {
  readonly method: string;
  /** Steps of the path, unescaped. */
  readonly segments: readonly string[];
  /** Unescaped, names in small letters. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers that the signature is to cover, names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Signed {
  /** Path and query as they are to be sent. */
  readonly target: string;
  /** All headers, those of the signature included. */
  readonly headers: Readonly<Record<string, string>>;
}

const ALGORITHM = 'SDK-HMAC-SHA256';
const EMPTY_BODY = sha256('');

/** Signs a request with SDK-HMAC-SHA256, at a time in milliseconds since the epoch. */
export function sign({ method, segments, query = {}, headers }: Unsigned, keys: Keys, now: number): Signed {
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const covered: Readonly<Record<string, string>> = {
    ...headers,
    'x-sdk-date': date,
    ...(keys.securityToken === '' ? {} : { 'x-security-token': keys.securityToken }),
  };
  const names = Object.keys(covered).sort();
  const path = segments.map((segment) => `/${encode(segment)}`).join('');
  const pairs = Object.entries(query).map(([name, text]) => `${encode(name)}=${encode(text)}`);
  const search = pairs.sort().join('&');
  const canonical = [
    method,
    path.endsWith('/') ? path : `${path}/`,
    search,
    ...names.map((name) => `${name}:${covered[name]?.trim()}`),
    '',
    names.join(';'),
    EMPTY_BODY,
  ].join('\n');
  const signature = createHmac('sha256', keys.secretKey)
    .update(`${ALGORITHM}\n${date}\n${sha256(canonical)}`)
    .digest('hex');
  const authorization = `${ALGORITHM} Access=${keys.accessKey}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { target: search === '' ? path : `${path}?${search}`, headers: { ...covered, authorization } };
}

/** Everything but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return escapeSegment(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
