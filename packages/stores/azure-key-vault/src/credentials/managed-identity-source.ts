import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import type { Environment } from './environment.ts';
import { LoginUnavailable } from './login.ts';

/** The identity that a token is asked for: the machine's own, or a user-assigned one by one of its names. */
export type IdentityName =
  | { readonly by: 'system' }
  | { readonly by: 'clientId' | 'objectId' | 'resourceId'; readonly value: string };

export interface LocalRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Who on this machine gives tokens to its identity, and how it is asked. */
export interface IdentitySource {
  readonly kind: 'imds' | 'app_service' | 'machine_learning' | 'cloud_shell' | 'arc';
  /** Statuses that another attempt may change. */
  readonly passing: (status: number) => boolean;
  /** Fails with `LoginUnavailable` for an identity that can't be asked for here. */
  request(resource: string, identity: IdentityName): LocalRequest;
  /** The same request once more, when the answer asks for a proof; undefined when it does not. */
  answerChallenge?(request: LocalRequest, challenge: string): Promise<LocalRequest>;
}

const IMDS = 'http://169.254.169.254';
const IMDS_PATH = '/metadata/identity/oauth2/token';
const ARC_FOLDER = '/var/opt/azcmagent/tokens';
const FAILED = 'ManagedIdentityCredential:';

/** Whether the environment says that this is one of Azure's hosts, without asking anybody. */
export function isCloudHost(environment: Environment): boolean {
  const { IDENTITY_ENDPOINT, IMDS_ENDPOINT, MSI_ENDPOINT } = environment;
  return [IDENTITY_ENDPOINT, IMDS_ENDPOINT, MSI_ENDPOINT].some((value) => value !== undefined && value !== '');
}

/** Where the metadata service of a machine is. AKS pod identity names another place for it. */
export function imdsUrl(environment: Environment): URL {
  return new URL(IMDS_PATH, environment.AZURE_POD_IDENTITY_AUTHORITY_HOST || IMDS);
}

/** The source that the environment names; the metadata service when it names none. Arc's agent writes its keys to `arcFolder`. */
export function sourceOf(environment: Environment, arcFolder: string = ARC_FOLDER): IdentitySource {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER, IDENTITY_SERVER_THUMBPRINT, IMDS_ENDPOINT } = environment;
  const { MSI_ENDPOINT, MSI_SECRET, DEFAULT_IDENTITY_CLIENT_ID } = environment;
  if (IDENTITY_ENDPOINT && IDENTITY_HEADER) {
    if (IDENTITY_SERVER_THUMBPRINT) throw new LoginUnavailable(`${FAILED} Service Fabric is not supported`);
    return appService(IDENTITY_ENDPOINT, IDENTITY_HEADER);
  }
  if (IDENTITY_ENDPOINT && IMDS_ENDPOINT) return arc(IDENTITY_ENDPOINT, arcFolder);
  if (MSI_ENDPOINT && MSI_SECRET) return machineLearning(MSI_ENDPOINT, MSI_SECRET, DEFAULT_IDENTITY_CLIENT_ID);
  if (MSI_ENDPOINT) return cloudShell(MSI_ENDPOINT);
  return imds(imdsUrl(environment));
}

/** Virtual machines, and the pods of AKS. */
function imds(url: URL): IdentitySource {
  return {
    kind: 'imds',
    // 404 while an identity is being attached, 410 while the service is being updated.
    passing: (status) => status === 404 || status === 410 || isThrottledOrDown(status),
    request: (resource, identity) => ({
      method: 'GET',
      url: withQuery(url, {
        'api-version': '2018-02-01',
        resource,
        ...named(identity, { clientId: 'client_id', objectId: 'object_id', resourceId: 'msi_res_id' }),
      }),
      headers: { metadata: 'true' },
    }),
  };
}

/** App Service, Functions and Container Apps. */
function appService(endpoint: string, header: string): IdentitySource {
  return {
    kind: 'app_service',
    passing: isThrottledOrDown,
    request: (resource, identity) => ({
      method: 'GET',
      url: withQuery(endpoint, {
        'api-version': '2019-08-01',
        resource,
        ...named(identity, { clientId: 'client_id', objectId: 'principal_id', resourceId: 'mi_res_id' }),
      }),
      headers: { 'x-identity-header': header },
    }),
  };
}

function machineLearning(endpoint: string, secret: string, defaultClientId: string | undefined): IdentitySource {
  return {
    kind: 'machine_learning',
    passing: isThrottledOrDown,
    request(resource, identity) {
      if (identity.by === 'objectId' || identity.by === 'resourceId') throw unknownName('Azure Machine Learning', 'client id');
      const clientId = identity.by === 'clientId' ? identity.value : defaultClientId;
      return {
        method: 'GET',
        url: withQuery(endpoint, { 'api-version': '2017-09-01', resource, ...(clientId ? { clientid: clientId } : {}) }),
        headers: { secret },
      };
    },
  };
}

function cloudShell(endpoint: string): IdentitySource {
  return {
    kind: 'cloud_shell',
    passing: isThrottledOrDown,
    request(resource, identity) {
      if (identity.by !== 'system') throw unknownName('Cloud Shell', undefined);
      return {
        method: 'POST',
        url: endpoint,
        headers: { metadata: 'true', 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ resource }).toString(),
      };
    },
  };
}

/** The agent of a server outside Azure. It gives a token to whoever can read a file that it has just written. */
function arc(endpoint: string, folder: string): IdentitySource {
  return {
    kind: 'arc',
    passing: isThrottledOrDown,
    request(resource, identity) {
      if (identity.by !== 'system') throw unknownName('Azure Arc', undefined);
      return {
        method: 'GET',
        url: withQuery(endpoint, { 'api-version': '2020-06-01', resource }),
        headers: { metadata: 'true' },
      };
    },
    async answerChallenge(request, challenge) {
      const file = /^Basic realm=(.+)$/i.exec(challenge)?.[1] ?? '';
      // Another local program may have taken the agent's port: it must not be able to have any file read to it.
      if (dirname(file) !== folder || extname(file) !== '.key' || basename(file).startsWith('.')) {
        throw new LoginUnavailable(`${FAILED} the agent names a file outside ${folder}`);
      }
      if ((await stat(file)).size > 4096) throw new LoginUnavailable(`${FAILED} the agent's file is too large`);
      const key = (await readFile(file, 'utf8')).trim();
      return { ...request, headers: { ...request.headers, authorization: `Basic ${key}` } };
    },
  };
}

function isThrottledOrDown(status: number): boolean {
  return status === 429 || status === 408 || status >= 500;
}

type ParameterNames = Readonly<Record<'clientId' | 'objectId' | 'resourceId', string>>;

function named(identity: IdentityName, names: ParameterNames): Readonly<Record<string, string>> {
  return identity.by === 'system' ? {} : { [names[identity.by]]: identity.value };
}

function withQuery(endpoint: string | URL, query: Readonly<Record<string, string>>): string {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function unknownName(place: string, possible: string | undefined): LoginUnavailable {
  const instead = possible === undefined ? 'only the identity of the place itself' : `only an identity by its ${possible}`;
  return new LoginUnavailable(`${FAILED} ${place} knows ${instead}`);
}
