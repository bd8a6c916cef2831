import { sign } from 'node:crypto';
import { SecretStoreError } from '@coffer/core/driver';
import { type HttpAnswer, type HttpClient, jsonObjectOf } from '@coffer/http-client';
import type { AwsCredentials } from './credentials-cache.ts';
import { readIdentity, type X509Identity } from './identity.ts';
import type { AwsSettings } from './metadata.ts';
import { domainOf, sha256 } from './signed-request.ts';

const DURATION_SECONDS = 3600;
const SERVICE = 'rolesanywhere';
const BEFORE = 'failed to retrieve credentials: ';

/**
 * Credentials of IAM Roles Anywhere: CreateSession, signed with the key of a certificate (the process that AWS publishes:
 * signature version 4 with an RSA or ECDSA signature in place of the HMAC). The certificate is read anew every time.
 */
export async function createSession(settings: AwsSettings, region: string, http: HttpClient): Promise<AwsCredentials> {
  const identity = await readIdentity(settings);
  const { trustAnchorArn = '', trustProfileArn = '', assumeRoleArn = '', rolesAnywhereEndpoint } = settings;
  // Sessions are made in the region of the trust anchor, wherever they are used.
  const where = trustAnchorArn.split(':')[3] || region;
  const url = new URL(`${rolesAnywhereEndpoint || `https://${SERVICE}.${where}.${domainOf(where)}`}`.replace(/\/+$/, ''));
  url.pathname = '/sessions';
  const body = JSON.stringify({
    durationSeconds: DURATION_SECONDS,
    profileArn: trustProfileArn,
    roleArn: assumeRoleArn,
    trustAnchorArn,
  });
  const headers = signedHeaders({ url, body, region: where, identity, now: new Date() });
  const answer = await http.request({ method: 'POST', url, headers, body });
  if (answer.status !== 200 && answer.status !== 201) throw refusal(answer);
  return credentialsOf(answer);
}

interface ToSign {
  readonly url: URL;
  readonly body: string;
  readonly region: string;
  readonly identity: X509Identity;
  readonly now: Date;
}

/** The headers of a CreateSession request, its `authorization` among them. */
export function signedHeaders({ url, body, region, identity, now }: ToSign): Record<string, string> {
  const { certificate, chain, key, algorithm } = identity;
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const date = time.slice(0, 8);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    host: url.host,
    'x-amz-date': time,
    'x-amz-x509': certificate.raw.toString('base64'),
    ...(chain.length === 0 ? {} : { 'x-amz-x509-chain': chain.map(({ raw }) => raw.toString('base64')).join(',') }),
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const signed = names.join(';');
  const canonical = ['POST', url.pathname, '', lines, signed, sha256(body)].join('\n');
  const scope = `${date}/${region}/${SERVICE}/aws4_request`;
  const signature = sign('sha256', Buffer.from([algorithm, time, scope, sha256(canonical)].join('\n')), key).toString('hex');
  const serial = BigInt(`0x${certificate.serialNumber}`);
  headers.authorization = `${algorithm} Credential=${serial}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  return headers;
}

function credentialsOf({ body }: HttpAnswer): AwsCredentials {
  const [session] = (jsonObjectOf(body) as SessionAnswer | undefined)?.credentialSet ?? [];
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = session?.credentials ?? {};
  const ends = Date.parse(expiration ?? '');
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(ends)) {
    throw new SecretStoreError('unavailable', `${BEFORE}credentials are not valid`);
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(ends) };
}

function refusal({ status, body }: HttpAnswer): SecretStoreError {
  const message = jsonObjectOf(body)?.message;
  const reason = typeof message === 'string' ? message : `the answer has the status ${status}`;
  const detail = `${BEFORE}operation error RolesAnywhere: CreateSession, https response error StatusCode: ${status}, ${reason}`;
  if (status === 429) return new SecretStoreError('resource_exhausted', detail);
  if (status >= 500) return new SecretStoreError('unavailable', detail);
  const hint =
    'check the certificate against the trust anchor, that profile and trust anchor are enabled, and the trust policy of the role';
  return new SecretStoreError(status === 403 ? 'permission_denied' : 'unauthenticated', detail, { hint });
}

interface SessionAnswer {
  readonly credentialSet?: readonly { readonly credentials?: Partial<Record<string, string>> }[];
}
