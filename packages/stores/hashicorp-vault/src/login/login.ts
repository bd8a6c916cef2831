import type { Logger, Redacted } from '@coffer/core/driver';
import type { VaultApi } from '../vault-api.ts';
import { appRoleLogin } from './app-role.ts';
import { AuthApi } from './auth-api.ts';
import { type AwsLogin, awsLogin } from './aws.ts';
import { certificateLogin } from './certificate.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Credential, credentialOf, fileCredential } from './credential.ts';
import { jwtLogin } from './jwt.ts';
import { LoginSession } from './login-session.ts';
import type { LoginMetadata } from './metadata.ts';
import type { LoginMethod } from './method.ts';
import { userpassLogin } from './userpass.ts';
import { wrappedTokenLogin } from './wrapped-token.ts';

/** Settings of the login, and those of the store that it looks at. */
export type LoginSettings = LoginMetadata & {
  readonly vaultToken: Redacted<string> | undefined;
  readonly vaultTokenMountPath: string | undefined;
  readonly vaultNamespace: string | undefined;
};

export interface LoginOptions {
  /** Without a token of its own. */
  readonly api: VaultApi;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly loadAwsClient?: AwsLogin['load'];
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The token source of settings that `checkLogin` finds right and that log in. Asks the server nothing before the first call. */
export function createLogin(settings: LoginSettings, options: LoginOptions): LoginSession {
  const { vaultAuthMethod, vaultAuthMountPath, vaultAuthNamespace, vaultNamespace } = settings;
  const mount = (vaultAuthMountPath || vaultAuthMethod).split('/').filter((segment) => segment !== '');
  const namespace = trimmed(vaultAuthNamespace) || trimmed(vaultNamespace) || undefined;
  const api = new AuthApi(options.api, { mount, namespace });
  const method = methodOf(settings, api, options);
  return new LoginSession({ api, method, logger: options.logger, clock: options.clock ?? systemClock });
}

function methodOf(settings: LoginSettings, api: AuthApi, { logger, loadAwsClient }: LoginOptions): LoginMethod {
  const role = settings.vaultRole;
  switch (settings.vaultAuthMethod) {
    case 'token':
      return wrappedTokenLogin(api, given(credentialOf('vault token', settings.vaultToken, settings.vaultTokenMountPath)));
    case 'approle': {
      const secretId = credentialOf('secret id', settings.vaultSecretId, settings.vaultSecretIdPath);
      return appRoleLogin(api, { roleId: settings.vaultRoleId ?? '', secretId, isWrapped: settings.vaultSecretIdWrapped });
    }
    case 'kubernetes': {
      const jwt = fileCredential('service account token', settings.vaultJwtPath || SERVICE_ACCOUNT_TOKEN);
      const hint = `check that the role ${role} of ${api.name} is bound to the service account, namespace and audience of this pod`;
      return jwtLogin(api, { role, jwt, isRenewed: true, hint });
    }
    case 'jwt': {
      const jwt = given(credentialOf('JWT', settings.vaultJwt, settings.vaultJwtPath));
      const hint = 'check vaultRole with its bound_audiences, bound_subject and bound_claims, and that the JWT has not expired';
      return jwtLogin(api, { role, jwt, isRenewed: Boolean(settings.vaultJwtPath), hint });
    }
    case 'userpass': {
      const password = given(credentialOf('password', settings.vaultPassword, settings.vaultPasswordPath));
      return userpassLogin(api, { username: settings.vaultUsername ?? '', password });
    }
    case 'aws':
      return awsLogin(api, {
        role,
        region: settings.vaultAwsRegion,
        serverId: settings.vaultAwsServerId,
        logger,
        ...(loadAwsClient === undefined ? {} : { load: loadAwsClient }),
      });
    case 'cert':
      return certificateLogin(api, role);
  }
}

function given(credential: Credential | undefined): Credential {
  if (credential === undefined) throw new TypeError('the settings of the login were not checked');
  return credential;
}

function trimmed(path: string | undefined): string {
  return path?.replace(/^\/+|\/+$/g, '') ?? '';
}
