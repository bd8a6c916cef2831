import { KubernetesError } from '../errors.ts';
import type { Credential, CredentialSource } from './credentials.ts';

/** `users[].user.auth-provider` of a kubeconfig. */
export interface AuthProvider {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Logins that are built into clients (`oidc`, and others of old): the official client has them. Loading it takes tens of
 * megabytes, so it is loaded for such a user only. Fails with `configuration`.
 */
export function authProviderCredential(provider: AuthProvider, server: string): CredentialSource {
  let asking: Promise<Asker> | undefined;
  return {
    async current() {
      asking ??= loadAsker(provider, server);
      const ask = await asking;
      try {
        return await ask();
      } catch (cause) {
        const hint = 'log in again with the tool that wrote the kubeconfig';
        throw new KubernetesError('configuration', `getting credentials: auth-provider ${provider.name} gave none`, {
          hint,
          cause,
        });
      }
    },
    renew: () => false,
  };
}

type Asker = () => Promise<Credential>;

async function loadAsker(authProvider: AuthProvider, server: string): Promise<Asker> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  // The client is asked for a credential and makes no connection to the cluster.
  config.loadFromClusterAndUser({ name: 'cluster', server, skipTLSVerify: true }, { name: 'user', authProvider });
  return async () => {
    const options: Parameters<typeof config.applyToHTTPSOptions>[0] = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const { Authorization: header } = options.headers as Record<string, string>;
    if (header === undefined) throw new Error('no Authorization header');
    return { token: header.replace(/^Bearer /, '') };
  };
}
