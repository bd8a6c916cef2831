import { SecretStoreError } from '@coffer/core/driver';
import { type InstanceMetadata, instanceRoleSource } from './instance-role.ts';
import { oidcRoleSource, type Sts } from './oidc-role.ts';
import { type CredentialSource, lastingKeys } from './types.ts';

export interface CredentialContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly sts: Sts;
  readonly instance: InstanceMetadata;
  /** Setting `ecsRamRole`. */
  readonly ecsRamRole: string;
}

/**
 * Where credentials come from when the settings have none: a role of the instance that the settings name, the environment's
 * keys, the role of a pod, the role of the instance. Nothing is asked yet.
 */
export function findCredentials({ environment, sts, instance, ecsRamRole }: CredentialContext): CredentialSource {
  if (ecsRamRole !== '') return instanceRoleSource(instance, ecsRamRole);
  const keys = environmentKeys(environment);
  if (keys !== undefined) return keys;
  const roleArn = environment.ALIBABA_CLOUD_ROLE_ARN ?? '';
  const providerArn = environment.ALIBABA_CLOUD_OIDC_PROVIDER_ARN ?? '';
  const tokenFile = environment.ALIBABA_CLOUD_OIDC_TOKEN_FILE ?? '';
  if (roleArn !== '' && providerArn !== '' && tokenFile !== '') {
    const sessionName = environment.ALIBABA_CLOUD_ROLE_SESSION_NAME || 'coffer';
    return oidcRoleSource({ roleArn, providerArn, tokenFile, sessionName }, sts);
  }
  if (/^true$/i.test(environment.ALIBABA_CLOUD_ECS_METADATA_DISABLED ?? '')) throw noCredentials();
  return instanceRoleSource(instance, environment.ALIBABA_CLOUD_ECS_METADATA ?? '');
}

function environmentKeys(environment: CredentialContext['environment']): CredentialSource | undefined {
  const keyId = environment.ALIBABA_CLOUD_ACCESS_KEY_ID ?? '';
  const secret = environment.ALIBABA_CLOUD_ACCESS_KEY_SECRET ?? '';
  if (keyId === '' && secret === '') return undefined;
  if (keyId === '' || secret === '') {
    const missing = keyId === '' ? 'ALIBABA_CLOUD_ACCESS_KEY_ID' : 'ALIBABA_CLOUD_ACCESS_KEY_SECRET';
    const hint = 'set both variables, or neither to use other credentials';
    throw new SecretStoreError('failed_precondition', `${missing} is not set, and its counterpart is`, { hint });
  }
  return lastingKeys(keyId, secret, environment.ALIBABA_CLOUD_SECURITY_TOKEN ?? '');
}

export function noCredentials(cause?: unknown): SecretStoreError {
  const hint =
    'set accessKeyId and accessKeySecret, or ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or give the pod or the instance a role';
  return new SecretStoreError('failed_precondition', 'no credentials are found', { hint, cause });
}
