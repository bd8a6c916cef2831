export { definition } from './definition.ts';
export type { LocalFileMetadata } from './metadata.ts';
