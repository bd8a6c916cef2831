import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SeenRequest } from '../fake-service.ts';
import { AlicloudFailure } from './failure.ts';

/*
 * Signature method V3 of Alibaba Cloud, from its description for those who write clients:
 * https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */

/** The secret of an access key, given the security token that came with it (empty for none). Fails for keys that nobody has. */
export type SecretOf = (keyId: string, token: string) => string;

const ALGORITHM = 'ACS3-HMAC-SHA256';
const FORM = /^(\S+) Credential=([^,]*),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/;

/** What is wrong with who a request says it is of; undefined when nothing is. Neither its date nor its nonce is looked at. */
export function signatureProblem(request: SeenRequest, secretOf: SecretOf): string | undefined {
  try {
    checkSignature(request, secretOf);
    return undefined;
  } catch (cause) {
    if (cause instanceof AlicloudFailure) return `${cause.code}: ${cause.message}`;
    throw cause;
  }
}

/** The id of the key that a request is signed with. Fails with `AlicloudFailure`. */
export function checkSignature(request: SeenRequest, secretOf: SecretOf): string {
  const [, algorithm, keyId = '', names = '', signature = ''] = FORM.exec(headerOf(request, 'authorization')) ?? [];
  if (algorithm !== ALGORITHM) {
    throw new AlicloudFailure(400, 'IncompleteSignature', 'The request signature does not conform to Alibaba Cloud standards.');
  }
  const signed = names.split(';');
  checkHeaders(request, signed);
  const text = [ALGORITHM, sha256(canonicalRequest(request, signed))].join('\n');
  const secret = secretOf(keyId, headerOf(request, 'x-acs-security-token'));
  const expected = createHmac('sha256', secret).update(text).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    throw new AlicloudFailure(
      400,
      'SignatureDoesNotMatch',
      `Specified signature is not matched with our calculation. server StringToSign is [${text}], server CanonicalRequest is [${canonicalRequest(request, signed)}]`,
    );
  }
  return keyId;
}

/** All that must be signed is, in order, and the digest is the body's. */
function checkHeaders(request: SeenRequest, signed: readonly string[]): void {
  const incomplete = (message: string) => new AlicloudFailure(400, 'IncompleteSignature', message);
  if (signed.toSorted().join() !== signed.join()) throw incomplete('SignedHeaders are not in order.');
  const sent = Object.keys(request.headers);
  const must = sent.filter((name) => name === 'host' || name === 'content-type' || name.startsWith('x-acs-'));
  const missing = must.find((name) => !signed.includes(name)) ?? signed.find((name) => !sent.includes(name));
  if (missing !== undefined) throw incomplete(`${missing} is not among both the headers and the SignedHeaders.`);
  if (headerOf(request, 'x-acs-content-sha256') !== sha256(request.body)) {
    throw incomplete('x-acs-content-sha256 is not the digest of the body.');
  }
}

function canonicalRequest(request: SeenRequest, signed: readonly string[]): string {
  const headers = signed.map((name) => `${name}:${headerOf(request, name).trim()}\n`).join('');
  const digest = headerOf(request, 'x-acs-content-sha256');
  return [request.method, request.path, canonicalQuery(request.search), headers, signed.join(';'), digest].join('\n');
}

/** By name; what was sent is decoded and escaped anew, so that `+` and `%20` are the same. */
function canonicalQuery(search: string): string {
  const pairs = search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '');
  return pairs
    .map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return [reescaped(name), reescaped(value)] as const;
    })
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Byte by byte, so that what is no UTF-8 stays what it is. */
function reescaped(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return bytes.replace(
    /[^A-Za-z0-9._~-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

export function headerOf({ headers }: SeenRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.join(',') ?? '');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
