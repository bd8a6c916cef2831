import { createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto';
import { errorInfo, Refusal } from './status.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const REFUSED =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';

export interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly scope?: string;
  readonly aud?: string;
  readonly iat?: number;
  readonly exp?: number;
}

/** Access tokens that were given out, and the keys of service accounts, which sign tokens of their own. */
export class Tokens {
  /** Seconds that new tokens live. */
  lifetime = 3599;
  readonly #issued = new Map<string, { readonly principal: string; readonly expiresAt: number }>();
  /** By account, then by key id. */
  readonly #keys = new Map<string, Map<string, KeyObject>>();

  issue(principal: string, lifetime: number = this.lifetime): string {
    const token = `ya29.${randomBytes(24).toString('base64url')}`;
    this.#issued.set(token, { principal, expiresAt: Date.now() + lifetime * 1000 });
    return token;
  }

  /** Tokens given out until now are worth nothing any more. Gives how many there were. */
  revokeAll(): number {
    const count = this.#issued.size;
    this.#issued.clear();
    return count;
  }

  addKey(email: string, keyId: string, publicKey: KeyObject): void {
    const keys = this.#keys.get(email) ?? new Map<string, KeyObject>();
    this.#keys.set(email, keys.set(keyId, createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))));
  }

  removeKeys(email: string): void {
    this.#keys.delete(email);
  }

  /** Who sends a request. Fails as Google does when its token is missing, unknown, ended or forged. */
  principalOf(authorization: string | undefined): string {
    const [, token] = /^Bearer (.+)$/.exec(authorization ?? '') ?? [];
    if (token === undefined) throw refusal('CREDENTIALS_MISSING', 'Request is missing required authentication credential.');
    const issued = this.#issued.get(token);
    if (issued !== undefined && issued.expiresAt > Date.now()) return issued.principal;
    const claims = issued === undefined ? this.claimsOf(token) : undefined;
    const principal = claims === undefined ? undefined : selfSigned(claims);
    if (principal !== undefined) return principal;
    throw refusal('ACCESS_TOKEN_EXPIRED', REFUSED);
  }

  /** Claims of a JWT that an account's key has signed; undefined when none has. */
  claimsOf(token: string): Claims | undefined {
    const [header = '', payload = '', signature = '', ...more] = token.split('.');
    if (signature === '' || more.length > 0) return undefined;
    const { alg, kid } = decode(header) as { alg?: string; kid?: string };
    const claims = decode(payload) as Claims;
    const keys = this.#keys.get(claims.iss ?? '');
    const tried = kid === undefined ? [...(keys?.values() ?? [])] : [keys?.get(kid)];
    const data = Buffer.from(`${header}.${payload}`);
    const isSigned = tried.some((key) => key !== undefined && verify('sha256', data, key, Buffer.from(signature, 'base64url')));
    return alg === 'RS256' && isSigned ? claims : undefined;
  }
}

/** The account of a self-signed token (AIP-4111): of now, an hour long at most, and for a scope or for the service. */
function selfSigned({ iss, sub, scope, aud, iat = 0, exp = 0 }: Claims): string | undefined {
  const now = Date.now() / 1000;
  const isCurrent = iat <= now + 30 && exp > now && exp - iat <= 3600;
  const isFor = scope?.split(' ').includes(SCOPE) || aud === 'https://secretmanager.googleapis.com/';
  return isCurrent && isFor && iss === sub ? iss : undefined;
}

function refusal(reason: string, message: string): Refusal {
  const metadata = { service: 'secretmanager.googleapis.com' };
  return new Refusal('UNAUTHENTICATED', message, [errorInfo(reason, 'googleapis.com', metadata)]);
}

function decode(part: string): object {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  } catch {
    return {};
  }
}
