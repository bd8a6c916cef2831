import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { Cofferd } from './support/cofferd.ts';
import { Outside } from './support/outside.ts';

/*
 * What the README promises, from nothing to a secret that is served, with the packages as they would be published. Each test
 * goes on where the one before ended.
 */

let outside: Outside;
let driver: string;
let app: string;

beforeAll(async () => {
  outside = await Outside.create();
}, 120_000);
afterAll(() => outside[Symbol.asyncDispose]());

it('creates a package', async () => {
  const anywhere = await outside.folder('anywhere', {
    'package.json': { private: true, devDependencies: { '@coffer/create-driver': '*' } },
  });
  await outside.install(anywhere);
  driver = join(outside.root, 'coffer-store-acme');
  const said = await outside.run(anywhere, 'create-driver', ['coffer-store-acme', '--directory', driver]);
  expect(said).toContain(`a driver for secretstores.acme are in ${driver}`);
  // npm leaves some files out of what it packs: a .gitignore, what "files" excludes.
  const { files } = await createDriver({ name: 'coffer-store-acme', directory: join(outside.root, 'from-sources') });
  expect(await filesIn(driver)).toEqual([...files].sort());
  await outside.install(driver);
});

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort();
}

it.each(['build', 'lint', 'typecheck', 'test', 'certify'])(
  'npm run %s passes in it at once',
  async (script) => {
    await outside.run(driver, 'npm', ['run', script]);
  },
  300_000,
);

it('has been certified', async () => {
  const { reports } = JSON.parse(await readFile(join(driver, 'conformance.json'), 'utf8'));
  expect(reports).toMatchObject([{ driver: { package: 'coffer-store-acme' }, backend: { name: 'service in memory' } }]);
});

it('is packed with what an application needs, and nothing else', async () => {
  await outside.run(driver, 'pnpm', ['pack', '--out', 'packed.tgz']);
  const packed = (await outside.run(driver, 'tar', ['-tzf', 'packed.tgz'])).trim().split('\n');
  const plain = packed.map((path) => path.replace(/^package\//, '').replace(/-[\w-]{8}\.js$/, '-hash.js')).sort();
  expect(plain).toEqual([
    'README.md',
    'component.json',
    'conformance.json',
    'dist/definition.d.ts',
    'dist/definition.js',
    'dist/store-hash.js',
    'package.json',
  ]);
});

it('is added to an application, and cofferd serves from it', async () => {
  app = await outside.folder('app', {
    'package.json': { private: true, dependencies: { '@coffer/server': '*', coffer: '*' } },
    'components/acme.yaml': await readFile(join(driver, 'examples/component.yaml'), 'utf8'),
  });
  await outside.install(app);
  await outside.install(app, [join(driver, 'packed.tgz')]);
  await using cofferd = await Cofferd.start(app, ['--driver-path=.', '--resources-path=components']);
  const read = await cofferd.get('/v1.0/secrets/acme-secrets/greeting');
  expect([read.status, JSON.parse(read.body)]).toEqual([200, { greeting: 'hello' }]);
  const bulk = await cofferd.get('/v1.0/secrets/acme-secrets/bulk');
  expect([bulk.status, JSON.parse(bulk.body)]).toEqual([200, { greeting: { greeting: 'hello' } }]);
});

it('is among the drivers that coffer lists, and its component is checked', async () => {
  const listed = JSON.parse(await outside.run(app, 'coffer', ['list', '--available', '--json', '--driver-path', '.']));
  expect(listed.types).toContainEqual({
    type: 'secretstores.acme',
    version: 'v1',
    package: 'coffer-store-acme@0.1.0',
    status: 'alpha',
    title: 'Acme',
  });
  const said = await outside.run(app, 'coffer', ['check', '--driver-path', '.', 'components']);
  expect(said).toMatch(/coffer-store-acme@0\.1\.0\n\s+certified by kit \S+ on service in memory \(fake\): \d+ passed/);
});
