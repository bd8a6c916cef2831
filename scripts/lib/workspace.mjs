import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every folder of the repository with a package.json, relative to the root, the root first. */
export function packageFolders(folder = '.', depth = 3) {
  const own = existsSync(path.join(root, folder, 'package.json')) ? [folder] : [];
  if (depth === 0) return own;
  const inner = readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !['node_modules', 'dist'].includes(entry.name))
    .map((entry) => path.join(folder, entry.name))
    .sort();
  return [...own, ...inner.flatMap((name) => packageFolders(name, depth - 1))];
}
