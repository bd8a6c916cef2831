import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { osErrorCode, osErrorText } from '@coffer/core/driver';

/** Where Dapr looks for the sockets of pluggable components. */
export const DEFAULT_SOCKET_FOLDER = '/tmp/dapr-components-sockets';

export interface ComponentSocket {
  readonly path: string;
  /** File name without its last extension: what follows the category in a component's type. */
  readonly name: string;
}

export interface SocketFolder {
  readonly sockets: readonly ComponentSocket[];
  /** Paths of files that are no sockets. */
  readonly others: readonly string[];
}

/** The sockets directly in a folder, by name; undefined when there is no such folder. Fails with an Error in the reference's words. */
export async function readSocketFolder(folder: string): Promise<SocketFolder | undefined> {
  if (folder === '') return undefined;
  try {
    const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const sockets = entries.filter((entry) => entry.isSocket());
    return {
      sockets: sockets.map(({ name }) => ({ path: join(folder, name), name: withoutExtension(name) })),
      others: entries.filter((entry) => !entry.isSocket()).map(({ name }) => join(folder, name)),
    };
  } catch (cause) {
    if (osErrorCode(cause) === 'ENOENT') return undefined;
    throw new Error(`could not list pluggable components unix sockets: open ${folder}: ${osErrorText(cause)}`, { cause });
  }
}

/** Why somebody other than `user` and root may have put files into a folder; undefined when nobody can. */
export async function reasonToDistrustFolder(
  folder: string,
  user: number | undefined = process.getuid?.(),
): Promise<string | undefined> {
  const status = await lstat(folder);
  if (status.isSymbolicLink()) return 'it is a link';
  if (status.uid !== 0 && status.uid !== user) return `it belongs to user ${status.uid}`;
  return status.mode & 0o022 ? 'other users may write to it' : undefined;
}

/** Why a socket may be that of somebody other than `user` and root; undefined when it is not. */
export async function reasonToDistrustSocket(
  path: string,
  user: number | undefined = process.getuid?.(),
): Promise<string | undefined> {
  const { uid } = await lstat(path);
  return uid === 0 || uid === user ? undefined : `it belongs to user ${uid}`;
}

function withoutExtension(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? name : name.slice(0, dot);
}
