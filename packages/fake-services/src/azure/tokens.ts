import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { isSignedBy, readJwt, signJwt } from './identity/jwt.ts';

/** What an access token says. Times are seconds since the epoch. */
export interface TokenClaims {
  readonly aud: string;
  readonly iss: string;
  readonly exp: number;
  readonly nbf?: number;
  readonly appid?: string;
  readonly oid?: string;
  readonly tid?: string;
}

/** Makes and checks access tokens: JWTs with an RS256 signature that only this issuer can make. */
export class TokenIssuer {
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

  issue(claims: TokenClaims): string {
    // No two tokens are the same, as with the real ones.
    return signJwt(this.#keys.privateKey, { kid: 'fake-issuer' }, { ...claims, uti: randomUUID() });
  }

  /** What a token of this issuer says, whether it has expired or not; undefined for any other text. */
  read(token: string): TokenClaims | undefined {
    const jwt = readJwt(token);
    if (jwt === undefined || !isSignedBy(jwt, this.#keys.publicKey)) return undefined;
    return jwt.claims as unknown as TokenClaims;
  }
}
