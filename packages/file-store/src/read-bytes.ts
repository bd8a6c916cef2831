import type { Stats } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { osErrorCode, osErrorText, SecretStoreError, throwIfAborted } from '@coffer/core/driver';

export interface ReadBytesOptions {
  /** Name of the setting that names the file, for hints. */
  readonly setting: string;
  readonly signal?: AbortSignal | undefined;
  /** Most bytes that the file may have. */
  readonly limit?: number;
  /** Sees the file's properties before it is read. */
  readonly inspect?: (stats: Stats) => void;
}

/**
 * The bytes of a file. Fails with `failed_precondition` and the operating system's words when it can't be read, and with
 * `resource_exhausted` when it is too big, without having read more than the limit.
 */
export async function readBytes(path: string, options: ReadBytesOptions): Promise<Buffer> {
  const { setting, signal, limit, inspect } = options;
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const stats = await file.stat();
    inspect?.(stats);
    if (limit === undefined) return await readFile(file, signal ? { signal } : {});
    const bytes = await readLimited(file, limit, signal);
    if (bytes.length <= limit) return bytes;
  } catch (cause) {
    throwIfAborted(signal);
    throw osError(file ? 'read' : 'open', path, setting, cause);
  } finally {
    await file?.close();
  }
  throw new SecretStoreError('resource_exhausted', `${path} has more than ${limit} bytes`, {
    operation: 'init',
    retryable: false,
  });
}

/** One byte more than the limit when the file has more. Sizes that the operating system tells can be wrong. */
async function readLimited(file: FileHandle, limit: number, signal: AbortSignal | undefined): Promise<Buffer> {
  const parts: Buffer[] = [];
  const options = { start: 0, end: limit, autoClose: false, ...(signal && { signal }) };
  for await (const part of file.createReadStream(options)) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function osError(call: 'open' | 'read', path: string, setting: string, cause: unknown): SecretStoreError {
  const detail = `${call} ${path}: ${osErrorText(cause)}`;
  const hint = HINTS[osErrorCode(cause)]?.(setting);
  return new SecretStoreError('failed_precondition', detail, { operation: 'init', hint, cause });
}

const check = (setting: string): string => `check ${setting}`;
const letRead = (): string => 'let the user that runs this process read the file';

/** What to do about a failure of the operating system. */
const HINTS: Readonly<Record<string, (setting: string) => string>> = {
  ENOENT: (setting) => `check ${setting}; a relative path starts at the folder the process was started in`,
  EACCES: letRead,
  EPERM: letRead,
  EISDIR: (setting) => `${setting} names a folder; name the file in it`,
  ENOTDIR: (setting) => `a part of the path of ${setting} is a file`,
  ELOOP: (setting) => `the links on the way to ${setting} run in a circle`,
  ENAMETOOLONG: check,
  EMFILE: () => 'raise the limit of open files (ulimit -n)',
  ERR_INVALID_ARG_VALUE: check,
};
