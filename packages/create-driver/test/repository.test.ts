import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';

/* Drivers of the repository's own form, as `pnpm scaffold store` writes them, in a copy of what they find around them. */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const AROUND = ['biome.json', 'tsconfig.base.json', 'tsdown.shared.js', 'vitest.shared.js', 'scripts', 'packages/core'];
const execute = promisify(execFile);
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'coffer-repository-'));
  for (const path of AROUND) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await symlink(join(ROOT, path), join(root, path));
  }
  // Biome does not follow links to configurations, and looks for the repository that this is a part of.
  await rm(join(root, 'biome.json'));
  await cp(join(ROOT, 'biome.json'), join(root, 'biome.json'));
  await cp(join(ROOT, '.gitignore'), join(root, '.gitignore'));
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
});
afterAll(() => rm(root, { recursive: true }));

async function scaffold(short: string): Promise<string> {
  const directory = join(root, 'packages/stores', short);
  await createDriver({ name: `@coffer/store-${short}`, directory, form: 'repository' });
  await symlink(fileURLToPath(new URL('../node_modules', import.meta.url)), join(directory, 'node_modules'));
  return directory;
}

async function run(folder: string, command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await execute(command, args, { cwd: folder });
    return stdout + stderr;
  } catch (cause) {
    const { stdout, stderr } = cause as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} failed\n${stdout}${stderr}`, { cause });
  }
}

describe('a driver of the repository', () => {
  it('builds, type-checks and passes its tests and the kit', async () => {
    const folder = await scaffold('acme-cloud');
    const { scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    await run(folder, 'sh', ['-c', scripts.build]);
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain('| `requestTimeout` | duration | `30s` |');
    expect(JSON.parse(await readFile(join(folder, 'component.json'), 'utf8')).type).toBe('secretstores.acme-cloud');
    await run(folder, 'sh', ['-c', scripts.typecheck]);
    await run(folder, 'sh', ['-c', scripts.test]);
  }, 300_000);

  it('may have a type that is known and has no driver yet', async () => {
    const directory = join(root, 'packages/stores/known');
    await createDriver({
      name: '@coffer/store-known',
      type: 'secretstores.huaweicloud.csms',
      directory,
      form: 'repository',
    });
    expect(await readFile(join(directory, 'src/definition.ts'), 'utf8')).toContain("type: 'secretstores.huaweicloud.csms',");
  });

  // Names decide where lines break and how imports are sorted.
  it.each(['a', 'zz', '0', 'a-very-long-name-of-all-of-forty-letters'])(
    'called %s is formatted as Biome wants it',
    async (short) => {
      const folder = await scaffold(short);
      await run(root, 'biome', ['ci', '--error-on-warnings', folder]);
    },
  );
});
