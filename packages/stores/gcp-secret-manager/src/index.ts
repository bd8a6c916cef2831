export { definition } from './definition.ts';
export type { GcpMetadata } from './metadata.ts';
