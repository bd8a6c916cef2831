import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretChange } from '@coffer/core/driver';
import { identityToRecipient } from 'age-encryption';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fileWith, folder, identityOf, open, testKey } from './open.ts';
import { SopsWriter } from './write-sops.ts';

const eventually = <Result>(check: () => Result) => vi.waitFor(check, { timeout: 30_000, interval: 20 });
const RECIPIENTS = { one: await identityToRecipient(identityOf('one')), two: await identityToRecipient(identityOf('two')) };

/** A file that holds these secrets, for the first test key unless told otherwise. */
const encrypted = (secrets: Record<string, string>, recipients = [RECIPIENTS.one]) =>
  new SopsWriter(recipients).write(new Map(Object.entries(secrets)));

/** As git and editors put a file in place. */
function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

async function watched(path: string, properties?: Record<string, string>) {
  const { store, lines } = await open(path, properties);
  const changes: SecretChange[] = [];
  const controller = new AbortController();
  const watching = (async () => {
    for await (const change of store.watch({}, { signal: controller.signal })) changes.push(change);
  })();
  onTestFinished(async () => {
    controller.abort();
    await watching;
  });
  const get = async (name: string) => (await store.get({ name, metadata: {} })).data?.[name];
  return { store, lines, changes, get };
}

describe('a file that changes', () => {
  it('is read again, and what has changed is told with its version', async () => {
    const path = fileWith(await encrypted({ a: '1', b: '1', gone: 'x' }), 'a.json');
    const { store, changes, get } = await watched(path);
    replace(path, await encrypted({ a: '1', b: '2', new: '3' }));
    await eventually(() => expect(changes).toHaveLength(3));
    const { version } = await store.get({ name: 'b', metadata: {} });
    expect(changes).toEqual([
      { name: 'gone', kind: 'removed' },
      { name: 'b', kind: 'changed', version },
      { name: 'new', kind: 'changed', version },
    ]);
    expect(await get('b')).toBe('2');
  });

  it('is served on as it was while the new one is bad, with one line that says why', async () => {
    const path = fileWith(await encrypted({ a: '1' }), 'a.json');
    const { changes, lines, get } = await watched(path);
    replace(path, (await encrypted({ a: 'canary' })).replace('"a":', '"b":'));
    await eventually(() => expect(lines).toHaveLength(1));
    expect(lines[0]).toContain(`error secrets file ${path} has changed and can't be read, what it held before is served on`);
    expect(lines[0]).toContain('the value of b was changed, renamed or moved after sops encrypted it');
    expect(await get('a')).toBe('1');
    replace(path, await encrypted({ a: '2' }));
    await eventually(() => expect(changes).toMatchObject([{ name: 'a', kind: 'changed' }]));
    expect(await get('a')).toBe('2');
    expect(lines.join()).not.toContain('canary');
  });

  it('for another key is opened as soon as that key is there', async () => {
    const path = fileWith(await encrypted({ a: '1' }), 'a.json');
    const ageKeyFile = fileWith(testKey('one'), 'keys.txt');
    const { lines, get } = await watched(path, { ageKeyFile });
    replace(path, await encrypted({ a: '2' }, [RECIPIENTS.two]));
    await eventually(() => expect(lines).toHaveLength(1));
    expect(lines[0]).toContain('no age identity at hand opens it');
    expect(await get('a')).toBe('1');
    replace(ageKeyFile, testKey('two'));
    await eventually(async () => expect(await get('a')).toBe('2'));
  });

  it('is followed through links that are swapped, as git-sync and Kubernetes do', async () => {
    const directory = folder();
    const put = async (name: string, value: string) => {
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, 'a.json'), await encrypted({ a: value }));
      rmSync(join(directory, 'next'), { force: true });
      symlinkSync(name, join(directory, 'next'));
      renameSync(join(directory, 'next'), join(directory, 'current'));
    };
    await put('commit-1', '1');
    const { get } = await watched(join(directory, 'current', 'a.json'));
    await put('commit-2', '2');
    await eventually(async () => expect(await get('a')).toBe('2'));
  });
});
