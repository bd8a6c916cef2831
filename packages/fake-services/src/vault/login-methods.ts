import { type KeyObject, verify } from 'node:crypto';
import type { SeenRequest } from '../fake-service.ts';
import { type SigningKey, verifySignature } from './sigv4.ts';
import type { TokenRules } from './tokens.ts';

/** One login as it came: what is after `login`, the members of the body. */
export interface LoginTry {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly request: SeenRequest;
  readonly now: number;
}

/** Rules of the token that the login gives, or the status and text of the refusal. */
export type LoginResult = TokenRules | readonly [status: number, text: string];
export type FakeMethod = (attempt: LoginTry) => LoginResult;

export interface FakeAppRole extends TokenRules {
  readonly roleId: string;
  /** Uses that each secret id has left; `Infinity` without limit. */
  readonly secretIds: Map<string, number>;
  readonly needsSecretId?: boolean;
}

export function appRole(...roles: readonly FakeAppRole[]): FakeMethod {
  return ({ body: { role_id: roleId, secret_id: secretId } }) => {
    const role = roles.find((role) => role.roleId === roleId);
    if (role?.needsSecretId === false) return role;
    if (typeof secretId !== 'string') return [400, 'missing secret_id'];
    const left = role?.secretIds.get(secretId) ?? 0;
    if (role === undefined || left <= 0) return [400, 'invalid role or secret ID'];
    role.secretIds.set(secretId, left - 1);
    return role;
  };
}

/** Vault's defaults: after so many wrong passwords, that long. */
const LOCKOUT = { threshold: 5, duration: 15 * 60_000 };

export function userpass(users: Readonly<Record<string, TokenRules & { readonly password: string }>>): FakeMethod {
  const failures = new Map<string, { count: number; at: number }>();
  return ({ name, body, now }) => {
    const last = failures.get(name);
    const failed = last !== undefined && now < last.at + LOCKOUT.duration ? last.count : 0;
    if (failed >= LOCKOUT.threshold) return [403, 'permission denied'];
    const user = users[name];
    if (user !== undefined && body.password === user.password) {
      failures.delete(name);
      return user;
    }
    failures.set(name, { count: failed + 1, at: now });
    return [400, 'invalid username or password'];
  };
}

export interface FakeJwtRole extends TokenRules {
  readonly audience: string;
  readonly subject?: string;
}

export function jwt(key: KeyObject, roles: Readonly<Record<string, FakeJwtRole>>, defaultRole = ''): FakeMethod {
  return ({ body, now }) => {
    const role = roles[String(body.role ?? defaultRole)];
    if (role === undefined) return [400, `role "${body.role ?? ''}" could not be found`];
    const claims = claimsOf(String(body.jwt), key);
    if (claims === undefined) return [400, 'error validating token: error verifying token signature'];
    if (Number(claims.exp) * 1000 < now) return [400, 'error validating token: token is expired'];
    if (claims.aud !== role.audience) return [400, 'error validating token: invalid audience (aud) claim'];
    if (role.subject !== undefined && claims.sub !== role.subject)
      return [400, 'error validating token: invalid subject (sub) claim'];
    return role;
  };
}

export interface FakeKubernetesRole extends TokenRules {
  readonly serviceAccount: string;
  readonly namespace: string;
}

/** The signature is looked at here, where a server asks the TokenReview API. */
export function kubernetes(key: KeyObject, roles: Readonly<Record<string, FakeKubernetesRole>>): FakeMethod {
  return ({ body, now }) => {
    const role = roles[String(body.role)];
    if (role === undefined) return [400, `invalid role name "${body.role}"`];
    const claims = claimsOf(String(body.jwt), key);
    if (claims === undefined || Number(claims.exp) * 1000 < now) return [403, 'permission denied'];
    const [, , namespace, account] = String(claims.sub).split(':');
    if (account !== role.serviceAccount) return [403, 'service account name not authorized'];
    if (namespace !== role.namespace) return [403, 'namespace not authorized'];
    return role;
  };
}

export interface FakeAwsRole extends TokenRules {
  readonly principal: string;
}

export interface FakeAws {
  readonly keys: ReadonlyMap<string, SigningKey & { readonly principal: string }>;
  readonly roles: Readonly<Record<string, FakeAwsRole>>;
  /** Of the STS endpoint that the server asks. */
  readonly region?: string;
  readonly serverId?: string;
}

/** Checks what the server and what STS check. */
export function aws({ keys, roles, region = 'us-east-1', serverId }: FakeAws): FakeMethod {
  return ({ body, now }) => {
    const text = (name: string) => Buffer.from(String(body[name] ?? ''), 'base64').toString();
    const url = new URL(text('iam_request_url'));
    const headers = JSON.parse(text('iam_request_headers')) as Record<string, string>;
    const request = { method: String(body.iam_http_request_method), url, headers, body: text('iam_request_body') };
    if (request.method !== 'POST' || url.pathname !== '/') return [400, 'error validating X-Vault-AWS-IAM: invalid request'];
    if (request.body !== 'Action=GetCallerIdentity&Version=2011-06-15') return [400, 'action is not GetCallerIdentity'];
    const signature = verifySignature(request, (id) => keys.get(id), now);
    if (typeof signature === 'string')
      return [400, `error making upstream request: received error code 403 from STS: ${signature}`];
    if (signature.region !== region || signature.service !== 'sts') {
      return [
        400,
        'error making upstream request: received error code 403 from STS: Credential should be scoped to a valid region',
      ];
    }
    if (serverId !== undefined) {
      if (headers['x-vault-aws-iam-server-id'] === undefined)
        return [400, 'error validating X-Vault-AWS-IAM-Server-ID header: missing header "X-Vault-AWS-IAM-Server-ID"'];
      if (headers['x-vault-aws-iam-server-id'] !== serverId)
        return [
          400,
          `error validating X-Vault-AWS-IAM-Server-ID header: expected "${serverId}" but got "${headers['x-vault-aws-iam-server-id']}"`,
        ];
      if (!signature.signedHeaders.includes('x-vault-aws-iam-server-id'))
        return [400, "error validating X-Vault-AWS-IAM-Server-ID header: header wasn't signed"];
    }
    const principal = keys.get(signature.accessKeyId)?.principal ?? '';
    const name = String(body.role ?? principal.split('/').at(-1));
    const role = roles[name];
    if (role === undefined) return [400, `entry for role "${name}" not found`];
    if (role.principal !== principal) return [400, `IAM Principal "${principal}" does not belong to the role "${name}"`];
    return role;
  };
}

/** Roles by the common name of the certificate. */
export function certificate(roles: Readonly<Record<string, TokenRules & { readonly commonName: string }>>): FakeMethod {
  return ({ body, request: { clientName } }) => {
    if (clientName === undefined) return [400, 'client certificate must be supplied'];
    const candidates = Object.entries(roles).filter(([name]) => body.name === undefined || body.name === name);
    const match = candidates.find(([, { commonName }]) => commonName === clientName);
    return match?.[1] ?? [400, 'failed to match all constraints for this login certificate'];
  };
}

/** Claims of a JWT signed with this key (RS256 or ES256). */
function claimsOf(token: string, key: KeyObject): Record<string, unknown> | undefined {
  const [header = '', payload = '', signature = ''] = token.split('.');
  if (signature === '') return undefined;
  const verifier = key.asymmetricKeyType === 'ec' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key;
  if (!verify('sha256', Buffer.from(`${header}.${payload}`), verifier, Buffer.from(signature, 'base64url'))) return undefined;
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}
