import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DriverNames } from './driver-names.ts';
import { ownPackage, repositoryPackage } from './package-json.ts';

/** A package of its own, or one of Coffer's repository. */
export type DriverForm = 'own' | 'repository';
/** Texts of a package's files by path, with slashes. */
export type DriverFiles = ReadonlyMap<string, string>;

const TEMPLATE = fileURLToPath(new URL('../template/', import.meta.url));
/** npm leaves out the one, and Biome takes the other for its own. */
const STORED_AS: Readonly<Record<string, string>> = { _gitignore: '.gitignore', '_biome.json': 'biome.json' };

/**
 * The files of a new driver. `template/driver` is a driver called Acme, the same for both forms; `template/own` and
 * `template/repository` are what stands around it, and `template/readme` has the parts in which its README.md differs.
 */
export async function driverFiles(names: DriverNames, form: DriverForm): Promise<DriverFiles> {
  const parts = new Map([...(await textsIn('readme', false)), ...(await textsIn(`readme/${form}`, false))]);
  const files = new Map<string, string>();
  for (const [path, text] of [...(await textsIn('driver')), ...(await textsIn(form))]) {
    files.set(STORED_AS[path] ?? path, renamed(path === 'README.md' ? filled(text, parts) : text, names));
  }
  const manifest = form === 'own' ? await ownPackage(names) : repositoryPackage(names);
  return files.set('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The texts of a folder of the template by path; those of the folders in it too, unless told otherwise. */
async function textsIn(folder: string, recursive = true): Promise<readonly (readonly [path: string, text: string])[]> {
  const root = join(TEMPLATE, folder);
  const entries = await readdir(root, { recursive, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => relative(root, join(parentPath, name)));
  return await Promise.all(
    paths.sort().map(async (path) => [path.replaceAll(sep, '/'), await readFile(join(root, path), 'utf8')] as const),
  );
}

/** The page with its parts: `<!-- install -->` is where the text of install.md goes, and may itself have such places. */
function filled(page: string, parts: ReadonlyMap<string, string>): string {
  return page.replace(/^<!-- ([a-z]+) -->$/gm, (place, name: string) => {
    const part = parts.get(`${name}.md`);
    return part === undefined ? place : filled(part.trimEnd(), parts);
  });
}

/** Acme in all its forms. */
const ACME = /coffer-store-acme|@coffer\/store-acme|secretstores\.acme|acme-secrets|Acme(?=[A-Z])|\bAcme\b/g;

function renamed(text: string, names: DriverNames): string {
  return text.replace(ACME, (found, at: number, whole: string) => {
    if (found.includes('store-acme')) return names.package;
    if (found === 'secretstores.acme') return names.type;
    if (found === 'acme-secrets') return `${names.short}-secrets`;
    return /[A-Z]/.test(whole.charAt(at + found.length)) ? names.identifier : names.title;
  });
}
