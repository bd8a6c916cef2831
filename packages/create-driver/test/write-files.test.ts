import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFiles } from '../src/write-files.ts';

const FILES = new Map([
  ['package.json', '{}'],
  ['src/deep/store.ts', 'store'],
]);
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'create-driver-'));
});
afterEach(() => rm(root, { recursive: true }));

async function contents(folder: string = root): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    await Promise.all(files.sort().map(async (file) => [file.slice(root.length + 1), await readFile(file, 'utf8')])),
  );
}

it('makes the folder and those above it, with the rights of any new folder', async () => {
  expect(await writeFiles(join(root, 'a/b'), FILES)).toEqual([]);
  expect(await contents()).toEqual({ 'a/b/package.json': '{}', 'a/b/src/deep/store.ts': 'store' });
  await mkdir(join(root, 'other'));
  expect((await stat(join(root, 'a/b'))).mode).toBe((await stat(join(root, 'other'))).mode);
});

it('takes an empty folder, or one with nothing but a git repository', async () => {
  await mkdir(join(root, 'a'));
  await writeFiles(join(root, 'a'), FILES);
  await mkdir(join(root, 'b/.git'), { recursive: true });
  await writeFiles(join(root, 'b'), FILES);
  expect(Object.keys(await contents())).toHaveLength(4);
});

it('leaves a folder with anything else as it is', async () => {
  await mkdir(join(root, 'a'));
  await writeFile(join(root, 'a/notes.txt'), 'mine');
  await expect(writeFiles(join(root, 'a'), FILES)).rejects.toThrow(`${join(root, 'a')} is not empty`);
  expect(await contents()).toEqual({ 'a/notes.txt': 'mine' });
});

it('with force: replaces files of the same name, tells which, and leaves the others', async () => {
  await mkdir(join(root, 'a'));
  await writeFile(join(root, 'a/notes.txt'), 'mine');
  await writeFile(join(root, 'elsewhere.json'), 'linked');
  await symlink(join(root, 'elsewhere.json'), join(root, 'a/package.json'));
  expect(await writeFiles(join(root, 'a'), FILES, { force: true })).toEqual(['package.json']);
  expect(await contents()).toEqual({
    'a/notes.txt': 'mine',
    'a/package.json': '{}',
    'a/src/deep/store.ts': 'store',
    'elsewhere.json': 'linked',
  });
});

it.each([
  ['a folder where a file goes', 'package.json/x'],
  ['a file where a folder goes', 'src'],
])('with force: %s is in the way, and nothing is written', async (_, path) => {
  await mkdir(join(root, 'a', path, '..'), { recursive: true });
  await writeFile(join(root, 'a', path), 'mine');
  await expect(writeFiles(join(root, 'a'), FILES, { force: true })).rejects.toThrow('is in the way of a file of the driver');
  expect(await contents()).toEqual({ [`a/${path}`]: 'mine' });
});

it('refuses a place that is a file', async () => {
  await writeFile(join(root, 'a'), 'mine');
  await expect(writeFiles(join(root, 'a'), FILES)).rejects.toThrow('is not a folder');
  await expect(writeFiles(join(root, 'a/b'), FILES)).rejects.toThrow('is not a folder');
  expect(await contents()).toEqual({ a: 'mine' });
});

it('leaves nothing behind when it fails half way', async () => {
  const impossible = new Map([...FILES, ['package.json/inside-a-file', 'x']]);
  await expect(writeFiles(join(root, 'a'), impossible)).rejects.toThrow();
  expect(await readdir(root)).toEqual([]);
});
