export { definition } from './definition.ts';
export type { ParameterStoreMetadata } from './metadata.ts';
