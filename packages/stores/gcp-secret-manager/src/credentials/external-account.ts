import { isJsonObject, type JsonObject } from '@coffer/http-client';
import { unusable } from './failures.ts';
import { optionalText, text } from './fields.ts';
import { type Impersonation, impersonatedTokens } from './impersonation.ts';
import { form, requestToken } from './oauth.ts';
import { subjectTokens } from './subject-token.ts';
import { tokenAddress } from './trusted-hosts.ts';
import { type CredentialContext, SCOPE, type TokenSource } from './types.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
/** Seconds. */
const LIFETIME = 3600;

/**
 * Workload identity federation (RFC 8693): the platform's own token is exchanged for one of Google's, and that, if the document
 * says so, for one of a service account.
 */
export async function externalAccountTokens(document: JsonObject, context: CredentialContext): Promise<TokenSource> {
  const address = optionalText(document, 'token_url') || `https://sts.${context.universeDomain}/v1/token`;
  const url = tokenAddress(address, 'sts', 'token_url', context);
  const [audience, type] = [text(document, 'audience'), text(document, 'subject_token_type')];
  const impersonation = impersonationOf(document, context);
  const headers = clientAuthentication(document);
  const options = workforceOptions(document, headers !== undefined);
  const subject = await subjectTokens(document, context);
  const exchange: TokenSource = async ({ signal }) => {
    const token = await subject(signal);
    const body = form({
      grant_type: GRANT,
      audience,
      scope: SCOPE,
      requested_token_type: ACCESS_TOKEN,
      subject_token: token,
      subject_token_type: type,
      ...options,
    });
    const hint =
      'does the pool and its provider in audience take this token? Check issuer, audience, attribute condition and expiry';
    const request = { url, ...body, headers: { ...body.headers, ...headers }, secrets: [token], hint };
    return await requestToken(context.http, request, signal);
  };
  return impersonation === undefined ? exchange : impersonatedTokens(exchange, impersonation, context);
}

/** A service account to act as, by the members that both kinds of document have. */
export function impersonationOf(document: JsonObject, context: CredentialContext): Impersonation | undefined {
  const address = optionalText(document, 'service_account_impersonation_url');
  if (address === '') return undefined;
  const url = tokenAddress(address, 'iamcredentials', 'service_account_impersonation_url', context);
  if (!/\/serviceAccounts\/[^/]+:generateAccessToken$/.test(url.pathname)) {
    throw unusable('service_account_impersonation_url names no service account', 'use the document as Google made it');
  }
  const { delegates, service_account_impersonation: settings } = document;
  const lifetime = isJsonObject(settings) ? settings.token_lifetime_seconds : undefined;
  return {
    url,
    delegates: Array.isArray(delegates) ? delegates.filter((delegate) => typeof delegate === 'string') : [],
    lifetime: typeof lifetime === 'number' ? lifetime : LIFETIME,
  };
}

function clientAuthentication(document: JsonObject): Readonly<Record<string, string>> | undefined {
  const [id, secret] = [optionalText(document, 'client_id'), optionalText(document, 'client_secret')];
  return id === '' ? undefined : { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

function workforceOptions(document: JsonObject, isClient: boolean): Readonly<Record<string, string>> {
  const userProject = optionalText(document, 'workforce_pool_user_project');
  return userProject === '' || isClient ? {} : { options: JSON.stringify({ userProject }) };
}
