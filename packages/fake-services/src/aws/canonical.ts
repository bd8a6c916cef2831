import { createHash } from 'node:crypto';
import type { SeenRequest } from '../fake-service.ts';
import { AwsFailure } from './failure.ts';
import { headerOf } from './wire.ts';

/** What an `Authorization` header of Signature Version 4 says. */
export interface Authorization {
  readonly algorithm: string;
  /** An access key, or the serial number of a certificate. */
  readonly key: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** How far a request's date may be from the server's clock. */
const SKEW = 15 * 60_000;
const FORM =
  /^(AWS4-[A-Z0-9-]+) Credential=([^/,]+)\/(\d{8})\/([^/,]*)\/([^/,]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/;

export function authorizationOf(request: SeenRequest): Authorization {
  const text = headerOf(request, 'authorization');
  if (text === '') throw new AwsFailure('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const found = FORM.exec(text);
  if (!found) throw new AwsFailure('IncompleteSignatureException', 'Authorization header is not of the expected form.');
  const [, algorithm = '', key = '', date = '', region = '', service = '', headers = '', signature = ''] = found;
  return { algorithm, key, date, region, service, signedHeaders: headers.split(';'), signature };
}

/** The text that a request's signature is of. Fails when the date is too far off, or a header that must be signed is not. */
export function stringToSign(request: SeenRequest, authorization: Authorization, now: number): string {
  const { algorithm, date, region, service, signedHeaders } = authorization;
  const time = headerOf(request, 'x-amz-date');
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(at - now) <= SKEW)) {
    const server = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
    throw new AwsFailure(
      'InvalidSignatureException',
      `Signature not yet current or expired: ${time} is not within 15 min. of ${server}`,
    );
  }
  if (!time.startsWith(date)) {
    throw new AwsFailure(
      'InvalidSignatureException',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${time}'`,
    );
  }
  for (const name of Object.keys(request.headers)) {
    const must = name === 'host' || (name.startsWith('x-amz-') && name !== 'x-amz-user-agent');
    if (must && !signedHeaders.includes(name)) {
      throw new AwsFailure('InvalidSignatureException', `'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
  const scope = `${date}/${region}/${service}/aws4_request`;
  return [algorithm, time, scope, sha256(canonicalRequest(request, signedHeaders))].join('\n');
}

/** Method, path, query, headers and a digest of the body, in the one form that both sides can derive. */
function canonicalRequest(request: SeenRequest, signedHeaders: readonly string[]): string {
  const query = request.search.slice(1);
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split(/=(.*)/s) as [string, string?]);
  const canonicalQuery = pairs
    .map(([name, value = '']) => `${encode(decode(name))}=${encode(decode(value))}`)
    .toSorted()
    .join('&');
  const headers = signedHeaders.map((name) => `${name}:${headerOf(request, name).trim().replace(/ +/g, ' ')}\n`).join('');
  // The path is encoded a second time, as every service but S3 wants it.
  const canonicalPath = request.path.split('/').map(encode).join('/');
  return [request.method, canonicalPath, canonicalQuery, headers, signedHeaders.join(';'), sha256(request.body)].join('\n');
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
/** Everything but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
