import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request whose signature version 4 is to be checked, as AWS would see it. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningKey {
  readonly secretAccessKey: string;
  /** Of temporary keys. */
  readonly sessionToken?: string;
}

export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
/** AWS refuses what was signed longer ago. */
const LONGEST_AGE = 15 * 60_000;

/** What the signature says about itself when it is one of this request by a known key, else why not, in AWS's words. */
export function verifySignature(
  request: SignedRequest,
  keyOf: (accessKeyId: string) => SigningKey | undefined,
  now: number,
): Signature | string {
  const { method, url, headers, body } = request;
  const [, accessKeyId = '', day = '', region = '', service = '', names = '', given = ''] =
    FORM.exec(headers.authorization ?? '') ?? [];
  if (given === '') return 'IncompleteSignature';
  const key = keyOf(accessKeyId);
  if (key === undefined || (key.sessionToken ?? '') !== (headers['x-amz-security-token'] ?? '')) return 'InvalidClientTokenId';
  const time = headers['x-amz-date'] ?? '';
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(now - at) < LONGEST_AGE) || !time.startsWith(day)) return 'SignatureDoesNotMatch: Signature expired';
  const signedHeaders = names.split(';');
  if (!signedHeaders.includes('host') || headers.host !== url.host) return 'SignatureDoesNotMatch: host';

  const query = [...url.searchParams].map(([name, value]) => `${percent(name)}=${percent(value)}`).sort();
  const canonical = [
    method,
    url.pathname,
    query.join('&'),
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = [day, region, service, 'aws4_request'];
  const signingKey = scope.reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${key.secretAccessKey}`);
  const wanted = hmac(signingKey, ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n'));
  if (!timingSafeEqual(wanted, Buffer.from(given, 'hex'))) return 'SignatureDoesNotMatch';
  return { accessKeyId, region, service, signedHeaders };
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
function percent(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
