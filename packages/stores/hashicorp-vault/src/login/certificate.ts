import type { AuthApi } from './auth-api.ts';
import { fingerprintOf, type LoginMethod } from './method.ts';

/** The client certificate of the connection. Without a role the server tries all that it has. */
export function certificateLogin(api: AuthApi, role: string | undefined): LoginMethod {
  const hint = `check that clientCert is signed by an authority that a role of ${api.name} trusts, and that nothing in between ends TLS`;
  const call = { path: ['login'], body: role ? { name: role } : {}, secrets: [], hint };
  return {
    isRepeatable: true,
    isRevoked: true,
    prepare: async () => ({ fingerprint: fingerprintOf(role), send: (options) => api.logIn(call, options) }),
  };
}
