import type { AuthApi } from './auth-api.ts';
import type { Credential } from './credential.ts';
import { fingerprintOf, type LoginMethod } from './method.ts';

export interface Userpass {
  readonly username: string;
  readonly password: Credential;
}

/** A user name with a password; mounts of the type ldap take the same login. */
export function userpassLogin(api: AuthApi, { username, password }: Userpass): LoginMethod {
  const hint = 'check vaultUsername and the password; several wrong ones lock the user for a while';
  return {
    isRepeatable: true,
    isRevoked: true,
    async prepare(options) {
      const secret = await password(options);
      const call = { path: ['login', username], body: { password: secret }, secrets: [secret], hint };
      return { fingerprint: fingerprintOf(username, secret), send: (options) => api.logIn(call, options) };
    },
  };
}
