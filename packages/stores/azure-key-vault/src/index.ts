export { definition } from './definition.ts';
export type { AzureKeyVaultMetadata } from './metadata.ts';
