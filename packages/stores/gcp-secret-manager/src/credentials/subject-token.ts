import { isSecretStoreError, SecretStoreError } from '@coffer/core/driver';
import { type HttpClient, isJsonObject, type JsonObject } from '@coffer/http-client';
import { unusable } from './failures.ts';
import { subjectTokenAddress } from './trusted-hosts.ts';
import type { CredentialContext } from './types.ts';

/** What the workload proves itself with to Google's token exchange. */
export type SubjectTokens = (signal: AbortSignal) => Promise<string>;

/**
 * The token of a workload's own platform, by Google's library: from a file, an address, the credentials of AWS, or a program
 * (if GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 lets it run). The library is loaded here and nowhere else, and does its
 * requests through our client: with its limits, without redirects, and to no other addresses than `subjectTokenAddress` takes.
 */
export async function subjectTokens(document: JsonObject, context: CredentialContext): Promise<SubjectTokens> {
  const source = document.credential_source;
  if (isJsonObject(source) && source.certificate !== undefined) {
    throw unusable('credential_source of type certificate is not supported', 'use a file, an address, AWS or an executable');
  }
  const { AwsClient, gaxios, IdentityPoolClient, PluggableAuthClient } = await import('google-auth-library');
  let current: AbortSignal | undefined;
  const fetchImplementation = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const url = subjectTokenAddress(new URL(String(input)), context);
    return await answerOf(context.http, url, init, current);
  };
  // Nothing is sent again by the library, nor written to its debug log.
  const transporter = new gaxios.Gaxios({ fetchImplementation, retry: false, retryConfig: { retry: 0 } });
  const options = { ...document, transporter, useAuthRequestParameters: false } as never;
  const isAws = isJsonObject(source) && typeof source.environment_id === 'string';
  const isProgram = isJsonObject(source) && source.executable !== undefined;
  let reader: { retrieveSubjectToken(): Promise<string> };
  try {
    reader = new (isAws ? AwsClient : isProgram ? PluggableAuthClient : IdentityPoolClient)(options);
  } catch (cause) {
    throw unusable(textOf(cause), 'make the document with gcloud iam workload-identity-pools create-cred-config', cause);
  }
  return async (signal) => {
    current = signal;
    try {
      return await reader.retrieveSubjectToken();
    } catch (cause) {
      if (isSecretStoreError(cause) || signal.aborted) throw cause;
      throw refusedSource(cause);
    }
  };
}

async function answerOf(http: HttpClient, url: URL, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
  const { method = 'GET', body } = init;
  const headers = Object.fromEntries(new Headers(init.headers));
  const sent = typeof body === 'string' ? { body } : {};
  const answer = await http.request({ method, url, headers, ...sent }, { signal });
  const type = answer.headers['content-type'];
  return new Response(new Uint8Array(answer.body), {
    status: answer.status,
    headers: type === undefined ? {} : { 'content-type': type },
  });
}

/** The library's own words quote neither tokens nor bodies, but for what an address answered: its status alone is told. */
function refusedSource(cause: unknown): SecretStoreError {
  const inner = cause instanceof Error && isSecretStoreError(cause.cause) ? cause.cause : undefined;
  if (inner !== undefined) return inner;
  const status = cause instanceof Error && 'status' in cause ? ` (status ${String(cause.status)})` : '';
  const text = status === '' ? textOf(cause) : 'its address refused';
  return new SecretStoreError('unauthenticated', `credentials: cannot get the subject token: ${text}${status}`, {
    hint: 'check credential_source of the credential configuration',
    cause,
  });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/\p{Cc}+/gu, ' ') : 'unknown failure';
}
