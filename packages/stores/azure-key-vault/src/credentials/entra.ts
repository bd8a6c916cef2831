import type { AccessToken, TokenCredential } from '@azure/core-auth';
import type { HttpClient, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import type { ClientAssertionCredentialOptions } from '@azure/identity';
import { isSecretStoreError, type Redacted, SecretStoreError } from '@coffer/core/driver';
import { HttpFailure, jsonObjectOf, retryAfterOf } from '@coffer/http-client';
import type { SdkOptions } from '../transport.ts';
import type { ClientCertificate } from './certificate.ts';
import { type Login, LoginUnavailable, type TokenRequest } from './login.ts';
import { Passing, type Patience, withRetries } from './retry.ts';

/** An application of a tenant, and where its tokens come from. */
export interface EntraApplication {
  readonly tenantId: string;
  readonly clientId: string;
  /** `https://login.microsoftonline.com`. */
  readonly authorityHost: string;
  readonly transport: SdkOptions;
  readonly patience: Patience;
}

/** What Entra says when it refuses, by the number of its text. */
const HINTS: Readonly<Record<string, string>> = {
  '700016': 'azureClientId is not an application of this tenant: check azureClientId and azureTenantId',
  '90002': 'check azureTenantId and azureEnvironment',
  '900023': 'check azureTenantId',
  '7000215': 'check azureClientSecret: it is the value of a secret, not its id',
  '7000222': 'the client secret has expired: add a new one to the application',
  '700027': 'upload the certificate to the application, or check azureCertificateFile',
  '700024': 'the token is over or not yet good: check the clock of this machine',
  '700021': 'the federated credential of the application must name this issuer and subject',
  '70021': 'the federated credential of the application must name this issuer and subject',
  '700211': 'the federated credential of the application must name this issuer',
  '700212': 'the federated credential of the application must name this audience',
  '700213': 'the federated credential of the application must name this subject',
  '500011': 'the tenant knows no such service: check azureTenantId and azureEnvironment',
  '53003': 'a policy of conditional access forbids it',
};

/** By client secret. */
export function secretLogin(application: EntraApplication, secret: Redacted<string>): Login {
  return entraLogin('ClientSecretCredential', application, async ({ tenantId, clientId }, options) => {
    const { ClientSecretCredential } = await import('@azure/identity');
    return new ClientSecretCredential(tenantId, clientId, secret.reveal(), options);
  });
}

/** By certificate, which is read for every token. */
export function certificateLogin(application: EntraApplication, read: () => Promise<ClientCertificate>): Login {
  return entraLogin('ClientCertificateCredential', application, async ({ tenantId, clientId }, options) => {
    const { certificates, privateKey } = await read();
    const { ClientCertificateCredential } = await import('@azure/identity');
    return new ClientCertificateCredential(tenantId, clientId, { certificate: `${privateKey}${certificates}` }, options);
  });
}

/** By a token of another issuer, which is read for every token. */
export function assertionLogin(name: string, application: EntraApplication, read: () => Promise<string>): Login {
  return entraLogin(name, application, async ({ tenantId, clientId }, options) => {
    const assertion = await read();
    const { ClientAssertionCredential } = await import('@azure/identity');
    return new ClientAssertionCredential(tenantId, clientId, async () => assertion, options);
  });
}

type Make = (application: EntraApplication, options: ClientAssertionCredentialOptions) => Promise<TokenCredential>;

/**
 * A credential of the SDK, made anew for every token: so nothing is kept beside the tokens that the store keeps, and the
 * caller's signal, which the SDK does not pass on to its requests, ends them at the socket.
 */
function entraLogin(name: string, application: EntraApplication, make: Make): Login {
  const { authorityHost, transport, patience } = application;
  const attempt = async ({ scope, claims, signal }: TokenRequest): Promise<AccessToken> => {
    const httpClient = new TokenClient(transport.httpClient, signal);
    // The clouds are known, and another authority is one that somebody chose: asking Microsoft who it is proves nothing.
    const options = { ...transport, httpClient, authorityHost, disableInstanceDiscovery: true };
    try {
      const credential = await make(application, { ...options, retryOptions: { maxRetries: 0 } });
      const token = await credential.getToken(scope, claims === undefined ? {} : { claims, enableCae: true });
      if (token !== null) return token;
      throw new Error('there is no token');
    } catch (cause) {
      if (isSecretStoreError(cause) || cause instanceof LoginUnavailable || signal.aborted) throw cause;
      throw failureOf(name, httpClient, cause);
    }
  };
  return { token: (request) => withRetries(patience, request.signal, () => attempt(request)) };
}

interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: number;
}

/** Sends with the caller's signal, and remembers a refusal and a failure to send: the SDK's errors have neither. */
class TokenClient implements HttpClient {
  refusal: Refusal | undefined;
  unsent: unknown;
  readonly #client: HttpClient;
  readonly #signal: AbortSignal;

  constructor(client: HttpClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    request.abortSignal = this.#signal;
    try {
      const response = await this.#client.sendRequest(request);
      const { status, bodyAsText, headers } = response;
      const retryAfter = retryAfterOf({ 'retry-after': headers.get('retry-after') }) ?? 0;
      this.refusal = status < 300 ? undefined : { status, text: bodyAsText ?? '', retryAfter };
      return response;
    } catch (cause) {
      this.unsent = cause;
      throw cause;
    }
  }
}

function failureOf(name: string, { refusal, unsent }: TokenClient, cause: unknown): Error {
  const failed = `${name} authentication failed.`;
  if (refusal === undefined) {
    const text = unsent instanceof Error ? unsent.message : 'the answer is not that of a token endpoint';
    const hint = 'check the network, the proxy variables, azureEnvironment and azureAuthorityHost';
    const code = unsent === undefined ? 'unknown' : 'unavailable';
    const failure = new SecretStoreError(code, `${failed} ${text}`, { hint, cause: plain(unsent ?? cause) });
    return isPassing(unsent) ? new Passing(failure, { attempts: 3 }) : failure;
  }
  const { status, text, retryAfter } = refusal;
  const { description, number } = entraError(text);
  const detail = `${failed} ${description ?? `the token endpoint answered ${status}`}`;
  if (status === 429) return new Passing(new SecretStoreError('resource_exhausted', detail), { wait: retryAfter });
  if (status >= 500 || status === 408) return new Passing(new SecretStoreError('unavailable', detail), { wait: retryAfter });
  if (status < 400) return new SecretStoreError('unavailable', detail, { hint: 'a redirect is not followed' });
  return new SecretStoreError('unauthenticated', detail, { hint: HINTS[number ?? ''] });
}

/** Whether what kept a request from being answered may be over soon: not an authority that nobody trusts. */
function isPassing(unsent: unknown): boolean {
  const failure = unsent instanceof Error ? unsent.cause : undefined;
  return failure instanceof HttpFailure && (failure.reason === 'unavailable' || failure.reason === 'timeout');
}

/** The SDK's errors hold the request that failed, and so the client secret: only the text is kept. */
function plain(cause: unknown): Error {
  return new Error(cause instanceof Error ? cause.message : String(cause));
}

/** The text of a refusal, without the identifiers behind it: `AADSTS7000215: Invalid client secret provided.` */
function entraError(text: string): { readonly description?: string; readonly number?: string } {
  const { error, error_description: description } = jsonObjectOf(text) ?? {};
  if (typeof description !== 'string') return typeof error === 'string' ? { description: error.slice(0, 100) } : {};
  const [line = ''] = description.split(/\s*(?:[\r\n]|Trace ID:|Correlation ID:|Timestamp:)/);
  const number = /^AADSTS(\d+)/.exec(line)?.[1];
  return { description: line.slice(0, 500), ...(number === undefined ? {} : { number }) };
}
