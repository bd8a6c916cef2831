import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { compareUtf8 } from '../driver/go-json.ts';
import { osErrorCode, osErrorText } from '../driver/index.ts';

/** A resource directory that can't be listed; the message is Go's text for it. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
  readonly path: string;
  /** Code of the operating system, such as `ENOENT`; empty when there is none. */
  readonly code: string;

  constructor(path: string, cause: unknown) {
    super(`open ${path}: ${osErrorText(cause)}`, { cause });
    this.path = path;
    this.code = osErrorCode(cause);
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
  const files = entries.filter((entry) => !entry.isDirectory());
  return {
    files: files.filter(({ name }) => isYamlName(name)).map(({ name }) => join(directory, name)),
    others: files.filter(({ name }) => !isYamlName(name)).map(({ name }) => name),
    directories: entries.filter((entry) => entry.isDirectory()).map(({ name }) => name),
  };
}

export function isYamlName(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

/** Go's text for a file that can't be read: a directory fails at the first read, anything else at opening. */
export function fileErrorText(file: string, cause: unknown): string {
  return `${osErrorCode(cause) === 'EISDIR' ? 'read' : 'open'} ${file}: ${osErrorText(cause)}`;
}

/** Whether a file of a listing is this path, or lies in it. */
export function isWithin(file: string, path: string): boolean {
  return file === path || file.startsWith(join(path, sep));
}
