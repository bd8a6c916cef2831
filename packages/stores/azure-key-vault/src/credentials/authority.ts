import type { AzureCloud } from '../cloud.ts';
import type { Environment } from './environment.ts';

const PUBLIC = 'https://login.microsoftonline.com/';

/**
 * Where tokens come from: the component's own `azureAuthorityHost`, else AZURE_AUTHORITY_HOST, else the authority of the
 * cloud. Another cloud than the public one is set on purpose and goes before the environment.
 */
export function authorityOf({ authorityHost }: AzureCloud, { AZURE_AUTHORITY_HOST }: Environment): string {
  return authorityHost === PUBLIC && AZURE_AUTHORITY_HOST ? AZURE_AUTHORITY_HOST : authorityHost;
}
