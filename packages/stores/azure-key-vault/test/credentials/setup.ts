import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { cofferDialect, type Dialect, strictDialect } from '@coffer/core';
import { checkSettings, type Logger, type MetadataProblem } from '@coffer/core/driver';
import { type Certificate, createAuthority } from '@coffer/fake-services';
import { type Application, FakeDirectory, type ManagedIdentity } from '@coffer/fake-services/azure/identity';
import { cloudOf, withAuthority } from '../../src/cloud.ts';
import { credentialProblems } from '../../src/credentials/check.ts';
import { credentialFor } from '../../src/credentials/index.ts';
import { credentialMetadata } from '../../src/credentials/metadata.ts';
import { metadata as allMetadata } from '../../src/metadata.ts';
import { type AzureTransport, createTransport, type SdkOptions } from '../../src/transport.ts';

export const TENANT = '11111111-2222-3333-4444-555555555555';
export const CLIENT = '66666666-7777-8888-9999-000000000000';
export const SECRET = 'made-up-client-secret';
export const SCOPE = 'https://vault.azure.net/.default';

export const SYSTEM: ManagedIdentity = {
  clientId: '00000000-0000-0000-0000-00000000000a',
  objectId: '00000000-0000-0000-0000-00000000000b',
  resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm',
};
export const USER: ManagedIdentity = {
  clientId: '00000000-0000-0000-0000-0000000000aa',
  objectId: '00000000-0000-0000-0000-0000000000bb',
  resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop',
};

const authority = createAuthority();
/** For services that must be asked over TLS. */
export const tls: Certificate = authority.issue('localhost', ['localhost', '127.0.0.1']);
export const ca: string = authority.cert;

export function directoryOf(application: Partial<Application> = {}): FakeDirectory {
  const applications = [{ clientId: CLIENT, secrets: [SECRET], ...application }];
  return new FakeDirectory({ tenantId: TENANT, applications, system: SYSTEM, userAssigned: [USER] });
}

/** A transport that trusts the authority above; `route` sends an address elsewhere. */
export function transportOf(route: (url: string) => string = (url) => url): AzureTransport {
  const transport = createTransport({ environment: {}, ca });
  const routed = (options: SdkOptions): SdkOptions => {
    const sendRequest: HttpClient['sendRequest'] = (request) => {
      request.url = route(request.url);
      return options.httpClient.sendRequest(request);
    };
    return { ...options, httpClient: { sendRequest } };
  };
  const local: AzureTransport['local'] = {
    request: (asked, options) => transport.local.request({ ...asked, url: new URL(route(asked.url.href)) }, options),
  };
  return { ...transport, login: routed(transport.login), local };
}

export interface Setup {
  readonly properties?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly dialect?: Dialect;
  readonly route?: (url: string) => string;
  /** Where tokens come from; the authority of the public cloud when absent. */
  readonly entra?: { readonly port: number };
}

export interface LoggedIn {
  readonly credential: TokenCredential;
  readonly warnings: readonly string[];
  token(signal?: AbortSignal): Promise<string>;
}

/** The credential of a component with these properties. */
export async function logIn({
  properties = {},
  environment = {},
  dialect = cofferDialect,
  route,
  entra,
}: Setup): Promise<LoggedIn> {
  const { metadata } = checkSettings({ metadata: allMetadata }, { vaultName: 'myvault', ...properties }, 'tolerated');
  const warnings: string[] = [];
  const logger: Logger = { debug() {}, info() {}, error() {}, warn: (message) => void warnings.push(message) };
  const cloud = cloudOf(metadata.azureEnvironment);
  if (cloud === undefined) throw new TypeError('no such cloud');
  const credential = await credentialFor({
    metadata,
    cloud: entra === undefined ? cloud : withAuthority(cloud, `https://localhost:${entra.port}`),
    dialect: dialect.azureKeyVault,
    logger,
    environment: { PATH: '/nowhere', ...environment },
    transport: transportOf(route),
  });
  return {
    credential,
    warnings,
    async token(abortSignal) {
      const token = await credential.getToken(SCOPE, abortSignal === undefined ? {} : { abortSignal });
      if (token === null) throw new TypeError('there is no token');
      return token.token;
    },
  };
}

/** Problems of the settings as a start of the component sees them. */
export function problemsOf(
  properties: Readonly<Record<string, string>>,
  doubtful: 'refused' | 'tolerated' = 'refused',
): readonly MetadataProblem[] {
  return checkSettings({ metadata: credentialMetadata, check: credentialProblems }, properties, doubtful).problems;
}

export { cofferDialect, strictDialect };
