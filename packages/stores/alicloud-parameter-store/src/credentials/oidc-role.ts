import { readFile } from 'node:fs/promises';
import { osErrorText, SecretStoreError } from '@coffer/core/driver';
import { type HttpClient, isJsonObject, jsonObjectOf } from '@coffer/http-client';
import { serviceFailure, unreadable } from '../service-failure.ts';
import { issuedCredentials, notIssued } from './issued.ts';
import type { CredentialSource } from './types.ts';

/** A role that is assumed with the token of a pod's service account (RRSA), or of any other OIDC identity. */
export interface OidcRole {
  readonly roleArn: string;
  readonly providerArn: string;
  /** Read anew each time: it is replaced before it ends. */
  readonly tokenFile: string;
  readonly sessionName: string;
}

export interface Sts {
  readonly http: HttpClient;
  readonly address: URL;
  /** What is sent as Host. */
  readonly host: string;
}

const ORIGIN = 'AssumeRoleWithOIDC';
const HINT = 'check role, OIDC provider and the trust policy of the role';
const API_VERSION = '2015-04-01';

/** Credentials of the role, for as long as STS gives them by default: an hour. The request needs no signature. */
export function oidcRoleSource(
  { roleArn, providerArn, tokenFile, sessionName }: OidcRole,
  { http, address, host }: Sts,
): CredentialSource {
  return async ({ signal }) => {
    const token = await tokenOf(tokenFile);
    const url = new URL('/', address);
    url.search = new URLSearchParams({
      Action: ORIGIN,
      Format: 'JSON',
      Timestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      Version: API_VERSION,
    }).toString();
    // In the body, so that no proxy writes it into its log.
    const body = new URLSearchParams({
      OIDCProviderArn: providerArn,
      OIDCToken: token,
      RoleArn: roleArn,
      RoleSessionName: sessionName,
    }).toString();
    const headers = { host, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    try {
      const answer = await http.request({ method: 'POST', url, headers, body }, { signal });
      if (answer.status !== 200) throw serviceFailure(answer, [token]);
      const credentials = jsonObjectOf(answer.body)?.Credentials;
      if (!isJsonObject(credentials)) throw unreadable('the answer is not that of STS');
      return issuedCredentials(credentials, ORIGIN);
    } catch (cause) {
      throw cause instanceof SecretStoreError ? cause : notIssued(cause, ORIGIN, HINT);
    }
  };
}

async function tokenOf(file: string): Promise<string> {
  const hint = 'check ALIBABA_CLOUD_OIDC_TOKEN_FILE';
  let token: string;
  try {
    token = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new SecretStoreError('unauthenticated', `open ${file}: ${osErrorText(cause)}`, { hint, cause });
  }
  if (token === '') throw new SecretStoreError('unauthenticated', `the token file ${file} is empty`, { hint });
  return token;
}
