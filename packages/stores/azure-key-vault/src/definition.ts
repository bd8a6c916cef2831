import type { StoreDefinition } from '@coffer/core/driver';
import { addressProblems } from './address.ts';
import { credentialProblems } from './credentials/check.ts';
import { metadata } from './metadata.ts';

export type { AzureKeyVaultMetadata } from './metadata.ts';

/** Secrets of an Azure Key Vault, read on every call. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.azure.keyvault',
  version: 'v1',
  title: 'Azure Key Vault',
  status: 'stable',
  metadata,
  check: (given) => [...addressProblems(given), ...credentialProblems(given)],
  requestMetadata: [
    {
      name: 'version_id',
      description: 'Version of the secret, in single reads; the current one when absent.',
      example: '0123456789abcdef0123456789abcdef',
    },
    {
      name: 'maxresults',
      description: 'How many secrets a bulk read gives at most; all of them when absent, zero or negative.',
      example: '50',
    },
  ],
  features: ['LIST', 'PING'],
  create: async () => new (await import('./store.ts')).AzureKeyVaultStore(),
};
