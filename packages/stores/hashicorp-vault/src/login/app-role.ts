import type { CallOptions } from '@coffer/core/driver';
import type { AuthApi } from './auth-api.ts';
import type { Credential } from './credential.ts';
import { LoginError } from './errors.ts';
import { fingerprintOf, type LoginMethod } from './method.ts';
import { unwrap, type Wrapping } from './wrapping.ts';

export interface AppRole {
  readonly roleId: string;
  /** Absent for roles with `bind_secret_id=false`. */
  readonly secretId: Credential | undefined;
  /** Whether the secret id is inside a wrapping token. */
  readonly isWrapped: boolean;
}

/** AppRole: a role id with a secret id, which may be good for a time or a number of logins. */
export function appRoleLogin(api: AuthApi, { roleId, secretId, isWrapped }: AppRole): LoginMethod {
  const open = opener(api);
  const settings =
    secretId === undefined
      ? 'vaultRoleId; the role may need vaultSecretId or vaultSecretIdPath'
      : 'vaultRoleId and the secret id';
  const hint = `check ${settings}; a secret id may have expired or been used up, and both may be bound to other addresses`;
  return {
    isRepeatable: false,
    isRevoked: true,
    async prepare(options) {
      const given = await secretId?.(options);
      return {
        fingerprint: fingerprintOf(roleId, given),
        async send(options) {
          const secret = isWrapped && given !== undefined ? await open(given, options) : given;
          const body = { role_id: roleId, ...(secret === undefined ? {} : { secret_id: secret }) };
          return await api.logIn({ path: ['login'], body, secrets: [secret ?? ''], hint }, options);
        },
      };
    },
  };
}

/** Opens each wrapping token once and remembers the secret id of the last one. */
function opener(api: AuthApi): (wrappingToken: string, options: CallOptions) => Promise<string> {
  const mount = `auth/${api.place.mount.join('/')}/role/`;
  const wrapping: Wrapping = {
    what: 'the secret id',
    isCreationPath: (path) => path.startsWith(mount) && /^[^/]+\/(custom-)?secret-id$/.test(path.slice(mount.length)),
    creationPath: `${mount}…/secret-id`,
  };
  let last = { wrappingToken: '', secretId: '' };
  return async (wrappingToken, options) => {
    if (last.wrappingToken === wrappingToken) return last.secretId;
    const { data } = await unwrap(api, wrappingToken, wrapping, options);
    const secretId = typeof data === 'object' && data !== null && 'secret_id' in data ? data.secret_id : undefined;
    if (typeof secretId !== 'string') {
      throw new LoginError('unauthenticated', "couldn't unwrap the secret id: the wrapped response holds none");
    }
    last = { wrappingToken, secretId };
    return secretId;
  };
}
