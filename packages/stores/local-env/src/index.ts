export { definition } from './definition.ts';
export type { LocalEnvMetadata } from './metadata.ts';
export type { LocalEnvDependencies } from './store.ts';
