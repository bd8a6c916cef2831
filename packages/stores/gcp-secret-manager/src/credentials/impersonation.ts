import { SecretStoreError } from '@coffer/core/driver';
import type { JsonObject } from '@coffer/http-client';
import { requestJson } from './oauth.ts';
import { type AccessToken, type CredentialContext, SCOPE, type TokenSource } from './types.ts';

export interface Impersonation {
  /** `…/serviceAccounts/<email>:generateAccessToken`, a trusted host. */
  readonly url: URL;
  readonly delegates: readonly string[];
  /** Seconds. */
  readonly lifetime: number;
}

/** Tokens of a service account, given to whoever has a token of `source`. */
export function impersonatedTokens(source: TokenSource, impersonation: Impersonation, { http }: CredentialContext): TokenSource {
  const { url, delegates, lifetime } = impersonation;
  const body = JSON.stringify({ scope: [SCOPE], lifetime: `${lifetime}s`, ...(delegates.length === 0 ? {} : { delegates }) });
  return async ({ signal }) => {
    const { text } = await source({ signal });
    const headers = { authorization: `Bearer ${text}`, 'content-type': 'application/json' };
    const hint = 'grant roles/iam.serviceAccountTokenCreator on that service account to who impersonates it';
    return tokenOf(await requestJson(http, { url, headers, body, secrets: [text], hint }, signal), url);
  };
}

function tokenOf({ accessToken, expireTime }: JsonObject, { host }: URL): AccessToken {
  const expiresAt = typeof expireTime === 'string' ? Date.parse(expireTime) : Number.NaN;
  if (typeof accessToken === 'string' && accessToken !== '' && !Number.isNaN(expiresAt)) return { text: accessToken, expiresAt };
  throw new SecretStoreError('unavailable', `credentials: cannot fetch token: the answer of ${host} has no token in it`);
}
