import { isJsonObject, type JsonObject } from '@coffer/http-client';
import { externalAccountTokens, impersonationOf } from './external-account.ts';
import { unusable } from './failures.ts';
import { optionalText, text } from './fields.ts';
import { impersonatedTokens } from './impersonation.ts';
import { userTokens, workforceUserTokens } from './refresh-token.ts';
import { serviceAccountTokens, withLineEnds } from './service-account.ts';
import type { CredentialContext, Credentials, TokenSource } from './types.ts';

/** The credentials that a document of Google's describes, whatever its type. */
export async function credentialsOf(document: JsonObject, context: CredentialContext): Promise<Credentials> {
  return {
    source: await tokensOf(document, context),
    quotaProject: optionalText(document, 'quota_project_id'),
    universeDomain: optionalText(document, 'universe_domain'),
  };
}

async function tokensOf(document: JsonObject, context: CredentialContext): Promise<TokenSource> {
  switch (optionalText(document, 'type')) {
    case 'service_account': {
      const [email, privateKey] = [text(document, 'client_email'), withLineEnds(text(document, 'private_key'))];
      return serviceAccountTokens({ email, privateKey, keyId: optionalText(document, 'private_key_id') });
    }
    case 'authorized_user':
      return userTokens(document, context);
    case 'external_account':
      return await externalAccountTokens(document, context);
    case 'external_account_authorized_user':
      return workforceUserTokens(document, context);
    case 'impersonated_service_account': {
      const { source_credentials: source } = document;
      const impersonation = impersonationOf(document, context);
      if (!isJsonObject(source))
        throw unusable('the credentials have no source_credentials', 'use the document as Google made it');
      if (source.type === 'impersonated_service_account') {
        throw unusable('source_credentials are impersonated themselves', 'name the accounts between in delegates');
      }
      if (impersonation === undefined) {
        throw unusable('the credentials have no service_account_impersonation_url', 'use the document as Google made it');
      }
      return impersonatedTokens(await tokensOf(source, context), impersonation, context);
    }
    default:
      throw unusable(
        'type of the credentials is not known',
        'service_account, authorized_user, external_account, external_account_authorized_user and impersonated_service_account are',
      );
  }
}
