/** A token as the server granted or prolonged it. */
export interface TokenGrant {
  readonly token: string;
  /** Milliseconds that it lasts; 0: without end. */
  readonly duration: number;
  readonly renewable: boolean;
  /** Batch tokens are kept nowhere on the server: they are neither renewed nor revoked. */
  readonly isBatch: boolean;
  /** The policies let it ask about itself. */
  readonly mayLookUp: boolean;
}

/** The `auth` member of an answer; undefined when it has none with a token. */
export function grantOf(auth: unknown): TokenGrant | undefined {
  if (typeof auth !== 'object' || auth === null) return undefined;
  const { client_token: token, lease_duration: seconds, renewable, token_type: type, policies } = auth as AuthMember;
  if (typeof token !== 'string' || token === '') return undefined;
  return {
    token,
    duration: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 0,
    renewable: renewable === true,
    isBatch: type === 'batch',
    mayLookUp: Array.isArray(policies) && policies.some((policy) => policy === 'default' || policy === 'root'),
  };
}

interface AuthMember {
  readonly client_token?: unknown;
  readonly lease_duration?: unknown;
  readonly renewable?: unknown;
  readonly token_type?: unknown;
  readonly policies?: unknown;
}
