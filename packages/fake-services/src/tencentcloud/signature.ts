import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SeenRequest } from '../fake-service.ts';
import { TencentFailure } from './failure.ts';

/** A key of the API as the service knows it. */
export interface TencentKey {
  readonly secretId: string;
  readonly secretKey: string;
  /** Of a temporary key: has to come with every request. */
  readonly token?: string;
  /** Milliseconds since the epoch; never when absent. */
  readonly expiresAt?: number;
}

export interface SignatureScope {
  /** The service that is asked: `ssm`. */
  readonly service: string;
  readonly keyOf: (secretId: string) => TencentKey | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Seconds that a request's timestamp may be off. */
const SKEW = 300;
const FORM =
  /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d\d-\d\d)\/([^/]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** Whose request it is by its signature of method v3 (TC3-HMAC-SHA256). Fails with `TencentFailure`, as the API does. */
export function signerOf(request: SeenRequest, { service, keyOf, now }: SignatureScope): TencentKey {
  const found = FORM.exec(headerOf(request, 'authorization'));
  if (found === null) throw invalidAuthorization();
  const [, secretId = '', date = '', scoped, signedHeaders = '', signature = ''] = found;
  const names = signedHeaders.split(';');
  // Both must be signed; the API wants names in order, so that there is one way to write them.
  const isInOrder = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  if (scoped !== service || !names.includes('content-type') || !names.includes('host') || !isInOrder)
    throw invalidAuthorization();
  const time = headerOf(request, 'x-tc-timestamp');
  const at = new Date(Number(time) * 1000);
  if (!/^\d+$/.test(time) || Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== date) throw invalidAuthorization();
  if (Math.abs(now / 1000 - Number(time)) > SKEW) throw expired();
  const key = keyOf(secretId);
  if (key === undefined) {
    const message = 'The SecretId is not found, please ensure that your SecretId is correct.';
    throw new TencentFailure('AuthFailure.SecretIdNotFound', message);
  }
  const text = `TC3-HMAC-SHA256\n${time}\n${date}/${service}/tc3_request\n${sha256(canonicalForm(request, names))}`;
  if (!timingSafeEqual(Buffer.from(signature, 'hex'), sign(key.secretKey, date, service, text))) {
    const message = 'The provided credentials could not be validated. Please check your signature is correct.';
    throw new TencentFailure('AuthFailure.SignatureFailure', message);
  }
  const isOver = key.expiresAt !== undefined && key.expiresAt <= now;
  if (isOver || (key.token ?? '') !== headerOf(request, 'x-tc-token')) {
    throw new TencentFailure('AuthFailure.TokenFailure', 'The token is not valid.');
  }
  return key;
}

/** Six lines: method, path, query, headers with a line end after each, their names, and the digest of the body. */
function canonicalForm(request: SeenRequest, names: readonly string[]): string {
  const lines = [request.method, request.path, request.search.slice(1)];
  for (const name of names) lines.push(`${name}:${headerOf(request, name).trim().toLowerCase()}`);
  lines.push('', names.join(';'), sha256(request.body));
  return lines.join('\n');
}

function sign(secretKey: string, date: string, service: string, text: string): Buffer {
  const dateKey = createHmac('sha256', `TC3${secretKey}`).update(date).digest();
  const serviceKey = createHmac('sha256', dateKey).update(service).digest();
  const signingKey = createHmac('sha256', serviceKey).update('tc3_request').digest();
  return createHmac('sha256', signingKey).update(text).digest();
}

function invalidAuthorization(): TencentFailure {
  return new TencentFailure('AuthFailure.InvalidAuthorization', 'The Authorization header of the request is invalid.');
}

function expired(): TencentFailure {
  const message = `The signature has expired: the timestamp is more than ${SKEW} seconds from the time of the server.`;
  return new TencentFailure('AuthFailure.SignatureExpire', message);
}

function headerOf({ headers }: SeenRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
