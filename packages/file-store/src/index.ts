export { contentOf, type FileContent, type FileMetadata, type FileRules } from './file-content.ts';
export { FileStore, type ReadFileContent, type ReadOptions } from './file-store.ts';
export type { FileTree, FileValue } from './flatten.ts';
export { type ReadBytesOptions, readBytes } from './read-bytes.ts';
