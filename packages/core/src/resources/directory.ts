import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { compareUtf8 } from '../go-json.ts';

/** A resource directory that can't be listed; the message is Go's text for it. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
  readonly directory: string;

  constructor(directory: string, cause: unknown) {
    super(`open ${directory}: ${osErrorText(cause)}`, { cause });
    this.directory = directory;
  }
}

export interface DirectoryListing {
  /** Paths of the YAML files, in byte order of their names. */
  readonly files: readonly string[];
  /** Names of the other files; directories are in `directories`. */
  readonly others: readonly string[];
  readonly directories: readonly string[];
}

/** What lies directly in a directory. Fails with `DirectoryError`. */
export async function listDirectory(directory: string): Promise<DirectoryListing> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause) => {
    throw new DirectoryError(directory, cause);
  });
  entries.sort((a, b) => compareUtf8(a.name, b.name));
  const isYaml = (name: string): boolean => {
    // Node calls `.yaml` a name without an extension; Go calls it an extension.
    const extension = (extname(name) || (name.startsWith('.') ? name : '')).toLowerCase();
    return extension === '.yaml' || extension === '.yml';
  };
  const files = entries.filter((entry) => !entry.isDirectory());
  return {
    files: files.filter(({ name }) => isYaml(name)).map(({ name }) => join(directory, name)),
    others: files.filter(({ name }) => !isYaml(name)).map(({ name }) => name),
    directories: entries.filter((entry) => entry.isDirectory()).map(({ name }) => name),
  };
}

const OS_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ELOOP: 'too many levels of symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
};

/** The operating system's words for a failure, as Go prints them. */
export function osErrorText(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return OS_ERRORS[code] ?? (cause instanceof Error ? cause.message : String(cause));
}
