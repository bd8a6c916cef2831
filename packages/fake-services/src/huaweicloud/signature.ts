import { createHash, createHmac } from 'node:crypto';
import type { SeenRequest } from '../fake-service.ts';

/** An access key as the service knows it. */
export interface KnownKey {
  readonly secretKey: string;
  /** The token that must come with a temporary key. */
  readonly securityToken?: string;
  /** Milliseconds since the epoch from which a temporary key is not taken any more. */
  readonly expiresAt?: number;
}

/** How far a request's date may be from the service's clock. */
const SKEW = 15 * 60_000;
const FORM = /^SDK-HMAC-SHA256 Access=([^,\s]+), SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/** What is wrong with a request's SDK-HMAC-SHA256 signature at a time in milliseconds; undefined when nothing is. */
export function signatureProblem(
  request: SeenRequest,
  keys: ReadonlyMap<string, KnownKey>,
  now: number = Date.now(),
): string | undefined {
  const [, access = '', covered = '', signature = ''] = FORM.exec(headerOf(request, 'authorization')) ?? [];
  const key = keys.get(access);
  if (access === '') return 'the Authorization header is missing or of another form';
  if (key === undefined) return `the access key ${access} is not known`;
  if ((key.expiresAt ?? Number.POSITIVE_INFINITY) <= now) return 'the temporary key has expired';
  if (headerOf(request, 'x-security-token') !== (key.securityToken ?? '')) return 'the security token is not that of the key';
  const names = covered.split(';');
  if (names.join(';') !== [...names].sort().join(';')) return 'the signed headers are not in order';
  if (!names.includes('x-sdk-date')) return 'x-sdk-date is not signed';
  const date = headerOf(request, 'x-sdk-date');
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(at - now) <= SKEW)) return `the date ${date} is not within 15 minutes of the clock`;
  const text = ['SDK-HMAC-SHA256', date, sha256(canonicalRequest(request, names))].join('\n');
  return createHmac('sha256', key.secretKey).update(text).digest('hex') === signature
    ? undefined
    : 'the signature is not of this request and key';
}

/** The request in the one form that both sides derive, from what arrived. */
export function canonicalRequest(request: SeenRequest, names: readonly string[]): string {
  const path = request.path.split('/').map(recoded).join('/');
  const pairs = request.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => /^([^=]*)=?(.*)$/s.exec(pair) as RegExpExecArray)
    .map(([, name = '', text = '']) => [recoded(name).toLowerCase(), recoded(text.replaceAll('+', '%20'))] as const)
    .sort(([a, first], [b, second]) => (a === b ? (first < second ? -1 : 1) : a < b ? -1 : 1));
  return [
    request.method,
    path.endsWith('/') ? path : `${path}/`,
    pairs.map(([name, text]) => `${name}=${text}`).join('&'),
    names.map((name) => `${name}:${headerOf(request, name).trim()}\n`).join(''),
    names.join(';'),
    sha256(request.body),
  ].join('\n');
}

/** Escapes taken off and put on anew, for everything but letters, digits and `-_.~`, byte by byte. */
function recoded(text: string): string {
  const bytes = Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

function headerOf({ headers }: SeenRequest, name: string): string {
  return String(headers[name] ?? '');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
