import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DriverFiles } from './driver-files.ts';
import { UnusableInput } from './driver-names.ts';

export interface WriteOptions {
  /** Puts the files into a folder that has others, in place of those of the same name. */
  readonly force?: boolean | undefined;
}

/**
 * Writes the files into a folder, which is made if need be. All are written beside it first and then moved, so that a failure
 * leaves nothing half done. Answers with the paths of files that were there and have been replaced. Fails with `UnusableInput`
 * when the folder is not empty.
 */
export async function writeFiles(folder: string, files: DriverFiles, { force }: WriteOptions = {}): Promise<readonly string[]> {
  const present = await entriesOf(folder);
  if (present?.some((name) => name !== '.git') && !force) {
    throw new UnusableInput(`${folder} is not empty`, 'give another folder, or --force to put the driver among what is there');
  }
  const paths = [...files.keys()];
  const replaced = await presentAmong(folder, paths);
  const draft = join(dirname(folder), `.${basename(folder)}-${randomUUID().slice(0, 8)}`);
  try {
    for (const [path, text] of files) {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      await writeFile(join(draft, path), text, { flag: 'wx' });
    }
    if (present === undefined) await rename(draft, folder);
    else await moveAll(paths, draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return replaced;
}

async function moveAll(paths: readonly string[], from: string, to: string): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await rename(join(from, path), join(to, path));
  }
}

/** Undefined for a folder that does not exist. */
async function entriesOf(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    if (codeOf(cause) === 'ENOTDIR') throw new UnusableInput(`${folder} is not a folder`, 'give another one');
    throw cause;
  }
}

/** Which of the files are there. Fails with `UnusableInput` when one of them can't be put there. */
async function presentAmong(folder: string, paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    try {
      const there = await lstat(join(folder, path));
      if (there.isDirectory()) throw inTheWay(join(folder, path));
      found.push(path);
    } catch (cause) {
      if (codeOf(cause) === 'ENOTDIR') throw inTheWay(dirname(join(folder, path)));
      if (codeOf(cause) !== 'ENOENT') throw cause;
    }
  }
  return found;
}

function inTheWay(path: string): UnusableInput {
  return new UnusableInput(`${path} is in the way of a file of the driver`, 'move it, or give another folder');
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}
