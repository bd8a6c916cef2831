import { SecretStoreError } from '@coffer/core/driver';
import type { AzureCloud } from '../cloud.ts';
import type { Environment } from './environment.ts';

const PUBLIC = 'https://login.microsoftonline.com/';

/**
 * Where tokens come from: the component's own `azureAuthorityHost`, else AZURE_AUTHORITY_HOST, else the authority of the
 * cloud. Another cloud than the public one is set on purpose and goes before the environment.
 */
export function authorityOf({ authorityHost }: AzureCloud, { AZURE_AUTHORITY_HOST: host }: Environment): string {
  if (authorityHost !== PUBLIC || !host) return authorityHost;
  if (URL.canParse(host) && new URL(host).protocol === 'https:') return host;
  const hint = 'set AZURE_AUTHORITY_HOST to https:// and a host, or not at all';
  throw new SecretStoreError('invalid_argument', 'the variable AZURE_AUTHORITY_HOST is not an https address', { hint });
}
