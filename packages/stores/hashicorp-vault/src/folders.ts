import { forEachConcurrently } from '@coffer/core/driver';
import { UnreadableAnswer } from './answer.ts';
import { segmentsOfName } from './path.ts';

/** Keys of one folder, which is given by its path with a slash at its end; those of folders end in a slash. */
export type ListFolder = (path: string, options: { readonly signal: AbortSignal }) => Promise<readonly string[]>;

/**
 * Names of all secrets below a folder, one page for each folder and level after level, ten folders at a time. All listing is
 * done before the first page: together with reads there would be more calls than ten.
 */
export async function pagesOfNames(list: ListFolder, signal: AbortSignal | undefined): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  for (let level = ['']; level.length > 0; ) {
    const found = new Map<string, readonly string[]>(level.map((folder) => [folder, []]));
    await forEachConcurrently(level, async (folder, options) => void found.set(folder, await list(folder, options)), { signal });
    level = [];
    for (const [folder, keys] of found) {
      if (!keys.every(isPlain)) throw new UnreadableAnswer('data.keys holds a name that no secret can have');
      pages.push(keys.filter((key) => !key.endsWith('/')).map((key) => folder + key));
      level.push(...keys.filter((key) => key.endsWith('/')).map((key) => folder + key));
    }
  }
  return pages.filter((page) => page.length > 0);
}

/** One part, of a secret or of a folder: nothing that leads out of its folder. */
function isPlain(key: string): boolean {
  const segments = segmentsOfName(key.replace(/\/$/, ''));
  return segments?.length === 1 && segments[0] !== '';
}
