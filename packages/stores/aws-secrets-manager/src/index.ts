export { definition } from './definition.ts';
export type { SecretsManagerMetadata } from './metadata.ts';
