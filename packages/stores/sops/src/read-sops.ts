import { createHash } from 'node:crypto';
import { type InitContext, throwIfAborted } from '@coffer/core/driver';
import { contentOf, type FileContent, type ReadOptions, readBytes } from '@coffer/file-store';
import { dataKeyOf } from './age/data-key.ts';
import { loadIdentities } from './age/identities.ts';
import { decryptFile } from './decrypt-file.ts';
import { FileFault, failureOf } from './file-fault.ts';
import { encryptionOf } from './file-metadata.ts';
import { parseFile } from './formats/parse-file.ts';
import type { SopsMetadata } from './metadata.ts';

/** Two values of one name are a failure; what stands at the top of a multi-valued file by itself is a secret. */
const RULES = { collidingPaths: 'error', multiValuedScalars: 'kept' } as const;

/**
 * The file's secrets, decrypted. Nothing is given of a file of which any value or the whole can't be verified: it fails with
 * `invalid_argument`, naming the file and what is wrong with it. Fails with `unauthenticated` and `permission_denied` when
 * no identity is at hand, or none for this file, and as `readBytes` does.
 */
export async function readSops(
  { metadata, logger }: InitContext<SopsMetadata>,
  { signal, again }: ReadOptions,
): Promise<FileContent> {
  const { secretsFile, maxFileSize } = metadata;
  const bytes = await readBytes(secretsFile, { setting: 'secretsFile', limit: maxFileSize, signal });
  try {
    const file = await parseFile(bytes, metadata);
    const encryption = encryptionOf(file.sops);
    const identities = await loadIdentities(metadata, { signal, logger: again ? undefined : logger });
    const dataKey = await dataKeyOf(encryption.recipients, identities);
    throwIfAborted(signal);
    const root = await decryptFile(file.documents, encryption, { dataKey, signal });
    return contentOf(root, metadata, RULES, blobId(bytes));
  } catch (cause) {
    throw cause instanceof FileFault ? failureOf(cause, secretsFile) : cause;
  }
}

/** What git calls a file of this content in a repository that hashes with SHA-1: `git rev-parse HEAD:secrets.enc.yaml`. */
function blobId(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
