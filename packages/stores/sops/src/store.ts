import { FileStore } from '@coffer/file-store';
import type { SopsMetadata } from './metadata.ts';
import { readSops } from './read-sops.ts';

/** Serves what a file holds that sops encrypted. Decrypted values are in memory and nowhere else. */
export class SopsStore extends FileStore<SopsMetadata> {
  constructor() {
    super(readSops);
  }
}
