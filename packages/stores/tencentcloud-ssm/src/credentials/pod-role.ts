import { readFile } from 'node:fs/promises';
import { osErrorText, SecretStoreError } from '@coffer/core/driver';
import { type HttpAnswer, type HttpClient, isJsonObject, type JsonObject } from '@coffer/http-client';
import { responseOf, textOf } from '../answer.ts';
import { ServiceFailure } from '../service-failure.ts';
import { CONTENT_TYPE } from '../signature.ts';
import type { TemporaryKeys } from './keys.ts';

/** What TKE puts into the environment of a pod whose service account has a role. */
export interface PodIdentity {
  readonly region: string;
  readonly providerId: string;
  readonly tokenFile: string;
  readonly roleArn: string;
}

/** Undefined unless all of it is there. */
export function podIdentityOf(environment: Readonly<Record<string, string | undefined>>): PodIdentity | undefined {
  const region = environment.TKE_REGION ?? '';
  const providerId = environment.TKE_PROVIDER_ID ?? '';
  const tokenFile = environment.TKE_WEB_IDENTITY_TOKEN_FILE ?? '';
  const roleArn = environment.TKE_ROLE_ARN ?? '';
  const isWhole = [region, providerId, tokenFile, roleArn].every((text) => text !== '');
  return isWhole ? { region, providerId, tokenFile, roleArn } : undefined;
}

/** The key of the role that the pod's token is good for. The file is read each time: the kubelet replaces it. */
export async function podKeys(
  http: HttpClient,
  address: URL,
  identity: PodIdentity,
  signal: AbortSignal,
): Promise<TemporaryKeys> {
  const { region, providerId, roleArn, tokenFile } = identity;
  const body = JSON.stringify({
    ProviderId: providerId,
    WebIdentityToken: await tokenIn(tokenFile, signal),
    RoleArn: roleArn,
    RoleSessionName: 'coffer',
  });
  const headers = {
    // The token in the body is what is checked.
    authorization: 'SKIP',
    'content-type': CONTENT_TYPE,
    'x-tc-action': 'AssumeRoleWithWebIdentity',
    'x-tc-version': '2018-08-13',
    'x-tc-region': region,
    'x-tc-timestamp': String(Math.floor(Date.now() / 1000)),
    'x-tc-language': 'en-US',
  };
  const answer = await http.request({ method: 'POST', url: address, headers, body }, { signal });
  const { Credentials: given, ExpiredTime: end } = grantIn(answer);
  const keys = isJsonObject(given) ? given : {};
  const [secretId, secretKey, token] = [textOf(keys.TmpSecretId), textOf(keys.TmpSecretKey), textOf(keys.Token)];
  if (secretId === '' || secretKey === '' || typeof end !== 'number') {
    throw new SecretStoreError('unavailable', 'the answer of AssumeRoleWithWebIdentity has no key');
  }
  return { secretId, secretKey, token, expiresAt: end * 1000 };
}

function grantIn(answer: HttpAnswer): JsonObject {
  try {
    return responseOf(answer);
  } catch (cause) {
    if (!(cause instanceof ServiceFailure)) throw cause;
    // A role that is not there is not a secret that is not there.
    const isPassing = /^(RequestLimitExceeded|InternalError|ClientError)/.test(cause.code);
    const hint = 'check TKE_ROLE_ARN, TKE_PROVIDER_ID and whom the role may be assumed by';
    throw new SecretStoreError(isPassing ? 'unavailable' : 'unauthenticated', cause.message, { hint, cause });
  }
}

async function tokenIn(file: string, signal: AbortSignal): Promise<string> {
  try {
    return (await readFile(file, { encoding: 'utf8', signal })).trim();
  } catch (cause) {
    if (signal.aborted) throw cause;
    const message = `TKE_WEB_IDENTITY_TOKEN_FILE can't be read: ${osErrorText(cause)}`;
    throw new SecretStoreError('failed_precondition', message, { hint: `check ${file}`, cause });
  }
}
