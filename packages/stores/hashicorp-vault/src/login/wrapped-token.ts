import type { AuthApi } from './auth-api.ts';
import type { Credential } from './credential.ts';
import { LoginError } from './errors.ts';
import { grantOf } from './grant.ts';
import { fingerprintOf, type LoginMethod } from './method.ts';
import { unwrap, type Wrapping } from './wrapping.ts';

const WRAPPING: Wrapping = {
  what: 'the token',
  // By an administrator, or by the login of something that delivers tokens.
  isCreationPath: (path) => /^auth\/(token\/create(-orphan|\/[^/]+)?|.+\/login(\/[^/]+)?)$/.test(path),
  creationPath: 'auth/token/create or a login',
};

/** A token inside a wrapping token. It is what somebody else was issued, so it is not revoked. */
export function wrappedTokenLogin(api: AuthApi, wrappingToken: Credential): LoginMethod {
  let opened = '';
  return {
    isRepeatable: false,
    isRevoked: false,
    async prepare(options) {
      const token = await wrappingToken(options);
      const fingerprint = fingerprintOf(token);
      return {
        fingerprint,
        async send(options) {
          if (fingerprint === opened) {
            const hint = 'wrapping tokens work once: give a new one, or let the store log in by itself (vaultAuthMethod)';
            throw new LoginError('unauthenticated', 'the unwrapped token has ended', { hint });
          }
          const { auth } = await unwrap(api, token, WRAPPING, options);
          opened = fingerprint;
          const grant = grantOf(auth);
          if (grant !== undefined) return grant;
          const hint = 'wrap the answer of auth/token/create: vault token create -wrap-ttl=120s';
          throw new LoginError('unauthenticated', "couldn't unwrap the token: the wrapped response holds none", { hint });
        },
      };
    },
  };
}
