import type { MetadataOf } from '@coffer/core/driver';
import { credentialMetadata } from './credentials/metadata.ts';

/** Settings that say where the vault is, and how it is asked. */
const vaultMetadata = {
  vaultName: {
    type: 'string',
    example: 'shop-vault',
    description:
      'Name of the vault. Its host name (shop-vault.vault.azure.cn) and its URL are taken too, and say which cloud it is in.',
  },
  vaultUrl: {
    type: 'string',
    aliases: ['vaultUri'],
    example: 'https://shop-vault.vault.azure.net',
    description: 'The whole address instead of a name: for private host names and emulators. Only https.',
  },
  azureEnvironment: {
    type: 'string',
    aliases: ['azureCloud'],
    example: 'AzureChinaCloud',
    description: 'The cloud: AzurePublicCloud (when absent), AzureChinaCloud or AzureUSGovernmentCloud, in any letter case.',
  },
  azureAuthorityHost: {
    type: 'string',
    example: 'https://localhost:8443',
    description: 'Where tokens come from, in place of the authority of the cloud: for emulators. Only https.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one request to the vault, its retries included.',
  },
} as const;

/** Settings of a `secretstores.azure.keyvault` component. */
export const metadata: typeof vaultMetadata & typeof credentialMetadata = { ...vaultMetadata, ...credentialMetadata };

export type AzureKeyVaultMetadata = MetadataOf<typeof metadata>;
