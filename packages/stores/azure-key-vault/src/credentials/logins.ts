import { type DriverDialect, isSecretStoreError, SecretStoreError } from '@coffer/core/driver';
import type { CredentialContext } from '../credential-source.ts';
import { type AuthMethod, methodsListed } from './auth-methods.ts';
import { authorityOf } from './authority.ts';
import { azureCliLogin } from './azure-cli.ts';
import { type CertificateSettings, readCertificate } from './certificate.ts';
import { assertionLogin, certificateLogin, type EntraApplication, secretLogin } from './entra.ts';
import { type Login, LoginUnavailable } from './login.ts';
import { type ImdsProbe, managedIdentityLogin } from './managed-identity.ts';
import { type IdentityName, isCloudHost } from './managed-identity-source.ts';
import type { CredentialMetadata } from './metadata.ts';
import { patienceOf } from './retry.ts';
import { readFederatedToken } from './workload-identity.ts';

const CLI_LIMIT = 30_000;
/** For a metadata service when other ways may follow, and when none do. Milliseconds. */
const PROBE_LIMIT = { among: 1_000, alone: 3_000 };

/**
 * The ways to log in that a component has, in their order: those that `azureAuthMethods` lists, else what is configured
 * explicitly, else whatever the environment offers. Fails with the reference's texts when there is none.
 */
export async function loginsOf(context: CredentialContext, probe: ImdsProbe): Promise<readonly Login[]> {
  const settings = ownOf(context.metadata, context.dialect);
  const listed = methodsListed(settings.azureAuthMethods);
  const methods = listed ?? defaultMethods(settings, context);
  const makers = { ...context, settings, probe, isAlone: methods.length === 1 };
  const logins: Login[] = [];
  const failures: SecretStoreError[] = [];
  for (const method of methods) {
    try {
      logins.push(await MAKERS[method](makers));
    } catch (cause) {
      if (!isSecretStoreError(cause)) throw cause;
      failures.push(cause);
    }
  }
  // Credentials that are given and can't be read are meant to be used; what is merely not there is passed over.
  const malformed = failures.find(({ code }) => code !== 'failed_precondition');
  const isFatal = malformed !== undefined && context.dialect.malformedCredentials === 'refused';
  if (logins.length > 0 && !isFatal) return logins;
  const detail = `no suitable token provider for Azure AD; errors: ${failures.map((failure) => failure.detail).join('\n')}`;
  const [first] = failures;
  throw new SecretStoreError('failed_precondition', detail, { hint: (malformed ?? first)?.hint, cause: malformed ?? first });
}

/** Settings that the reference does not have are as if they were absent when the dialect ignores them. */
function ownOf(metadata: CredentialMetadata, { ownSettings }: DriverDialect['azureKeyVault']): CredentialMetadata {
  if (ownSettings) return metadata;
  const absent = {
    azureFederatedTokenFile: undefined,
    azureManagedIdentityObjectId: undefined,
    azureManagedIdentityResourceId: undefined,
  };
  return { ...metadata, ...absent };
}

function defaultMethods(settings: CredentialMetadata, { dialect, environment }: CredentialContext): readonly AuthMethod[] {
  const { azureTenantId: tenant, azureClientId: client, azureManagedIdentityObjectId, azureManagedIdentityResourceId } = settings;
  const isAlone = dialect.configuredLogin === 'alone';
  const explicit: AuthMethod[] = [];
  if (tenant && client && settings.azureClientSecret?.reveal()) explicit.push('secret');
  if (settings.azureCertificateFile || settings.azureCertificate?.reveal()) explicit.push('certificate');
  if (isAlone) {
    if (azureManagedIdentityObjectId || azureManagedIdentityResourceId) explicit.push('managed');
    const [first] = explicit;
    if (first !== undefined) return [first];
  }
  const workload: AuthMethod[] = workloadOf(settings, { dialect, environment }) === undefined ? [] : ['workload'];
  const spiffe: AuthMethod[] = !isAlone && tenant && client ? ['spiffe'] : [];
  const cli: AuthMethod[] = isCloudHost(environment) ? [] : ['cli'];
  return [...explicit, ...workload, ...spiffe, 'managed', ...cli];
}

interface Makers extends CredentialContext {
  readonly settings: CredentialMetadata;
  readonly probe: ImdsProbe;
  /** Whether no other way is tried. */
  readonly isAlone: boolean;
}

/** Fail with `failed_precondition` when something that the way needs is not there. */
const MAKERS: Readonly<Record<AuthMethod, (makers: Makers) => Login | Promise<Login>>> = {
  secret(makers) {
    const secret = makers.settings.azureClientSecret;
    if (!secret?.reveal()) throw missing('azureClientSecret', 'clientcredentials');
    return secretLogin(applicationOf(makers, 'clientcredentials'), secret);
  },

  async certificate(makers) {
    const { settings, dialect, logger } = makers;
    const certificate: CertificateSettings = {
      file: settings.azureCertificateFile,
      content: settings.azureCertificate,
      password: settings.azureCertificatePassword,
      formats: dialect.certificateFormats,
    };
    const { validTo } = await readCertificate(certificate);
    if (validTo < Date.now()) logger.warn(`the certificate of the application is over since ${new Date(validTo).toISOString()}`);
    return certificateLogin(applicationOf(makers, 'clientcertificate'), () => readCertificate(certificate));
  },

  workload(makers) {
    const workload = workloadOf(makers.settings, makers);
    if (workload === undefined) {
      throw missing('AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID and AZURE_TENANT_ID', 'workloadidentity');
    }
    const { tenantId, clientId, file } = workload;
    const application = { ...entraOf(makers), tenantId, clientId };
    return assertionLogin('WorkloadIdentityCredential', application, () => readFederatedToken(file));
  },

  spiffe(makers) {
    applicationOf(makers, 'spiffeworkloadidentity');
    return {
      async token() {
        throw new LoginUnavailable('SpiffeWorkloadIdentityCredential: there is no SPIFFE identity in this process');
      },
    };
  },

  managed({ settings, environment, transport, dialect, probe, isAlone }) {
    return managedIdentityLogin({
      identity: identityOf(settings),
      environment,
      client: transport.local,
      patience: patienceOf(dialect),
      probeLimit: isAlone && dialect.imdsProbe === 'when_tried' ? PROBE_LIMIT.alone : PROBE_LIMIT.among,
      probing: dialect.imdsProbe === 'when_tried' ? 'before' : 'by_token',
      probe,
    });
  },

  cli({ settings, environment, probe }) {
    const { platform } = process;
    const login = azureCliLogin({ tenantId: settings.azureTenantId, environment, platform, limit: CLI_LIMIT });
    return {
      async token(request) {
        if (probe.isThere && methodsListed(settings.azureAuthMethods) === undefined) {
          throw new LoginUnavailable('AzureCLICredential: not used on a host of Azure');
        }
        return await login.token(request);
      },
    };
  },
};

function missing(what: string, method: string): SecretStoreError {
  return new SecretStoreError('failed_precondition', `${method} needs ${what}`, { hint: `set ${what}` });
}

function applicationOf(makers: Makers, method: string): EntraApplication {
  const { azureTenantId: tenantId, azureClientId: clientId } = makers.settings;
  if (!tenantId || !clientId) throw missing('azureTenantId and azureClientId', method);
  return { ...entraOf(makers), tenantId, clientId };
}

function entraOf({ transport, dialect, cloud, environment }: Makers) {
  return {
    authorityHost: authorityOf(cloud, environment),
    transport: transport.login,
    patience: patienceOf(dialect),
  };
}

/** Workload identity is there when all it needs is; settings go before what the AKS webhook puts into the environment. */
function workloadOf(settings: CredentialMetadata, { dialect, environment }: Pick<CredentialContext, 'dialect' | 'environment'>) {
  const own = dialect.configuredLogin === 'alone' ? settings : undefined;
  const file = settings.azureFederatedTokenFile || environment.AZURE_FEDERATED_TOKEN_FILE;
  const tenantId = own?.azureTenantId || environment.AZURE_TENANT_ID;
  const clientId = own?.azureClientId || environment.AZURE_CLIENT_ID;
  return file && tenantId && clientId ? { file, tenantId, clientId } : undefined;
}

function identityOf(settings: CredentialMetadata): IdentityName {
  const { azureManagedIdentityObjectId: objectId, azureManagedIdentityResourceId: resourceId, azureClientId } = settings;
  if (objectId) return { by: 'objectId', value: objectId };
  if (resourceId) return { by: 'resourceId', value: resourceId };
  return azureClientId ? { by: 'clientId', value: azureClientId } : { by: 'system' };
}
