import type { InitContext } from '@coffer/core/driver';
import { contentOf, type FileContent, FileStore, type ReadOptions } from '@coffer/file-store';
import type { LocalFileMetadata } from './metadata.ts';
import { readSecretsFile } from './read-file.ts';

/** Serves what a JSON file holds. */
export class LocalFileStore extends FileStore<LocalFileMetadata> {
  constructor() {
    super(readLocalFile);
  }
}

async function readLocalFile(context: InitContext<LocalFileMetadata>, { signal, again }: ReadOptions): Promise<FileContent> {
  const { metadata, dialect, logger } = context;
  const reportOpenPermissions = dialect.localFile.reportOpenPermissions && !again ? logger : undefined;
  const root = await readSecretsFile(metadata.secretsFile, { signal, reportOpenPermissions });
  return contentOf(root, metadata, dialect.localFile);
}
