import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const execute = promisify(execFile);

/**
 * A place outside of the workspace, as those who use the published packages have it. Ours are packed and installed from their
 * tarballs. What others publish is taken as the workspace has it, so that no registry is asked.
 */
export class Outside implements AsyncDisposable {
  readonly root: string;
  readonly #overrides: Readonly<Record<string, string>>;

  private constructor(root: string, overrides: Readonly<Record<string, string>>) {
    this.root = root;
    this.#overrides = overrides;
  }

  /** Packs what a driver, and an application that uses it, are made of. All of it has been built. */
  static async create(): Promise<Outside> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'coffer-outside-')));
    const packed = join(root, 'packed');
    const published = ['coffer...', '@coffer/conformance...', '@coffer/create-driver'];
    const filters = published.flatMap((name) => ['--filter-prod', name]);
    await execute('pnpm', ['--recursive', ...filters, 'pack', '--pack-destination', packed], { cwd: ROOT });
    const overrides: Record<string, string> = {};
    for (const tarball of await readdir(packed)) {
      const { stdout } = await execute('tar', ['-xzOf', join(packed, tarball), 'package/package.json']);
      overrides[(JSON.parse(stdout) as PackageJson).name] = `file:${join(packed, tarball)}`;
    }
    for (const folder of await packageFolders()) Object.assign(overrides, await linksOf(folder, overrides));
    return new Outside(root, overrides);
  }

  /** Makes a folder, with these files. */
  async folder(name: string, files: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const folder = join(this.root, name);
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return folder;
  }

  /** Installs what package.json in the folder says, or adds packages to it. */
  async install(folder: string, added: readonly string[] = []): Promise<void> {
    // JSON is YAML.
    await writeFile(join(folder, 'pnpm-workspace.yaml'), JSON.stringify({ overrides: this.#overrides }));
    await this.run(folder, 'pnpm', [added.length === 0 ? 'install' : 'add', '--offline', ...added]);
  }

  /** What a command writes. Fails with all that it wrote when its exit code is not 0. */
  async run(folder: string, command: string, args: readonly string[]): Promise<string> {
    const env = { PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`, HOME: process.env.HOME, CI: 'true' };
    try {
      return (await execute(command, args, { cwd: folder, env })).stdout;
    } catch (cause) {
      const { stdout, stderr } = cause as { readonly stdout?: string; readonly stderr?: string };
      throw new Error(`${command} ${args.join(' ')} in ${folder} failed\n${stdout}${stderr}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true });
  }
}

interface PackageJson {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

async function packageFolders(): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const parent of ['apps', 'packages', 'packages/stores']) {
    for (const name of await readdir(join(ROOT, parent))) {
      if (name !== 'stores') folders.push(join(ROOT, parent, name));
    }
  }
  return folders;
}

/** Where the workspace has the packages of others that a package of ours depends on. */
async function linksOf(folder: string, known: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const { dependencies, devDependencies, peerDependencies } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  ) as PackageJson;
  const links: Record<string, string> = {};
  for (const name of Object.keys({ ...devDependencies, ...peerDependencies, ...dependencies })) {
    if (name in known) continue;
    links[name] = `link:${await realpath(join(folder, 'node_modules', name))}`;
  }
  return links;
}
