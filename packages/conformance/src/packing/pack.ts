import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { findPackage, readPackageJson } from '@coffer/core/internal';
import { CheckFailure, CheckSkip } from '../exercise.ts';

const run = promisify(execFile);

/** What `npm publish` would send. */
export interface PackedPackage extends AsyncDisposable {
  /** Where it is unpacked, with the dependencies that it declares and no others. */
  readonly folder: URL;
  /** Paths in it. */
  readonly files: readonly string[];
}

/** Packs a package as npm does and unpacks it elsewhere. Skips the check when npm is not installed. */
export async function packed(source: URL, signal: AbortSignal): Promise<PackedPackage> {
  const scratch = await mkdtemp(join(tmpdir(), 'coffer-packed-'));
  const dispose = () => rm(scratch, { recursive: true, force: true });
  try {
    const { filename, files } = await npmPack(fileURLToPath(source), scratch, signal);
    await run('tar', ['-xzf', join(scratch, filename), '-C', scratch], { signal });
    const folder = join(scratch, 'package');
    await linkDependencies(fileURLToPath(source), folder);
    return { folder: pathToFileURL(`${folder}/`), files: files.map(({ path }) => path), [Symbol.asyncDispose]: dispose };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}

interface NpmPacked {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

async function npmPack(folder: string, destination: string, signal: AbortSignal): Promise<NpmPacked> {
  // Building is the author's business: what is packed is what is there.
  const flags = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const beside = NPM_BESIDE_NODE.map((path) => join(dirname(process.execPath), path)).find(existsSync);
  const [program, first] = beside === undefined ? ['npm', []] : [process.execPath, [beside]];
  const isScript = beside === undefined && process.platform === 'win32';
  try {
    const { stdout } = await run(program, [...first, ...flags], { cwd: folder, signal, shell: isScript });
    const [answer] = Object.values(JSON.parse(stdout) as NpmPacked[] | Record<string, NpmPacked>);
    if (answer === undefined) throw new CheckFailure('npm pack has packed nothing');
    return answer;
  } catch (cause) {
    if (Object(cause).code === 'ENOENT') throw new CheckSkip('npm is not installed here');
    if (cause instanceof CheckFailure || !(cause instanceof Error)) throw cause;
    throw new CheckFailure(
      `npm pack failed: ${
        String(Object(cause).stderr ?? cause.message)
          .trim()
          .split('\n')[0]
      }`,
    );
  }
}

const NPM_BESIDE_NODE = ['../lib/node_modules/npm/bin/npm-cli.js', 'node_modules/npm/bin/npm-cli.js'];

/** From where the package itself finds them. One that is optional may not be there. */
async function linkDependencies(source: string, folder: string): Promise<void> {
  const { dependencies, optionalDependencies, peerDependencies } = await readPackageJson(join(folder, 'package.json'));
  for (const name of Object.keys({ ...optionalDependencies, ...peerDependencies, ...dependencies })) {
    const found = await findPackage(name, source);
    if (found === undefined) continue;
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(found.directory, link, 'junction');
  }
}
