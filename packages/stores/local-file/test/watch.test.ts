import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cofferDialect } from '@coffer/core';
import { decodeMetadata, type Logger, type SecretChange } from '@coffer/core/driver';
import { describe, it, vi } from 'vitest';
import { definition } from '../src/definition.ts';
import { LocalFileStore } from '../src/store.ts';

type Finish = (work: () => Promise<void>) => void;

const eventually = <Result>(check: () => Result) => vi.waitFor(check, { timeout: 20_000, interval: 20 });
const write = (path: string, content: string) => writeFile(path, content, { mode: 0o600 });
const { metadata: schema } = definition;

/** A file of its own for one test. */
async function fileWith(content: string | undefined, onTestFinished: Finish): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'coffer-file-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'secrets.json');
  if (content !== undefined) await write(file, content);
  return file;
}

/** A store that is watched until the test is over, what it tells and what it logs. */
async function watched(file: string, onTestFinished: Finish, properties: Record<string, string> = {}, names?: readonly string[]) {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const store = new LocalFileStore();
  const { metadata } = decodeMetadata(schema, { secretsFile: file, ...properties });
  await store.init({ component: 'file', metadata, dialect: cofferDialect, logger });
  const changes: SecretChange[] = [];
  const controller = new AbortController();
  const watching = (async () => {
    for await (const change of store.watch(names ? { names } : {}, { signal: controller.signal })) changes.push(change);
  })();
  const stop = async () => {
    controller.abort();
    await watching;
  };
  onTestFinished(stop);
  const get = async (name: string) => ({ ...(await store.get({ name, metadata: {} })).data });
  return { store, changes, lines, get, stop, watching };
}

describe.concurrent('secretstores.local.file: watch', () => {
  it('serves and tells what has changed', async ({ expect, onTestFinished }) => {
    const file = await fileWith('{"a": "1", "b": {"c": "2"}, "gone": "3"}', onTestFinished);
    const { store, changes, lines, get } = await watched(file, onTestFinished);
    expect(store.features()).toContain('WATCH');
    await write(file, '{"a": "1", "b": {"c": "changed"}, "new": "4"}');
    await eventually(() => expect(changes).toHaveLength(3));
    expect(changes).toEqual([
      { name: 'gone', kind: 'removed' },
      { name: 'b:c', kind: 'changed' },
      { name: 'new', kind: 'changed' },
    ]);
    expect(await get('b:c')).toEqual({ 'b:c': 'changed' });
    await expect(get('gone')).rejects.toMatchObject({ code: 'not_found' });
    expect(lines).toEqual([`info secrets file ${file} was read again, secrets that changed: 3`]);
  });

  it('tells only of the names that were asked for, and of keys of a secret', async ({ expect, onTestFinished }) => {
    const file = await fileWith('{"a": {"x": "1"}, "b": {"x": "1"}}', onTestFinished);
    const { changes, get } = await watched(file, onTestFinished, { multiValued: 'true' }, ['a']);
    await write(file, '{"a": {"x": "1", "y": "2"}, "b": {"x": "2"}}');
    await eventually(() => expect(changes).toEqual([{ name: 'a', kind: 'changed' }]));
    expect(await get('b')).toEqual({ x: '2' });
  });

  it('says nothing of a file that holds the same', async ({ expect, onTestFinished }) => {
    const file = await fileWith('{"a": "1"}', onTestFinished);
    const { changes, lines, get } = await watched(file, onTestFinished);
    await write(file, '{ "a" : "1" }');
    await eventually(() => expect(lines).toHaveLength(1));
    await write(file, '{"a": "2"}');
    await eventually(() => expect(changes).toHaveLength(1));
    expect(await get('a')).toEqual({ a: '2' });
  });

  const breakings: [string, (file: string) => Promise<unknown>, string][] = [
    ['is not JSON', (file) => write(file, '{"a": "canary"'), 'secrets.json:1:15 is not valid JSON'],
    ['is empty', (file) => write(file, ''), 'is not valid JSON'],
    ['has colliding paths', (file) => write(file, '{"a:b": "canary", "a": {"b": "canary"}}'), 'have the name a:b'],
    ['is gone', (file) => rm(file), 'no such file or directory'],
    ['is a directory', (file) => rm(file).then(() => mkdir(file)), 'is a directory'],
  ];
  it.for(breakings)('serves the last good content while the file %s, and says so once', async ([, breakIt, reason], context) => {
    const { expect, onTestFinished } = context;
    const file = await fileWith('{"a": "1"}', onTestFinished);
    const { changes, lines, get } = await watched(file, onTestFinished);
    await breakIt(file);
    await eventually(() => expect(lines).toHaveLength(1));
    expect(lines[0]).toMatch(/^error secrets file .* has changed and can't be read, what it held before is served on: /);
    expect(lines[0]).toContain(reason);
    expect(await get('a')).toEqual({ a: '1' });
    await rm(file, { recursive: true, force: true });
    await write(file, '{"a": "2"}');
    await eventually(() => expect(changes).toEqual([{ name: 'a', kind: 'changed' }]));
    expect(await get('a')).toEqual({ a: '2' });
    expect(lines.join('\n')).not.toContain('canary');
    expect(lines).toHaveLength(2);
  });

  it('follows links that are swapped, as Kubernetes mounts secrets', async ({ expect, onTestFinished }) => {
    const file = await fileWith(undefined, onTestFinished);
    const directory = dirname(file);
    const mount = async (version: string) => {
      await mkdir(join(directory, `..${version}`));
      await write(join(directory, `..${version}`, 'secrets.json'), `{"a": "${version}"}`);
      await symlink(`..${version}`, join(directory, '..data_tmp'));
      await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    };
    await mount('1');
    await symlink('..data/secrets.json', file);
    const { changes, get } = await watched(file, onTestFinished);
    await mount('2');
    await eventually(() => expect(changes).toHaveLength(1));
    expect(await get('a')).toEqual({ a: '2' });
  });

  it('is told of a change between init and watch', async ({ expect, onTestFinished }) => {
    const file = await fileWith('{"a": "1"}', onTestFinished);
    const store = new LocalFileStore();
    const { metadata } = decodeMetadata(schema, { secretsFile: file });
    const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
    await store.init({ component: 'file', metadata, dialect: cofferDialect, logger });
    await write(file, '{"a": "other"}');
    const controller = new AbortController();
    for await (const change of store.watch({}, { signal: controller.signal })) {
      expect(change).toEqual({ name: 'a', kind: 'changed' });
      controller.abort();
    }
  });

  it('ends with its signal, and when the store is closed', async ({ expect, onTestFinished }) => {
    const file = await fileWith('{"a": "1"}', onTestFinished);
    const first = await watched(file, onTestFinished);
    await first.stop();
    const second = await watched(file, onTestFinished);
    await second.store.close();
    await write(file, '{"a": "2"}');
    await second.watching;
    expect(second.changes).toEqual([]);
  });
});
