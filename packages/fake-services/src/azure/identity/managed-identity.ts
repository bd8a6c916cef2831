import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, type FakeService, type SeenRequest, startFakeService } from '../../fake-service.ts';
import type { FakeDirectory, ManagedIdentity } from './directory.ts';

/** Names that the query may give a user-assigned identity by, with what each is compared to. */
type Names = Readonly<Record<string, keyof ManagedIdentity>>;

/**
 * The instance metadata service of a virtual machine or of an AKS node (169.254.169.254). While an identity is being attached
 * it answers 404, while it is being updated 410; tests inject those.
 */
export function startFakeImds(directory: FakeDirectory): Promise<FakeService> {
  return startFakeService(({ method, path, query, headers }) => {
    if (method !== 'GET' || path.replace(/\/$/, '') !== '/metadata/identity/oauth2/token') return { status: 404, body: '' };
    if (headers.metadata !== 'true' && query.size > 0) return invalid('Required metadata header not specified');
    // Nobody may reach it through a proxy.
    if (headers['x-forwarded-for'] !== undefined) return invalid('Required metadata header not specified');
    if (!query.has('resource')) return invalid("Required query variable 'resource' is missing");
    if (query.get('api-version') !== '2018-02-01') return invalid("Query variable 'api-version' is not supported");
    const names: Names = { client_id: 'clientId', object_id: 'objectId', msi_res_id: 'resourceId', mi_res_id: 'resourceId' };
    const identity = identityOf(directory, query, names);
    if (identity === undefined) return invalid('Identity not found');
    return tokenAnswer(directory, identity, query.get('resource'), {
      expires_in: String(directory.lifetime),
      ext_expires_in: String(directory.lifetime),
      not_before: String(Math.floor(Date.now() / 1000)),
    });
  });
}

/** The token endpoint that App Service and Container Apps give in IDENTITY_ENDPOINT; `header` is in IDENTITY_HEADER. */
export function startFakeAppService(directory: FakeDirectory, header: string): Promise<FakeService> {
  return startFakeService(({ method, path, query, headers }) => {
    if (method !== 'GET' || path !== '/msi/token') return { status: 404, body: '' };
    if (headers['x-identity-header'] !== header) return appServiceFailure(401, 'The identity header is missing or wrong.');
    if (query.get('api-version') !== '2019-08-01') return appServiceFailure(400, 'The api-version is not supported.');
    if (!query.has('resource')) return appServiceFailure(400, 'The resource is missing.');
    const names: Names = { client_id: 'clientId', principal_id: 'objectId', object_id: 'objectId', mi_res_id: 'resourceId' };
    const identity = identityOf(directory, query, names);
    if (identity === undefined) return appServiceFailure(400, 'Unable to load the proper Managed Identity.');
    return tokenAnswer(directory, identity, query.get('resource'));
  });
}

/** The endpoint of an Azure Machine Learning compute: MSI_ENDPOINT and MSI_SECRET. Its `expires_on` is a date. */
export function startFakeMachineLearning(directory: FakeDirectory, secret: string): Promise<FakeService> {
  return startFakeService(({ method, query, headers }) => {
    if (method !== 'GET' || query.get('api-version') !== '2017-09-01') return { status: 400, body: { error: 'bad request' } };
    if (headers.secret !== secret) return { status: 401, body: { error: 'unauthorized' } };
    const identity = identityOf(directory, query, { clientid: 'clientId' });
    if (identity === undefined) return { status: 400, body: { error: 'no such identity' } };
    const expiresOn = new Date(Date.now() + directory.lifetime * 1000);
    const [date, time] = expiresOn.toISOString().split(/[T.]/);
    const [year, month, day] = (date as string).split('-').map(Number);
    return tokenAnswer(directory, identity, query.get('resource'), { expires_on: `${month}/${day}/${year} ${time} +00:00` });
  });
}

/** Cloud Shell: MSI_ENDPOINT alone. The token is the user's; no identity can be asked for. */
export function startFakeCloudShell(directory: FakeDirectory): Promise<FakeService> {
  return startFakeService(({ method, headers, body }) => {
    if (method !== 'POST' || headers.metadata !== 'true') return { status: 400, body: { error: { code: 'BadRequest' } } };
    const form = new URLSearchParams(body.toString());
    const { system } = directory;
    if (system === undefined || !form.has('resource')) return { status: 400, body: { error: { code: 'BadRequest' } } };
    return tokenAnswer(directory, system, form.get('resource'));
  });
}

/** The agent of an Arc-enabled server: whoever can read a file that it writes in `folder` is given the token. */
export function startFakeArc(directory: FakeDirectory, folder: string): Promise<FakeService> {
  mkdirSync(folder, { recursive: true });
  const keys = new Set<string>();
  return startFakeService(({ method, path, query, headers }: SeenRequest) => {
    if (method !== 'GET' || path !== '/metadata/identity/oauth2/token') return { status: 404, body: '' };
    if (headers.metadata !== 'true') return invalid('Required metadata header not specified');
    const key = headers.authorization?.replace(/^Basic /, '') ?? '';
    if (!keys.delete(key)) {
      const fresh = randomBytes(16).toString('hex');
      const file = join(folder, `${randomBytes(4).toString('hex')}.key`);
      writeFileSync(file, fresh);
      keys.add(fresh);
      return { status: 401, headers: { 'www-authenticate': `Basic realm=${file}` }, body: '' };
    }
    const { system } = directory;
    return system === undefined ? invalid('Identity not found') : tokenAnswer(directory, system, query.get('resource'));
  });
}

/** The identity that the query names; without a name the machine's own. */
function identityOf(directory: FakeDirectory, query: URLSearchParams, names: Names): ManagedIdentity | undefined {
  const named = Object.entries(names).find(([name]) => query.has(name));
  if (named === undefined) return directory.system;
  const [name, member] = named;
  const wanted = query.get(name)?.toLowerCase();
  return directory.userAssigned.find((identity) => identity[member].toLowerCase() === wanted);
}

function tokenAnswer(
  directory: FakeDirectory,
  identity: ManagedIdentity,
  resource: string | null,
  more: Readonly<Record<string, string>> = {},
): Answer {
  // The token names the resource as it was asked for, without a slash at its end.
  const audience = (resource ?? '').replace(/\/$/, '');
  if (!directory.resources.includes(audience)) {
    const text = `AADSTS500011: The resource principal named ${audience} was not found in the tenant.`;
    return { status: 400, body: { error: 'invalid_resource', error_description: text } };
  }
  return {
    status: 200,
    body: {
      access_token: directory.issue(identity, audience),
      client_id: identity.clientId,
      expires_on: String(Math.floor(Date.now() / 1000) + directory.lifetime),
      resource: audience,
      token_type: 'Bearer',
      ...more,
    },
  };
}

function invalid(text: string): Answer {
  return { status: 400, body: { error: 'invalid_request', error_description: text } };
}
function appServiceFailure(statusCode: number, message: string): Answer {
  return { status: statusCode, body: { statusCode, message, correlationId: '00000000-0000-0000-0000-000000000000' } };
}
