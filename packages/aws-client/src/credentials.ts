import type { DriverDialect, Logger } from '@coffer/core/driver';
import { HttpClient } from '@coffer/http-client';
import { type AwsCredentials, CredentialsCache, type CredentialsSource } from './credentials-cache.ts';
import { isEndedCredentials } from './errors.ts';
import type { AwsSettings } from './metadata.ts';
import { RequestHandler } from './request-handler.ts';
import { createSession } from './roles-anywhere.ts';

export interface CredentialsOptions {
  /** Region of STS; see `regionOf`. */
  readonly region: string;
  /** Sends what STS and Roles Anywhere are asked; the metadata services of machines and containers are asked directly. */
  readonly http?: HttpClient;
  readonly dialect?: Pick<DriverDialect['aws'], 'assumedRole' | 'rolesAnywhereNames'>;
  /** Names of the settings as the component spells them. */
  readonly propertyNames?: readonly string[] | undefined;
  readonly logger?: Logger;
}

const ANYWHERE = ['trustAnchorArn', 'trustProfileArn', 'assumeRoleArn'] as const;

/**
 * Who asks, in this order: IAM Roles Anywhere, when its three ARNs are set; keys; the default chain of the SDK (environment,
 * SSO and profiles, process, web identity, container, instance). `assumeRoleArn` is then assumed with those. Nothing is asked
 * for before the first `get()`, and the SDK is not loaded before it is needed.
 */
export function credentialsFor(settings: AwsSettings, options: CredentialsOptions): CredentialsCache {
  const { region, http = new HttpClient(), dialect } = options;
  if (usesRolesAnywhere(settings, options)) return new CredentialsCache(() => createSession(settings, region, http));
  const handler = new RequestHandler(http);
  const base = new CredentialsCache(keysOf(settings) ?? defaultChain(region, handler, options.logger));
  const role = dialect?.assumedRole === 'ignored' ? '' : (settings.assumeRoleArn ?? '');
  return role === '' ? base : new CredentialsCache(assumedRole(base, role, settings, region, handler));
}

/** Whether a component asks for a session of IAM Roles Anywhere, which init then makes. */
export function usesRolesAnywhere(
  settings: AwsSettings,
  { dialect, propertyNames }: Omit<CredentialsOptions, 'region'>,
): boolean {
  const isSpelled = (name: string) => dialect?.rolesAnywhereNames !== 'exact_case' || propertyNames?.includes(name) !== false;
  return ANYWHERE.every((name) => (settings[name] ?? '') !== '' && isSpelled(name));
}

function keysOf({ accessKey, secretKey, sessionToken }: AwsSettings): CredentialsSource | undefined {
  const [accessKeyId = '', secretAccessKey = ''] = [accessKey?.reveal(), secretKey?.reveal()];
  if (accessKeyId === '' || secretAccessKey === '') return undefined;
  const token = sessionToken?.reveal() ?? '';
  return async () => ({ accessKeyId, secretAccessKey, ...(token === '' ? {} : { sessionToken: token }) });
}

function defaultChain(region: string, handler: RequestHandler, logger: Logger | undefined): CredentialsSource {
  let chain: ((options: { forceRefresh: boolean }) => Promise<AwsCredentials>) | undefined;
  return async () => {
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
    // The SDK would read the shared files once in the life of the process, and never see keys that were rotated in them.
    const files = { ignoreCache: true };
    chain ??= fromNodeProviderChain({ ...files, clientConfig: clientConfig(region, handler), logger: sdkLogger(logger) });
    // This package keeps credentials itself; the chain would keep those that were refused.
    return chain({ forceRefresh: true });
  };
}

function assumedRole(
  base: CredentialsCache,
  role: string,
  { sessionName, externalId, stsEndpoint }: AwsSettings,
  region: string,
  handler: RequestHandler,
): CredentialsSource {
  const assume = async (identity: AwsCredentials): Promise<AwsCredentials> => {
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
    return fromTemporaryCredentials({
      masterCredentials: identity,
      params: {
        RoleArn: role,
        RoleSessionName: sessionName || 'DaprDefaultSession',
        ...(externalId ? { ExternalId: externalId } : {}),
      },
      clientConfig: { ...clientConfig(region, handler), ...(stsEndpoint ? { endpoint: stsEndpoint } : {}) },
    })();
  };
  return async () => {
    const identity = await base.get();
    try {
      return await assume(identity);
    } catch (cause) {
      if (!isEndedCredentials(cause)) throw cause;
      base.refuse(identity);
      return await assume(await base.get());
    }
  };
}

/** Retries are the caller's, who knows how much time there is. */
function clientConfig(
  region: string,
  handler: RequestHandler,
): { region: string; requestHandler: RequestHandler; maxAttempts: number } {
  return { region: region || 'us-east-1', requestHandler: handler, maxAttempts: 1 };
}

/** What the SDK warns of goes to our log, not to standard error. */
function sdkLogger(
  logger: Logger | undefined,
): Record<'trace' | 'debug' | 'info' | 'warn' | 'error', (message: unknown) => void> {
  const quiet = () => undefined;
  return { trace: quiet, debug: quiet, info: quiet, error: quiet, warn: (message) => logger?.warn(String(message).trim()) };
}
