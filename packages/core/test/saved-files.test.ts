import { mkdir, open, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { strictDialect } from '../src/index.ts';
import { deferred } from './memory-store.ts';
import { eventually, readA, readAllTheTime, setting, useReloadWorkspace } from './reload-workspace.ts';
import { componentText } from './workspace.ts';

const { path, linesWith, write, component, startWith } = useReloadWorkspace();

describe('how files are saved', () => {
  const patterns: [string, (file: string, text: string) => Promise<unknown>][] = [
    ['written over', (file, text) => writeFile(file, text)],
    [
      'renamed over',
      async (file, text) => {
        await writeFile(`${file}.tmp`, text);
        await rename(`${file}.tmp`, file);
      },
    ],
    [
      'deleted, and created after a while',
      async (file, text) => {
        await rm(file);
        await sleep(100);
        await writeFile(file, text);
      },
    ],
    [
      'moved to a backup, and created',
      async (file, text) => {
        await rename(file, `${file}~`);
        await writeFile(file, text);
      },
    ],
    [
      'truncated, then written in pieces',
      async (file, text) => {
        const handle = await open(file, 'w');
        await sleep(30);
        for (let at = 0; at < text.length; at += 40) {
          await handle.write(text.slice(at, at + 40));
          await sleep(10);
        }
        await handle.close();
      },
    ],
  ];
  it.each(patterns)('%s: no read fails, and the change arrives', async (_, save) => {
    await component('s', setting('0'));
    const { coffer } = await startWith();
    const reads = readAllTheTime(coffer);
    for (const value of ['1', '2', '3']) {
      await save(path('resources/s.yaml'), componentText('s', setting(value)));
      await eventually(() => expect(reads.values).toContain(value));
    }
    expect(reads.failures).toEqual([]);
    expect([...reads.values]).toEqual(['0', '1', '2', '3']);
    expect(linesWith('stays as it was')).toEqual([]);
  });

  it('as Kubernetes mounts them: a link to a directory is swapped', async () => {
    const mount = async (version: string) => {
      await mkdir(path(`resources/..${version}`));
      await write(`resources/..${version}/s.yaml`, componentText('s', setting(version)));
      await symlink(`..${version}`, path('resources/..data_tmp'));
      const before = await readlink(path('resources/..data')).catch(() => undefined);
      await rename(path('resources/..data_tmp'), path('resources/..data'));
      if (before !== undefined) await rm(path('resources', before), { recursive: true });
    };
    await mount('1');
    await symlink('..data/s.yaml', path('resources/s.yaml'));
    const { coffer } = await startWith();
    const reads = readAllTheTime(coffer);
    for (const version of ['2', '3']) {
      await mount(version);
      await eventually(() => expect(reads.values).toContain(version));
    }
    expect(reads.failures).toEqual([]);
  });

  const replacements: [string, () => Promise<unknown>][] = [
    [
      'moved away and another one moved in',
      async () => {
        await mkdir(path('new'));
        await write('new/s.yaml', componentText('s', setting('2')));
        await rename(path('resources'), path('old'));
        await rename(path('new'), path('resources'));
      },
    ],
    [
      'removed and made again',
      async () => {
        await rm(path('resources'), { recursive: true });
        await sleep(50);
        await mkdir(path('resources'));
        await component('s', setting('2'));
      },
    ],
    [
      'away for longer than a moment',
      async () => {
        await rename(path('resources'), path('old'));
        await eventually(() => expect(linesWith('no such file or directory: what was loaded from it stays')).toHaveLength(1));
        await rename(path('old'), path('resources'));
        await component('s', setting('2'));
      },
    ],
  ];
  it.each(replacements)('a resource directory that is %s: no read fails, and later changes are seen', async (_, replace) => {
    const gate = deferred();
    await component('s', setting('1'));
    const { coffer } = await startWith({}, { before: (name) => (name === 'slow' ? gate.promise : Promise.resolve()) });
    const inFlight = coffer.getSecret('s', 'slow').catch((failure: Error) => failure.message);
    const reads = readAllTheTime(coffer);
    await replace();
    await eventually(() => expect(reads.values).toContain('2'));
    await component('s', setting('3'));
    await eventually(() => expect(reads.values).toContain('3'));
    gate.resolve();
    expect(await inFlight).toContain('secret slow not found');
    expect(reads.failures).toEqual([]);
  });

  it('a link to a resource directory that is retargeted', async () => {
    for (const version of ['1', '2']) {
      await mkdir(path(version));
      await write(`${version}/s.yaml`, componentText('s', setting(version)));
    }
    await symlink(path('1'), path('linked'));
    const { coffer } = await startWith({ resourcesPaths: [path('linked')] });
    await symlink(path('2'), path('other'));
    await rename(path('other'), path('linked'));
    await eventually(async () => expect(await readA(coffer)).toBe('2'));
    await write('2/s.yaml', componentText('s', setting('3')));
    await eventually(async () => expect(await readA(coffer)).toBe('3'));
  });

  it('under the strict dialect a directory that vanishes ends the process', async () => {
    const failures: string[] = [];
    await component('s', setting('1'));
    await startWith({ dialect: strictDialect, failed: ({ message }) => failures.push(message) });
    await rename(path('resources'), path('old'));
    const text = `failed to read resource directories: open ${path('resources')}: no such file or directory`;
    await eventually(() => expect(failures[0]).toBe(text));
  });
});
