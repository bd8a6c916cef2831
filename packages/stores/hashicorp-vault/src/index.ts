export { definition } from './definition.ts';
export type { VaultMetadata } from './metadata.ts';
