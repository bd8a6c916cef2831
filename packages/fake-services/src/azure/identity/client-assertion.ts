import { createHash, X509Certificate } from 'node:crypto';
import type { Application } from './directory.ts';
import { isSignedBy, type Jwt, readJwt } from './jwt.ts';

/** Why an assertion is refused, with the number that Entra gives it; undefined when it is good. */
export interface Refusal {
  readonly error: string;
  readonly number: number;
  readonly text: string;
}

/**
 * Checks a client assertion as published for certificate credentials (RFC 7523, and `x5t` or `x5t#S256` for the
 * certificate) and for federated identities.
 */
export function refusalOf(assertion: string, application: Application, endpoints: readonly string[]): Refusal | undefined {
  const jwt = readJwt(assertion);
  if (jwt === undefined) return { error: 'invalid_client', number: 50027, text: 'Invalid JWT token.' };
  const isCertificate = jwt.header.x5t !== undefined || jwt.header['x5t#S256'] !== undefined;
  return isCertificate ? refusalOfSigned(jwt, application, endpoints) : refusalOfFederated(jwt, application);
}

function refusalOfSigned(jwt: Jwt, { clientId, certificates = [] }: Application, endpoints: readonly string[]) {
  const { header, claims } = jwt;
  const certificate = certificates.map((pem) => new X509Certificate(pem)).find((candidate) => isNamed(candidate, header));
  const invalid = (number: number, text: string): Refusal => ({ error: 'invalid_client', number, text });
  if (certificate === undefined || !isSignedBy(jwt, certificate.publicKey)) {
    return invalid(700027, 'The certificate with identifier used to sign the client assertion is not registered on application.');
  }
  if (claims.iss !== clientId || claims.sub !== clientId)
    return invalid(700021, 'Client assertion issuer or subject is not the client.');
  if (!endpoints.includes(String(claims.aud)))
    return invalid(700023, 'Client assertion audience claim does not match Realm issuer.');
  if (typeof claims.jti !== 'string') return invalid(700025, 'Client assertion has no identifier.');
  return isOver(claims) ? invalid(700024, 'Client assertion is not within its valid time range.') : undefined;
}

/** Whether the header names this certificate by one of its thumbprints. */
function isNamed({ raw }: X509Certificate, header: Jwt['header']): boolean {
  const thumbprint = (algorithm: string) => createHash(algorithm).update(raw).digest();
  // Some libraries pad, which base64url leaves open.
  const matches = (value: unknown, expected: Buffer) =>
    typeof value === 'string' && expected.equals(Buffer.from(value, 'base64url'));
  return matches(header.x5t, thumbprint('sha1')) || matches(header['x5t#S256'], thumbprint('sha256'));
}

function refusalOfFederated(jwt: Jwt, { federated = [] }: Application): Refusal | undefined {
  const { claims } = jwt;
  const match = federated.find(({ issuer, subject, audience = 'api://AzureADTokenExchange' }) => {
    const audiences = [claims.aud].flat();
    return claims.iss === issuer && claims.sub === subject && audiences.includes(audience);
  });
  if (match === undefined) {
    return {
      error: 'invalid_client',
      number: 700213,
      text: `No matching federated identity record found for presented assertion subject '${claims.sub}'.`,
    };
  }
  if (!isSignedBy(jwt, match.publicKey)) return { error: 'invalid_client', number: 7000272, text: 'Invalid signature.' };
  return isOver(claims)
    ? { error: 'invalid_client', number: 700024, text: 'Client assertion is not within its valid time range.' }
    : undefined;
}

function isOver({ nbf = 0, exp }: Jwt['claims']): boolean {
  const now = Date.now() / 1000;
  return Number(exp) <= now || Number(nbf) > now + 300;
}
