import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLoggerFor } from '../runtime/logging.ts';
import { diskSource } from './disk-source.ts';
import type { ResourceSource } from './source.ts';

let directory: string;
let source: ResourceSource;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coffer-source-'));
  source = sourceOf(directory);
});
afterEach(() => rm(directory, { recursive: true }));

const NEVER = new AbortController().signal;
const sourceOf = (...directories: string[]) => diskSource({ directories, configurationFiles: [], logger: silentLoggerFor('') });
const write = (file: string, text: string) => writeFile(join(directory, file), text);
const component = (name: string) => `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: ${name}}\n`;
const resiliency = 'kind: Resiliency\nmetadata: {name: r}\n';
const namesIn = async () => (await source.readComponents()).components.map(({ name }) => name);

describe('readings', () => {
  it('are not of a file that is empty only until it is written anew', async () => {
    await write('a.yaml', component('a'));
    await write('r.yaml', resiliency);
    await source.settled?.(NEVER);
    await write('a.yaml', '');
    await write('r.yaml', '');
    const readings = [namesIn(), source.readResiliency('app1')] as const;
    await sleep(120);
    await write('a.yaml', component('b'));
    await write('r.yaml', resiliency);
    const [names, { resiliencies }] = await Promise.all(readings);
    expect(names).toEqual(['b']);
    expect(resiliencies).toHaveLength(1);
  });

  it('are of what stays away', async () => {
    await write('a.yaml', component('a'));
    await write('b.yaml', component('b'));
    await source.settled?.(NEVER);
    await rm(join(directory, 'a.yaml'));
    expect(await namesIn()).toEqual(['b']);
  });

  it('have what can be read, and say what can not', async () => {
    await mkdir(join(directory, 'here'));
    await write('here/a.yaml', component('a'));
    await mkdir(join(directory, 'here', 'dir.yaml'));
    source = sourceOf(join(directory, 'gone'), join(directory, 'here'));
    const { components, unreadable } = await source.readComponents();
    expect(components).toMatchObject([{ name: 'a' }]);
    const message = `open ${join(directory, 'gone')}: no such file or directory`;
    expect(unreadable).toEqual([{ kind: 'directory', path: join(directory, 'gone'), message }]);
  });

  it('can be given up while files never stay the same', async () => {
    await write('a.yaml', component('a'));
    await source.settled?.(NEVER);
    let goesOn = true;
    const writing = (async () => {
      for (let i = 0; goesOn; i++) await write('a.yaml', component(`a${i}`));
    })();
    onTestFinished(async () => {
      goesOn = false;
      await writing;
    });
    await sleep(50);
    const controller = new AbortController();
    const reading = source.readComponents({ signal: controller.signal });
    await sleep(300);
    controller.abort();
    await expect(reading).rejects.toThrow('aborted');
    goesOn = false;
    await writing;
    expect(await namesIn()).toHaveLength(1);
  });
});

describe('watch', () => {
  it('fails when a directory is not there', async () => {
    const missing = join(directory, 'nope');
    await expect(sourceOf(missing).watch(vi.fn(), NEVER)).rejects.toThrow(
      `failed to create watcher: failed to add target ${missing}: no such file or directory`,
    );
  });

  it('tells of entries of the directories, not of their sub-directories, until its signal aborts', async () => {
    await mkdir(join(directory, 'one'));
    await mkdir(join(directory, 'two', 'inner'), { recursive: true });
    const changed = vi.fn();
    const controller = new AbortController();
    onTestFinished(() => controller.abort());
    await sourceOf(join(directory, 'one'), join(directory, 'two')).watch(changed, controller.signal);
    await write('two/inner/a.yaml', component('a'));
    await sleep(100);
    expect(changed).not.toHaveBeenCalled();
    for (const file of ['one/note.txt', 'two/b.yaml']) {
      await write(file, 'x');
      await vi.waitFor(() => expect(changed).toHaveBeenCalledWith('resources'), { timeout: 20_000 });
      changed.mockClear();
    }
    await sleep(50);
    changed.mockClear();
    controller.abort();
    await write('one/note.txt', 'y');
    await sleep(100);
    expect(changed).not.toHaveBeenCalled();
  });
});
