import { SecretStoreError } from '@coffer/core/driver';
import { type HttpClient, isJsonObject, type JsonObject, jsonObjectOf } from '@coffer/http-client';
import type { AccessToken } from './types.ts';

export interface TokenRequest {
  readonly url: URL;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Texts of the request that no message may repeat, whatever the service answers. */
  readonly secrets: readonly string[];
  /** What to check when the service refuses. */
  readonly hint: string;
}

/** An hour: what Google gives tokens when it does not say. */
const DEFAULT_LIFETIME = 3600;
const LONGEST_DESCRIPTION = 300;

/** A token from an OAuth 2.0 token endpoint, by `access_token` and `expires_in`. */
export async function requestToken(http: HttpClient, request: TokenRequest, signal: AbortSignal): Promise<AccessToken> {
  const { access_token: token, expires_in: lifetime } = await requestJson(http, request, signal);
  if (typeof token !== 'string' || token === '') throw unreadable(request.url);
  const seconds = typeof lifetime === 'number' && lifetime > 0 ? lifetime : DEFAULT_LIFETIME;
  return { text: token, expiresAt: Date.now() + seconds * 1000 };
}

/** The JSON object of a service that gives out tokens. A refusal is told by its code and description only. */
export async function requestJson(http: HttpClient, request: TokenRequest, signal: AbortSignal): Promise<JsonObject> {
  const { url, method = 'POST', headers = {}, body } = request;
  const answer = await http.request({ method, url, headers, ...(body === undefined ? {} : { body }) }, { signal });
  // Undefined for a page of some gateway: the status alone is told.
  const fields = jsonObjectOf(answer.body);
  if (answer.status === 200 && fields !== undefined) return fields;
  if (answer.status === 200) throw unreadable(url);
  const told = describe(fields, request.secrets);
  const code = answer.status === 429 ? 'resource_exhausted' : answer.status >= 500 ? 'unavailable' : 'unauthenticated';
  const detail = `credentials: cannot fetch token: ${url.host} answered ${answer.status}${told}`;
  throw new SecretStoreError(answer.status < 400 ? 'unavailable' : code, detail, { hint: request.hint });
}

export function form(fields: Readonly<Record<string, string>>): Pick<TokenRequest, 'headers' | 'body'> {
  return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(fields).toString() };
}

/** `: invalid_grant: Invalid JWT Signature.`, of OAuth's two members or of a google.rpc.Status. */
function describe(fields: JsonObject | undefined, secrets: readonly string[]): string {
  const { error, error_description: description } = fields ?? {};
  const parts = isJsonObject(error) ? [error.status, error.message] : [error, description];
  const texts = parts.filter((part): part is string => typeof part === 'string' && part !== '');
  const told = texts.map((part) => part.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST_DESCRIPTION)).join(': ');
  return told === '' || secrets.some((secret) => secret !== '' && texts.join().includes(secret)) ? '' : `: ${told}`;
}

function unreadable({ host }: URL): SecretStoreError {
  return new SecretStoreError('unavailable', `credentials: cannot fetch token: the answer of ${host} has no token in it`);
}
