export { definition } from './definition.ts';
export type { KubernetesMetadata } from './metadata.ts';
