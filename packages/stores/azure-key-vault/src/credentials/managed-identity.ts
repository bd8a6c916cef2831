import type { AccessToken } from '@azure/core-auth';
import { SecretStoreError } from '@coffer/core/driver';
import { type HttpAnswer, type HttpClient, HttpFailure, jsonObjectOf, retryAfterOf } from '@coffer/http-client';
import type { Environment } from './environment.ts';
import { type Login, LoginUnavailable, resourceOf, type TokenRequest } from './login.ts';
import { type IdentityName, type IdentitySource, imdsUrl, type LocalRequest, sourceOf } from './managed-identity-source.ts';
import { Passing, type Patience, withRetries } from './retry.ts';

/** For addresses of this machine: never through a proxy. */
export type LocalClient = Pick<HttpClient, 'request'>;

export interface ManagedIdentityOptions {
  readonly identity: IdentityName;
  readonly environment: Environment;
  readonly client: LocalClient;
  readonly patience: Patience;
  /** Milliseconds after which a metadata service that does not answer is not there. */
  readonly probeLimit: number;
  /** What tells whether it is there: a request of its own, or the request for a token. */
  readonly probing: 'before' | 'by_token';
  /** Who knows whether there is a metadata service. */
  readonly probe: ImdsProbe;
  /** Where the agent of Azure Arc writes its keys; its own folder by default. */
  readonly arcFolder?: string;
}

const NAME = 'ManagedIdentityCredential';
/** A token request that is not answered is tried again after so many milliseconds. */
const REQUEST_LIMIT = 10_000;

/** Whether a metadata service answers, asked when somebody wants to know and until it does. */
export class ImdsProbe {
  /** Whether it has ever answered. */
  isThere = false;
  readonly #url: string;
  readonly #client: LocalClient;

  constructor(environment: Environment, client: LocalClient) {
    this.#url = imdsUrl(environment).href;
    this.#client = client;
  }

  /** Any answer counts. Without the header and the query, no metadata service takes it for more. */
  async ask(limit: number, signal: AbortSignal): Promise<boolean> {
    if (this.isThere) return true;
    try {
      await send(this.#client, { method: 'GET', url: this.#url, headers: {} }, limit, signal);
      this.isThere = true;
    } catch (cause) {
      if (signal.aborted) throw cause;
    }
    return this.isThere;
  }
}

/** By the identity that Azure gives to this machine, pod or application. */
export function managedIdentityLogin(options: ManagedIdentityOptions): Login {
  const { environment, patience, probe, probeLimit, probing, arcFolder } = options;
  const ask = (source: IdentitySource, request: TokenRequest) =>
    withRetries(patience, request.signal, () => attempt(source, request, options));
  return {
    async token(request) {
      const source = sourceOf(environment, arcFolder);
      if (source.kind !== 'imds' || probe.isThere) return await ask(source, request);
      if (probing === 'before') {
        if (!(await probe.ask(probeLimit, request.signal))) throw notThere();
        return await ask(source, request);
      }
      const limit = AbortSignal.timeout(probeLimit);
      try {
        const token = await ask(source, { ...request, signal: AbortSignal.any([request.signal, limit]) });
        probe.isThere = true;
        return token;
      } catch (cause) {
        throw limit.aborted && !request.signal.aborted ? notThere() : cause;
      }
    },
  };
}

/** The reference's words. */
function notThere(): LoginUnavailable {
  return new LoginUnavailable('managed identity', 'unavailable');
}

async function attempt(source: IdentitySource, request: TokenRequest, options: ManagedIdentityOptions): Promise<AccessToken> {
  const { identity, client } = options;
  const asked = source.request(resourceOf(request.scope), identity);
  const exchange = async (local: LocalRequest): Promise<HttpAnswer> => {
    try {
      return await send(client, local, REQUEST_LIMIT, request.signal);
    } catch (cause) {
      if (request.signal.aborted || !(cause instanceof HttpFailure)) throw cause;
      const failure = new SecretStoreError('unavailable', `${NAME} authentication failed. ${cause.message}`, { cause });
      throw cause.retryable ? new Passing(failure, { attempts: 3 }) : failure;
    }
  };
  let answer = await exchange(asked);
  const challenge = answer.status === 401 ? answer.headers['www-authenticate'] : undefined;
  if (challenge !== undefined && source.answerChallenge !== undefined) {
    answer = await exchange(await source.answerChallenge(asked, challenge));
  }
  const text = answer.body.toString();
  if (answer.status >= 200 && answer.status < 300) return tokenOf(text);
  throw failureOf(source, identity, answer.status, text, retryAfterOf(answer.headers) ?? 0);
}

function failureOf(source: IdentitySource, identity: IdentityName, status: number, body: string, retryAfter: number): Error {
  const said = refusalOf(body);
  const detail = `${NAME} authentication failed. the identity endpoint answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (source.passing(status)) {
    const code = status === 429 ? 'resource_exhausted' : 'unavailable';
    const hint = status === 404 ? 'the identity is not attached to this machine, or has been for a moment only' : undefined;
    return new Passing(new SecretStoreError(code, detail, { hint }), { wait: retryAfter });
  }
  if (source.kind === 'imds' && status === 403 && body.includes('unreachable')) {
    // What Docker Desktop answers for the metadata service that it does not have.
    return notThere();
  }
  if (source.kind === 'imds' && status === 400) {
    if (identity.by === 'system') {
      const text = `${NAME}: failed to authenticate a system assigned identity. The endpoint responded with ${said}`;
      return new LoginUnavailable(text);
    }
    const hint = `assign the identity to this machine, or check ${SETTINGS[identity.by]}`;
    const text = `${NAME} authentication failed. the requested identity isn't assigned to this resource`;
    return new SecretStoreError('unauthenticated', text, { hint });
  }
  const hint =
    identity.by === 'system'
      ? 'turn the identity of this application on'
      : `assign the identity, or check ${SETTINGS[identity.by]}`;
  return new SecretStoreError('unauthenticated', detail, { hint });
}

const SETTINGS = {
  clientId: 'azureClientId',
  objectId: 'azureManagedIdentityObjectId',
  resourceId: 'azureManagedIdentityResourceId',
} as const;

/** Members of a refusal that hold no secret, as JSON; empty for an answer of another form. */
function refusalOf(body: string): string {
  const { error, error_description, message } = jsonObjectOf(body) ?? {};
  const shown = [
    ['error', error],
    ['error_description', error_description],
    ['message', message],
  ].filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return shown.length === 0 ? '' : JSON.stringify(Object.fromEntries(shown.map(([name, text]) => [name, text.slice(0, 500)])));
}

function tokenOf(body: string): AccessToken {
  const { access_token: token, expires_on: on, expires_in: seconds, refresh_in: refresh } = jsonObjectOf(body) ?? {};
  const expiresOnTimestamp = timeOf(on) ?? afterNow(seconds);
  if (typeof token !== 'string' || token === '' || expiresOnTimestamp === undefined) {
    throw new Passing(new SecretStoreError('unavailable', `${NAME} authentication failed. the answer holds no token`));
  }
  const refreshAfterTimestamp = afterNow(refresh);
  return { token, expiresOnTimestamp, ...(refreshAfterTimestamp === undefined ? {} : { refreshAfterTimestamp }) };
}

/** Seconds since the epoch as a number or text, or a date: `11/25/2026 4:05:06 PM +00:00`. */
function timeOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  const time = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text.replace(/\+00:00$/, 'UTC'));
  return text === '' || Number.isNaN(time) ? undefined : time;
}

function afterNow(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? Date.now() + seconds * 1000 : undefined;
}

async function send(client: LocalClient, local: LocalRequest, limit: number, signal: AbortSignal): Promise<HttpAnswer> {
  const { method, url, headers, body } = local;
  const request = { method, url: new URL(url), headers: { accept: 'application/json', ...headers } };
  return await client.request({ ...request, ...(body === undefined ? {} : { body }) }, { signal, timeout: limit });
}
