import { readFile } from 'node:fs/promises';
import { osErrorCode, SecretStoreError, throwIfAborted } from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { requestToken } from './oauth.ts';
import { type CredentialContext, SCOPE, type TokenSource } from './types.ts';

const FLAVOR = { 'metadata-flavor': 'Google' };
/** Milliseconds that a machine elsewhere may take to say that nobody is there. */
const PROBE = 2000;
const TOKEN_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';

/** Tokens of the service account of this machine, pod or Cloud Run service. */
export function metadataServerTokens(context: CredentialContext): TokenSource {
  const { local } = context;
  const url = new URL(TOKEN_PATH, origin(context));
  url.searchParams.set('scopes', SCOPE);
  const hint =
    'does this machine have a service account with the scope cloud-platform? On GKE: is Workload Identity on, and the Kubernetes service account bound?';
  return ({ signal }) => requestToken(local, { method: 'GET', url, headers: FLAVOR, secrets: [], hint }, signal);
}

/** Whether this machine is one of Google's. The network is asked only when neither environment nor firmware tell. */
export async function hasMetadataServer(context: CredentialContext, signal: AbortSignal | undefined): Promise<boolean> {
  const { local, environment, productFile } = context;
  if (environment.GCE_METADATA_HOST || environment.K_SERVICE || environment.CLOUD_RUN_JOB) return true;
  if (/^Google/.test(await firmwareName(productFile))) return true;
  try {
    const url = new URL(origin(context));
    const { headers } = await local.request({ url, headers: FLAVOR }, { signal, timeout: PROBE });
    return headers['metadata-flavor'] === 'Google';
  } catch (cause) {
    throwIfAborted(signal);
    if (cause instanceof HttpFailure) return false;
    throw cause;
  }
}

function origin({ environment, metadataHost }: CredentialContext): string {
  const address = `http://${environment.GCE_METADATA_HOST || metadataHost}`;
  if (URL.canParse(address)) return address;
  throw new SecretStoreError('failed_precondition', 'credentials: GCE_METADATA_HOST is not a host');
}

async function firmwareName(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EINVAL'].includes(osErrorCode(cause))) return '';
    throw cause;
  }
}
