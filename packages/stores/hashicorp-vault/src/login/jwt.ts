import type { AuthApi } from './auth-api.ts';
import type { Credential } from './credential.ts';
import { fingerprintOf, type LoginMethod } from './method.ts';

export interface JwtLogin {
  /** The default role of the auth method when absent. */
  readonly role: string | undefined;
  readonly jwt: Credential;
  /** Whether a new JWT takes the place of one that expires, as in a file that a platform renews. */
  readonly isRenewed: boolean;
  /** What to check when the server refuses. */
  readonly hint: string;
}

/** A JWT of an identity provider, or of a Kubernetes service account: both are shown in the same way. */
export function jwtLogin(api: AuthApi, { role, jwt, isRenewed, hint }: JwtLogin): LoginMethod {
  return {
    isRepeatable: isRenewed,
    isRevoked: true,
    async prepare(options) {
      const token = await jwt(options);
      const body = { jwt: token, ...(role ? { role } : {}) };
      return {
        fingerprint: fingerprintOf(role, token),
        send: (options) => api.logIn({ path: ['login'], body, secrets: [token], hint }, options),
      };
    },
  };
}
