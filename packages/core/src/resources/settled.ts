import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { listDirectory } from './directory.ts';

/** Milliseconds without a change of any YAML file until what is there counts. */
const QUIET = 50;
/** Milliseconds that a file may be gone or empty in the course of being saved. */
const ABSENT = 500;
/** Milliseconds after which it need not be quiet any more: somebody may write without end. */
const LONGEST = 1500;

/** Path of each YAML file that is not empty, with a text that is another one after every change. */
export type Contents = ReadonlyMap<string, string>;

/**
 * Resolves when the directories are not in the middle of being saved to: nothing has changed for a moment, and the files
 * that were there `before` are there, or stay away. Answers what is there then. Fails only with the signal's reason.
 */
export async function untilSettled(
  directories: readonly string[],
  before: Contents,
  signal: AbortSignal | undefined,
): Promise<Contents> {
  const start = performance.now();
  let last = await contentsOf(directories);
  let absentSince: number | undefined;
  for (;;) {
    await sleep(QUIET, undefined, { ref: false, ...(signal && { signal }) });
    const found = await contentsOf(directories);
    const now = performance.now();
    const isQuiet = isSameContents(last, found) || now - start >= LONGEST;
    absentSince = [...before.keys()].every((file) => found.has(file)) ? undefined : (absentSince ?? now);
    if (isQuiet && (absentSince === undefined || now - absentSince >= ABSENT)) return found;
    last = found;
  }
}

/** A directory or file that can't be looked at has no content: reading tells why. */
export async function contentsOf(directories: readonly string[]): Promise<Contents> {
  const contents = new Map<string, string>();
  for (const directory of directories) {
    const { files } = await listDirectory(directory).catch(() => ({ files: [] }));
    for (const file of files) {
      const found = await stat(file, { bigint: true }).catch(() => undefined);
      if (found !== undefined && found.size > 0n)
        contents.set(file, `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`);
    }
  }
  return contents;
}

export function isSameContents(one: Contents, other: Contents): boolean {
  return one.size === other.size && [...one].every(([file, stamp]) => other.get(file) === stamp);
}
