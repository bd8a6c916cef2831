import { SecretStoreError } from '@coffer/core/driver';
import { escapeSegment, type HttpClient, jsonObjectOf } from '@coffer/http-client';
import { issuedCredentials, notIssued } from './issued.ts';
import type { CredentialSource } from './types.ts';

export interface InstanceMetadata {
  /** Goes through no proxy. */
  readonly http: HttpClient;
  readonly address: URL;
  /** Whether the service may be asked without a token, where it gives none. */
  readonly allowsTokenless: boolean;
}

const ORIGIN = 'metadata service';
const HINT = 'attach a RAM role to the instance, or set accessKeyId and accessKeySecret';
const CREDENTIALS = '/latest/meta-data/ram/security-credentials/';
const TOKEN_SECONDS = '60';

/**
 * Credentials of the RAM role of an ECS instance. Asked with a token of the hardened mode; instances that know only the normal
 * mode answer without.
 */
export function instanceRoleSource(metadata: InstanceMetadata, roleName: string): CredentialSource {
  return async ({ signal }) => {
    try {
      const headers = await tokenHeaders(metadata, signal);
      const role = roleName === '' ? await roleOf(metadata, headers, signal) : roleName;
      const body = await read(metadata, `${CREDENTIALS}${escapeSegment(role)}`, headers, signal);
      const fields = jsonObjectOf(body) ?? {};
      if (fields.Code !== 'Success') throw new SecretStoreError('unavailable', `${ORIGIN} gave no whole credentials`);
      return issuedCredentials(fields, ORIGIN);
    } catch (cause) {
      throw cause instanceof SecretStoreError ? cause : notIssued(cause, ORIGIN, HINT);
    } finally {
      // The next time is in an hour or more.
      metadata.http.close();
    }
  };
}

type Headers = Readonly<Record<string, string>>;

async function tokenHeaders(metadata: InstanceMetadata, signal: AbortSignal | undefined): Promise<Headers> {
  const { http, address, allowsTokenless } = metadata;
  const headers = { 'x-aliyun-ecs-metadata-token-ttl-seconds': TOKEN_SECONDS };
  const answer = await http.request({ method: 'PUT', url: new URL('/latest/api/token', address), headers, body: '' }, { signal });
  if (answer.status === 200) return { 'x-aliyun-ecs-metadata-token': answer.body.toString('latin1').trim() };
  if (allowsTokenless) return {};
  throw new SecretStoreError('unauthenticated', `${ORIGIN} gave no token: status ${answer.status}`, { hint: HINT });
}

async function roleOf(metadata: InstanceMetadata, headers: Headers, signal: AbortSignal | undefined): Promise<string> {
  const [role = ''] = (await read(metadata, CREDENTIALS, headers, signal)).toString('utf8').trim().split('\n');
  if (role !== '') return role;
  throw new SecretStoreError('unauthenticated', `${ORIGIN} names no role`, { hint: HINT });
}

async function read(
  { http, address }: InstanceMetadata,
  path: string,
  headers: Headers,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const { status, body } = await http.request({ url: new URL(path, address), headers }, { signal });
  if (status === 200) return body;
  const code = status >= 500 || status === 429 ? 'unavailable' : 'unauthenticated';
  const what = status === 404 ? 'knows no such role' : `answered ${status}`;
  throw new SecretStoreError(code, `${ORIGIN} ${what}`, { hint: HINT });
}
