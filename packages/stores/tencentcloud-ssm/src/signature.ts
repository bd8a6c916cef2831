import { createHash, createHmac } from 'node:crypto';
import type { Keys } from './credentials/keys.ts';

/** A POST of JSON to the root of a host, which is all that the API has. */
export interface UnsignedRequest {
  /** First part of the host's name, as the scope of the key names it: `ssm`. */
  readonly service: string;
  /** As the Host header has it. */
  readonly host: string;
  readonly body: string;
  /** Seconds since the epoch, as X-TC-Timestamp has them. */
  readonly timestamp: number;
}

export const CONTENT_TYPE = 'application/json';
const ALGORITHM = 'TC3-HMAC-SHA256';
/** What is signed, besides the body. Headers may be added here in the order of their names. */
const SIGNED_HEADERS = 'content-type;host';

/** The Authorization header of a request: signature method v3 of the Tencent Cloud API. */
export function authorizationOf({ secretId, secretKey }: Keys, { service, host, body, timestamp }: UnsignedRequest): string {
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
  const scope = `${date}/${service}/tc3_request`;
  const headers = `content-type:${CONTENT_TYPE}\nhost:${host}\n`;
  const canonical = ['POST', '/', '', headers, SIGNED_HEADERS, digest(body)].join('\n');
  const stringToSign = [ALGORITHM, timestamp, scope, digest(canonical)].join('\n');
  const key = [date, service, 'tc3_request'].reduce<string | Buffer>(hmac, `TC3${secretKey}`);
  const signature = hmac(key, stringToSign).toString('hex');
  return `${ALGORITHM} Credential=${secretId}/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
