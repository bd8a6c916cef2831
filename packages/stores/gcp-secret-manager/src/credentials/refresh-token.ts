import type { JsonObject } from '@coffer/http-client';
import { optionalText, text } from './fields.ts';
import { form, requestToken } from './oauth.ts';
import { tokenAddress } from './trusted-hosts.ts';
import type { CredentialContext, TokenSource } from './types.ts';

const HINT = 'log in again: gcloud auth application-default login';

/** Tokens of a person, as `gcloud auth application-default login` leaves them: `authorized_user`. */
export function userTokens(document: JsonObject, context: CredentialContext): TokenSource {
  const address = optionalText(document, 'token_uri') || `https://oauth2.${context.universeDomain}/token`;
  const url = tokenAddress(address, 'oauth2', 'token_uri', context);
  const [client_id, client_secret, refresh_token] = [
    text(document, 'client_id'),
    text(document, 'client_secret'),
    text(document, 'refresh_token'),
  ];
  const body = form({ grant_type: 'refresh_token', client_id, client_secret, refresh_token });
  const request = { url, ...body, secrets: [client_secret, refresh_token], hint: HINT };
  return ({ signal }) => requestToken(context.http, request, signal);
}

/** The same of a workforce identity pool: `external_account_authorized_user`. */
export function workforceUserTokens(document: JsonObject, context: CredentialContext): TokenSource {
  const address = optionalText(document, 'token_url') || `https://sts.${context.universeDomain}/v1/oauthtoken`;
  const url = tokenAddress(address, 'sts', 'token_url', context);
  const [id, secret] = [text(document, 'client_id'), text(document, 'client_secret')];
  const refreshToken = text(document, 'refresh_token');
  return async ({ signal }) => {
    const { headers, ...body } = form({ grant_type: 'refresh_token', refresh_token: refreshToken });
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const request = { url, ...body, headers: { ...headers, authorization }, secrets: [secret, refreshToken], hint: HINT };
    return await requestToken(context.http, request, signal);
  };
}
