import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../src/run.ts';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'create-driver-')));
});
afterEach(() => rm(root, { recursive: true }));

interface Finished {
  readonly code: number;
  readonly said: string;
  readonly complained: string;
}

/** Runs the command; with answers there is a terminal, and each is typed when its question comes. */
async function create(args: readonly string[], answers?: readonly (string | null)[]): Promise<Finished> {
  const isTTY = answers !== undefined;
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const texts = ['', ''];
  const left = [...(answers ?? [])];
  output.setEncoding('utf8').on('data', (text: string) => {
    texts[0] += text;
    if (!text.endsWith(': ')) return;
    const answer = left.shift();
    if (typeof answer === 'string') input.write(`${answer}\n`);
    else input.end();
  });
  errors.setEncoding('utf8').on('data', (text: string) => (texts[1] += text));
  const environment = { npm_config_user_agent: 'pnpm/12.21.0 npm/? node/v24.21.0 linux x64' };
  const code = await run(args, {
    input: Object.assign(input, { isTTY }),
    output: Object.assign(output, { isTTY }),
    errors,
    environment,
  });
  await new Promise((resolve) => setImmediate(resolve));
  return { code, said: texts[0] as string, complained: texts[1] as string };
}

async function manifestIn(folder: string) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

describe('without a terminal', () => {
  it('writes the package that flags describe, and says how to go on', async () => {
    const folder = join(root, 'x');
    const args = ['@acme/coffer-store', '--type', 'secretstores.acme.cloud', '--title', 'Acme Cloud', '--directory', folder];
    const { code, said, complained } = await create(args);
    expect([code, complained]).toEqual([0, '']);
    expect(said).toContain(`files of a driver for secretstores.acme.cloud are in ${folder}\n\n  cd ${folder}\n`);
    expect(said).toContain('  pnpm install\n  pnpm run build\n  pnpm run lint\n  pnpm run typecheck\n  pnpm run test\n');
    expect(await manifestIn(folder)).toMatchObject({
      name: '@acme/coffer-store',
      description: 'Coffer driver for secretstores.acme.cloud: Acme Cloud',
      coffer: { contract: 1, stores: [{ type: 'secretstores.acme.cloud' }] },
    });
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['.gitignore', 'biome.json', 'README.md']));
  });

  it.each<[title: string, args: string[], message: string, hint: string]>([
    ['no name', [], 'the driver has no name', '--name coffer-store-acme'],
    ['no name, and nothing to be asked', ['--yes'], 'the driver has no name', '--name'],
    ['a name that npm refuses', ['Acme'], '"Acme" is no name for a package: npm takes lower case only', 'coffer-store-acme'],
    ['a type of another kind', ['a', '--type', 'state.redis'], '"state.redis" is no component type', 'secretstores.'],
    ['a type that is taken', ['a', '--type', 'secretstores.local.env'], 'is the type of @coffer/store-local-env', 'another'],
    ['a title that can not be written', ['a', '--title', '`'], '"`" is no title', 'letters'],
    ['no folder', ['a', '--directory', ''], '"" is no folder', 'such as'],
    ['an unknown flag', ['a', '--tipe', 'x'], "Unknown option '--tipe'", '--help'],
  ])('refuses %s, and writes nothing', async (_, args, message, hint) => {
    const folder = join(root, 'x');
    const given = args.includes('--directory') || args.length === 0 ? args : [...args, '--directory', folder];
    const { code, said, complained } = await create(given);
    expect([code, said]).toEqual([1, '']);
    expect(complained).toMatch(/^create-driver: .+\nhint: .+\n$/);
    expect(complained).toContain(message);
    expect(complained.split('\n')[1]).toContain(hint);
    expect(await readdir(root)).toEqual([]);
  });

  it('replaces files only when told to, and names them', async () => {
    await writeFile(join(root, 'README.md'), 'mine');
    const args = ['acme', '--directory', root];
    expect(await create(args)).toMatchObject({ code: 1, complained: expect.stringContaining(`${root} is not empty`) });
    expect(await readdir(root)).toEqual(['README.md']);
    const { code, said } = await create([...args, '--force']);
    expect([code, said.split('\n')[0]]).toEqual([0, 'replaced README.md']);
  });

  it('tells what the system says when it can not write', async () => {
    await mkdir(join(root, 'x'));
    const folder = join(root, 'x', 'n'.repeat(300));
    expect(await create(['acme', '--directory', folder])).toMatchObject({
      code: 1,
      complained: expect.stringMatching(/^create-driver: ENAMETOOLONG/),
    });
    expect(await readdir(join(root, 'x'))).toEqual([]);
  });

  it('has help and a version', async () => {
    expect((await create(['--help'])).said).toContain('npm create @coffer/driver');
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await create(['--version'])).toEqual({ code: 0, said: `${version}\n`, complained: '' });
  });
});

describe('on a terminal', () => {
  it('asks, takes empty answers for the defaults, and asks again for what can not be', async () => {
    const folder = join(root, 'mine');
    const answers = ['Acme', 'coffer-store-acme', 'acme', '', '', folder];
    const { code, said, complained } = await create([], answers);
    expect([code, complained]).toEqual([0, '']);
    expect(said).toContain('"Acme" is no name for a package: npm takes lower case only\nhint: such as coffer-store-acme\n');
    expect(said).toContain('"acme" is no component type');
    expect(said).toContain('Component type (secretstores.acme): ');
    expect(said).toContain('Title, for people (Acme): ');
    expect(said).toContain('Folder (coffer-store-acme): ');
    expect(await manifestIn(folder)).toMatchObject({ name: 'coffer-store-acme', version: '0.1.0' });
  });

  it('does not ask for what flags say', async () => {
    const folder = join(root, 'mine');
    const { said } = await create(['--type', 'secretstores.x', '--directory', folder], ['coffer-store-acme', '']);
    expect(said).not.toMatch(/Component type|Folder/);
    expect(await manifestIn(folder)).toMatchObject({ coffer: { stores: [{ type: 'secretstores.x' }] } });
  });

  it('asks nothing when there is a name', async () => {
    const { code, said } = await create(['acme', '--directory', join(root, 'mine')], []);
    expect([code, said]).toEqual([0, expect.not.stringContaining('): ')]);
  });

  it('writes nothing when the user gives up', async () => {
    const { code } = await create(['--directory', join(root, 'mine')], ['acme', null]);
    expect(code).toBe(130);
    expect(await readdir(root)).toEqual([]);
  });
});
