import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

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

/** Makes and checks access tokens: JWTs with a signature that only this issuer can make. */
export class TokenIssuer {
  readonly #key = randomBytes(32);

  issue(claims: TokenClaims): string {
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${signed}.${this.#signature(signed)}`;
  }

  /** What a token of this issuer says, whether it has expired or not; undefined for any other text. */
  read(token: string): TokenClaims | undefined {
    const parts = token.split('.');
    const [header, payload, signature] = parts;
    if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) return undefined;
    const given = Buffer.from(signature);
    const right = Buffer.from(this.#signature(`${header}.${payload}`));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims;
  }

  #signature(signed: string): string {
    return createHmac('sha256', this.#key).update(signed).digest('base64url');
  }
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
