import { isJsonObject } from '@coffer/http-client';
import { textOf, unreadable } from './answer.ts';
import type { SsmClient } from './client.ts';
import { ServiceFailure } from './service-failure.ts';

/** A version of a secret as the service gives it; what it does not give is undefined. */
export interface SecretVersion {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly text: string | undefined;
  /** Base64. */
  readonly binary: string | undefined;
  readonly requestId: string | undefined;
}

/** The version in use of a secret that the service makes and rotates for a database, a key pair and so on. */
const CURRENT = 'SSM_Current';
/** The most secrets that a page can have. */
const PAGE = 100;
const ENABLED = 1;

export async function readVersion(
  client: SsmClient,
  name: string,
  version: string,
  signal: AbortSignal | undefined,
): Promise<SecretVersion> {
  const response = await client.call('GetSecretValue', { SecretName: name, VersionId: version }, signal);
  const { SecretName, VersionId, SecretString, SecretBinary, RequestId } = response;
  return {
    name: optionalText('SecretName', SecretName),
    version: optionalText('VersionId', VersionId),
    text: optionalText('SecretString', SecretString),
    binary: optionalText('SecretBinary', SecretBinary),
    requestId: optionalText('RequestId', RequestId),
  };
}

/**
 * The version of a secret that was made last. Secrets of cloud products have one that is in use, which the service picks; so it
 * is asked for where there are no versions to choose from, or the caller may not see them.
 */
export async function readNewest(client: SsmClient, name: string, signal: AbortSignal | undefined): Promise<SecretVersion> {
  let refusal: ServiceFailure | undefined;
  let newest: string = CURRENT;
  try {
    newest = newestOf((await client.call('ListSecretVersionIds', { SecretName: name }, signal)).Versions) ?? CURRENT;
  } catch (cause) {
    if (!(cause instanceof ServiceFailure) || !NO_VERSIONS.test(cause.code)) throw cause;
    refusal = cause;
  }
  try {
    return await readVersion(client, name, newest, signal);
  } catch (cause) {
    // The secret has no current version: what could not be seen is the reason, not that.
    if (refusal !== undefined && cause instanceof ServiceFailure && /^(ResourceNotFound|Invalid)/.test(cause.code)) throw refusal;
    throw cause;
  }
}

const NO_VERSIONS = /^(UnauthorizedOperation|AuthFailure\.UnauthorizedOperation|OperationDenied|UnsupportedOperation)/;

/** Undefined when there is none. Of those made in one second the first in the list, which has the newest first. */
function newestOf(versions: unknown): string | undefined {
  let newest: string | undefined;
  let made = Number.NEGATIVE_INFINITY;
  for (const item of listOf('Versions', versions)) {
    if (!isJsonObject(item)) throw unreadable('a member of Versions is no object');
    const version = textOf(item.VersionId);
    if (version === CURRENT) return CURRENT;
    const time = typeof item.CreateTime === 'number' ? item.CreateTime : 0;
    if (version === '' || time <= made) continue;
    newest = version;
    made = time;
  }
  return newest;
}

/**
 * Names of the enabled secrets that users define, page by page, none of them twice. Fails when a page has nothing new in it: the
 * service then does not heed where a page is to begin.
 */
export async function* secretNames(client: SsmClient, signal: AbortSignal | undefined): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  for (let offset = 0; ; offset += PAGE) {
    const page = namesOf(
      (await client.call('ListSecrets', { Offset: offset, Limit: PAGE, State: ENABLED }, signal)).SecretMetadatas,
    );
    // A secret that is made while the list is read moves the others on to the next page.
    const names = page.filter((name) => !seen.has(name));
    for (const name of names) seen.add(name);
    if (names.length > 0) yield names;
    if (page.length < PAGE) return;
    if (names.length === 0) throw unreadable('a page of SecretMetadatas came twice');
  }
}

/** The smallest list there is. */
export async function listOne(client: SsmClient, signal: AbortSignal | undefined): Promise<void> {
  await client.call('ListSecrets', { Offset: 0, Limit: 1, State: ENABLED }, signal);
}

function namesOf(secrets: unknown): readonly string[] {
  return listOf('SecretMetadatas', secrets).map((item) => {
    const name = isJsonObject(item) ? textOf(item.SecretName) : '';
    if (name === '') throw unreadable('a member of SecretMetadatas has no SecretName');
    return name;
  });
}

/** The API gives null for an empty list. */
function listOf(member: string, value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unreadable(`${member} is no list`);
  return value;
}

function optionalText(member: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw unreadable(`${member} is no text`);
  return value;
}
