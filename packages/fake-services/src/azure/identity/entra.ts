import { randomUUID } from 'node:crypto';
import type { Answer, FakeOptions, FakeService, SeenRequest } from '../../fake-service.ts';
import { startFakeService } from '../../fake-service.ts';
import { refusalOf } from './client-assertion.ts';
import type { Application, FakeDirectory } from './directory.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface FakeEntraOptions extends FakeOptions {
  /** What it calls itself, without a slash at the end: `https://localhost:PORT` by default. */
  readonly authority?: string;
}

/**
 * The authority of a directory (login.microsoftonline.com): instance and tenant discovery, and the token endpoint for
 * client credentials by secret, certificate or federated token. Libraries speak to it over TLS only.
 */
export function startFakeEntra(directory: FakeDirectory, options: FakeEntraOptions): Promise<FakeService> {
  const service: Promise<FakeService> = startFakeService(async (request) => {
    const authority = options.authority ?? (await service).url.replace('127.0.0.1', 'localhost');
    return answerOf(directory, request, authority);
  }, options);
  return service;
}

function answerOf(directory: FakeDirectory, request: SeenRequest, authority: string): Answer {
  const { method, path, query } = request;
  const [, first = '', ...rest] = path.split('/');
  const tail = rest.join('/');
  if (method === 'GET' && path === '/common/discovery/instance') {
    const tenant = /^https:\/\/[^/]+\/([^/]+)\//.exec(query.get('authorization_endpoint') ?? '')?.[1] ?? directory.tenantId;
    const host = new URL(authority).host;
    return {
      status: 200,
      body: {
        tenant_discovery_endpoint: `${authority}/${tenant}/v2.0/.well-known/openid-configuration`,
        'api-version': '1.1',
        metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
      },
    };
  }
  if (first !== directory.tenantId) {
    return failure(400, 'invalid_request', 90002, `Tenant '${first}' not found.`);
  }
  if (method === 'GET' && tail === 'v2.0/.well-known/openid-configuration') {
    const tenant = `${authority}/${first}`;
    return {
      status: 200,
      body: {
        token_endpoint: `${tenant}/oauth2/v2.0/token`,
        authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
        issuer: `${tenant}/v2.0`,
        jwks_uri: `${tenant}/discovery/v2.0/keys`,
      },
    };
  }
  if (method === 'POST' && tail === 'oauth2/v2.0/token') return tokenAnswer(directory, request, authority);
  return { status: 404, body: '' };
}

function tokenAnswer(directory: FakeDirectory, { body }: SeenRequest, authority: string): Answer {
  const form = new URLSearchParams(body.toString());
  if (form.get('grant_type') !== 'client_credentials') {
    return failure(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
  }
  const scopes = (form.get('scope') ?? '').split(' ').filter((scope) => scope.endsWith('/.default'));
  const resource = scopes[0]?.slice(0, -'/.default'.length) ?? '';
  if (scopes.length !== 1)
    return failure(400, 'invalid_scope', 70011, 'The provided request must include a scope input parameter.');
  const clientId = form.get('client_id') ?? '';
  const application = directory.applications.find((candidate) => candidate.clientId === clientId);
  if (application === undefined) {
    const text = `Application with identifier '${clientId}' was not found in the directory.`;
    return failure(400, 'unauthorized_client', 700016, text);
  }
  const refused = refusal(application, form, [
    `${authority}/${directory.tenantId}/oauth2/v2.0/token`,
    `${authority}/${directory.tenantId}/v2.0`,
  ]);
  if (refused !== undefined) return refused;
  if (!directory.resources.includes(resource)) {
    return failure(400, 'invalid_resource', 500011, `The resource principal named ${resource} was not found in the tenant.`);
  }
  const { lifetime } = directory;
  const token = directory.issue({ clientId, objectId: application.objectId ?? clientId }, resource);
  return {
    status: 200,
    body: { token_type: 'Bearer', expires_in: lifetime, ext_expires_in: lifetime, access_token: token },
  };
}

function refusal(application: Application, form: URLSearchParams, endpoints: readonly string[]): Answer | undefined {
  const secret = form.get('client_secret');
  if (secret !== null) {
    if (application.secrets?.includes(secret)) return undefined;
    return failure(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
  }
  const assertion = form.get('client_assertion');
  if (assertion === null || form.get('client_assertion_type') !== ASSERTION_TYPE) {
    return failure(401, 'invalid_client', 7000218, "The request body must contain 'client_assertion' or 'client_secret'.");
  }
  const why = refusalOf(assertion, application, endpoints);
  return why === undefined ? undefined : failure(401, why.error, why.number, why.text);
}

function failure(status: number, error: string, number: number, text: string): Answer {
  const ids = { trace_id: randomUUID(), correlation_id: randomUUID() };
  return { status, body: { error, error_description: `AADSTS${number}: ${text}`, error_codes: [number], ...ids } };
}
