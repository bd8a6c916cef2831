import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { osErrorCode, osErrorText } from '@coffer/core/driver';
import { credentialsOf } from './document.ts';
import { unusable } from './failures.ts';
import { parseFields } from './fields.ts';
import { hasMetadataServer, metadataServerTokens } from './metadata-server.ts';
import { serviceAccountTokens } from './service-account.ts';
import type { CredentialContext, Credentials, Environment } from './types.ts';

/** Credentials that the component names. All of them empty: application default credentials. */
export interface NamedCredentials {
  readonly key?: { readonly email: string; readonly privateKey: string; readonly keyId: string } | undefined;
  /** A document's text. */
  readonly document?: string | undefined;
  /** A document's path. */
  readonly file?: string | undefined;
}

const NO_CREDENTIALS =
  'could not find default credentials. See https://cloud.google.com/docs/authentication/external/set-up-adc for more information';

/**
 * The named credentials, else application default ones: the file that GOOGLE_APPLICATION_CREDENTIALS names, the one that gcloud
 * left, the metadata server. Files are read once; the network is asked for nothing but whether there is a metadata server, and
 * only when nothing else tells. Fails with `failed_precondition`.
 */
export async function findCredentials(
  { key, document, file }: NamedCredentials,
  context: CredentialContext,
  signal: AbortSignal | undefined,
): Promise<Credentials> {
  if (key !== undefined) return { source: serviceAccountTokens(key), quotaProject: '', universeDomain: '' };
  if (document !== undefined) return await credentialsOf(parseFields(document, 'credentialsJSON'), context);
  const { environment } = context;
  const named = file ?? environment.GOOGLE_APPLICATION_CREDENTIALS;
  if (named !== undefined && named !== '') return await credentialsOf(parseFields(await textOfFile(named), named), context);
  const left = await textOfOptionalFile(gcloudFile(environment));
  if (left !== undefined) return await credentialsOf(parseFields(left, gcloudFile(environment)), context);
  if (await hasMetadataServer(context, signal)) {
    return { source: metadataServerTokens(context), quotaProject: '', universeDomain: '' };
  }
  throw unusable(
    NO_CREDENTIALS,
    'on Google Cloud: attach a service account; elsewhere: set credentialsFile, or run gcloud auth application-default login',
  );
}

/** Where `gcloud auth application-default login` puts them; empty when there is no such place. */
function gcloudFile({ CLOUDSDK_CONFIG, APPDATA, HOME }: Environment): string {
  const folder =
    CLOUDSDK_CONFIG ||
    (process.platform === 'win32' ? APPDATA && join(APPDATA, 'gcloud') : HOME && join(HOME, '.config', 'gcloud'));
  return folder ? join(folder, 'application_default_credentials.json') : '';
}

async function textOfFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unusable(`open ${path}: ${osErrorText(cause)}`, 'check credentialsFile or GOOGLE_APPLICATION_CREDENTIALS', cause);
  }
}

async function textOfOptionalFile(path: string): Promise<string | undefined> {
  try {
    return path === '' ? undefined : await readFile(path, 'utf8');
  } catch (cause) {
    if (osErrorCode(cause) === 'ENOENT' || osErrorCode(cause) === 'ENOTDIR') return undefined;
    throw unusable(`open ${path}: ${osErrorText(cause)}`, 'may this process read it?', cause);
  }
}
