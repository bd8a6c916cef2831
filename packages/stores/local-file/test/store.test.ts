import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cofferDialect, type Dialect, strictDialect } from '@coffer/core';
import { decodeMetadata, type Logger } from '@coffer/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { LocalFileStore } from '../src/store.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coffer-file-'));
  file = join(directory, 'secrets.json');
});
afterEach(() => rm(directory, { recursive: true }));

async function open(content: unknown, properties: Record<string, string> = {}, dialect: Dialect = cofferDialect) {
  if (content !== undefined)
    await writeFile(file, typeof content === 'string' || content instanceof Buffer ? content : JSON.stringify(content), {
      mode: 0o600,
    });
  const warnings: string[] = [];
  const logger: Logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
  const store = new LocalFileStore();
  const { metadata } = decodeMetadata(definition.metadata, { secretsFile: file, ...properties });
  await store.init({ component: 'file', metadata, dialect, logger });
  const get = async (name: string) => ({ ...(await store.get({ name, metadata: { namespace: 'x' } })).data });
  const bulk = async () => {
    const { data } = await store.bulkGet({ metadata: {} });
    return Object.fromEntries(Object.entries(data ?? {}).map(([name, values]) => [name, { ...values }]));
  };
  return { store, get, bulk, warnings };
}

const MULTI = { multiValued: 'true' };

describe('secretstores.local.file: the file', () => {
  it.each([{}, { secretsFile: '' }])('F2, F3: needs its path: %j', (properties) => {
    const { problems } = decodeMetadata(definition.metadata, properties as Record<string, string>);
    expect(problems).toMatchObject([{ severity: 'error', message: 'missing local secrets file in metadata' }]);
  });

  it('F4: tells why it can’t be read, as the operating system does', async () => {
    const missing = join(directory, 'nope.json');
    await expect(open(undefined, { secretsFile: missing })).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: `open ${missing}: no such file or directory`,
      hint: expect.stringContaining('check secretsFile'),
    });
    await mkdir(join(directory, 'folder'));
    await expect(open(undefined, { secretsFile: join(directory, 'folder') })).rejects.toMatchObject({
      detail: `read ${join(directory, 'folder')}: is a directory`,
    });
    await symlink('loop', join(directory, 'loop'));
    await expect(open(undefined, { secretsFile: join(directory, 'loop') })).rejects.toMatchObject({
      detail: `open ${join(directory, 'loop')}: too many levels of symbolic links`,
    });
    await expect(open(undefined, { secretsFile: 'a\0b' })).rejects.toMatchObject({ detail: 'open a\0b: invalid argument' });
  });

  it.each([
    ['F5', '[]', ' holds an array'],
    ['a number', '5', ' holds a single value'],
    ['F7', '{"a":"canary"} x', ' is not valid JSON'],
    ['a comment', '{\n  // canary\n}', ' is not valid JSON'],
    ['a trailing comma', '{"a":"canary",}', ' is not valid JSON'],
    ['cut off', '{"a":"canary', ' is not valid JSON'],
    ['a byte order mark', '\ufeff{"a":"canary"}', ' is not valid JSON'],
    ['empty', '', ' is not valid JSON'],
    ['a number out of range', '{"a":"canary","n":1e400}', ' is not valid JSON'],
  ])('%s: refuses what is no JSON object and quotes nothing of it', async (_, content, text) => {
    const failure = await open(content).catch((cause) => cause);
    expect(failure).toMatchObject({ code: 'invalid_argument', detail: expect.stringContaining(text) });
    expect(failure.detail).toContain(file);
    expect(`${failure.stack}${JSON.stringify(failure)}${failure.hint}`).not.toContain('canary');
  });

  it('tells line and column of a syntax error', async () => {
    await expect(open('{\n  "a": "x",\n  "b" 1\n}')).rejects.toMatchObject({
      detail: `${file}:3:7 is not valid JSON`,
      hint: 'a colon is expected here',
    });
  });

  it('F6: takes null for an empty store', async () => {
    const { bulk } = await open('null');
    expect(await bulk()).toEqual({});
  });

  it('F31: keeps what it read', async () => {
    const { get } = await open({ a: '1' });
    await writeFile(file, '{"a":"2"}');
    expect(await get('a')).toEqual({ a: '1' });
  });

  it('reports a file that others may read, but not under the strict dialect', async () => {
    await open({ a: '1' });
    expect((await open(undefined)).warnings).toEqual([]);
    for (const mode of [0o644, 0o640, 0o604]) {
      await chmod(file, mode);
      expect((await open(undefined)).warnings).toEqual([`secrets file ${file} may be read by other users: chmod 600 ${file}`]);
    }
    expect((await open(undefined, {}, strictDialect)).warnings).toEqual([]);
  });

  it('pings while the file is there', async () => {
    const { store } = await open({ a: '1' });
    await store.ping();
    await rm(file);
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('secretstores.local.file: one value a secret', () => {
  it.each([
    ['F1, F8', { root: { key1: 'value1' } }, '.', 'root.key1', 'value1'],
    ['F9', { root: { key1: 'value1' } }, '', 'root:key1', 'value1'],
    ['F10', { nestedsecret: { secret: 'efgh' } }, '::', 'nestedsecret::secret', 'efgh'],
    ['F11', { secret: 'secret' }, ':', 'secret', 'secret'],
    ['F16', { a: [{ b: 'c' }] }, ':', 'a:0:b', 'c'],
    ['F19', { '': 'x' }, ':', '', 'x'],
    ['an empty name inside', { a: { '': 'x' } }, ':', 'a:', 'x'],
    ['emoji', { '🔑': { ü: 'x' } }, ':', '🔑:ü', 'x'],
  ])('%s', async (_, content, nestedSeparator, name, value) => {
    const { get } = await open(content, { nestedSeparator });
    expect(await get(name)).toEqual({ [name]: value });
  });

  it('F12, F13, F14: finds exact names only', async () => {
    const { get } = await open({ secret: 's', inner: { a: '1' } });
    for (const name of ['NoSecret', 'Secret', 'inner', 'constructor', '__proto__', 'toString']) {
      await expect(get(name)).rejects.toMatchObject({ code: 'not_found', detail: `secret ${name} not found` });
    }
  });

  it('F15, F18, F21: names array items by index, and empty containers not at all', async () => {
    expect(await (await open({ a: ['x', 'y'], b: {}, c: [], d: { e: {} } })).bulk()).toEqual({
      'a:0': { 'a:0': 'x' },
      'a:1': { 'a:1': 'y' },
    });
  });

  it('F17: gives numbers, booleans and null as their JSON text, every digit of it', async () => {
    const { get } = await open('{"n":5,"f":1.50,"big":12345678901234567890,"e":1E40,"b":true,"z":null}');
    const texts = { n: '5', f: '1.50', big: '12345678901234567890', e: '1E40', b: 'true', z: 'null' };
    for (const [name, text] of Object.entries(texts)) expect(await get(name)).toEqual({ [name]: text });
  });

  it('F20: refuses paths that collide, naming them; the strict dialect keeps the first', async () => {
    const content = '{"x":"0","a:b":"1","a":{"b":"2"},"y":"3"}';
    await expect(open(content)).rejects.toMatchObject({
      code: 'invalid_argument',
      detail: `${file}: two entries of the file have the name a:b`,
      hint: expect.stringContaining('nestedSeparator'),
    });
    const { bulk } = await open(content, {}, strictDialect);
    expect(await bulk()).toEqual({ x: { x: '0' }, 'a:b': { 'a:b': '1' }, y: { y: '3' } });
    expect(Object.keys(await (await open(content, { nestedSeparator: '/' })).bulk())).toEqual(['x', 'a:b', 'a/b', 'y']);
  });

  it('gives U+FFFD for what is no Unicode', async () => {
    const { get } = await open('{"a":"x\\ud800y","\\udfff":"z"}');
    expect(await get('a')).toEqual({ a: 'x\ufffdy' });
    expect(await get('\ufffd')).toEqual({ '\ufffd': 'z' });
  });

  // What Go makes of such bytes: one U+FFFD for each that belongs to no sequence.
  it.each([
    ['a stray byte', [0xff], '\ufffd'],
    ['a cut sequence', [0xe2, 0x82], '\ufffd\ufffd'],
    ['a surrogate', [0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
    ['an overlong slash', [0xc0, 0xaf], '\ufffd\ufffd'],
    ['past the last character', [0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
    ['good beside bad', [0xc3, 0xbc, 0xf0, 0x9f, 0x98, 0x80, 0xe2, 0x82, 0xac, 0xfe], 'ü😀€\ufffd'],
  ])('reads %s in a file that is not UTF-8', async (_, bytes, text) => {
    const { get } = await open(Buffer.concat([Buffer.from('{"a":"<'), Buffer.from(bytes), Buffer.from('>"}')]));
    expect(await get('a')).toEqual({ a: `<${text}>` });
  });

  it('takes prototype-shaped names and repeated names as Go does', async () => {
    const { get, bulk } = await open('{"__proto__":"p","constructor":{"prototype":"c"},"a":"1","a":"2"}');
    expect(Object.entries(await get('__proto__'))).toEqual([['__proto__', 'p']]);
    expect(await get('constructor:prototype')).toEqual({ 'constructor:prototype': 'c' });
    expect(await get('a')).toEqual({ a: '2' });
    expect(Object.keys(await bulk())).toHaveLength(3);
    expect(({} as Record<string, unknown>).p).toBeUndefined();
  });

  it('F32: returns 1,000 odd names and values unchanged, and deep nesting', async () => {
    const content = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`${'n'.repeat(i)}\u0000<&>"${i}`, '\ud83d\ude00'.repeat(i % 70)]),
    );
    const { get } = await open(content);
    for (const [name, value] of Object.entries(content)) expect(await get(name)).toEqual({ [name]: value });
    const deep = await open(`${'{"a":'.repeat(9999)}1${'}'.repeat(9999)}`);
    expect(Object.keys(await deep.bulk())).toEqual([Array(9999).fill('a').join(':')]);
  });
});

describe('secretstores.local.file: several values a secret', () => {
  const parent = { child1: '12345', child2: { child3: '67890', child4: '00000' } };
  const flat = { child1: '12345', 'child2:child3': '67890', 'child2:child4': '00000' };

  it('F22, F23, F24, F25, F27, F28', async () => {
    const { get, bulk } = await open({ parent, single: 's', list: { l: ['x'] }, empty: {} }, MULTI);
    expect(await get('parent')).toEqual(flat);
    expect(await get('single')).toEqual({ single: 's' });
    expect(await get('list')).toEqual({ 'l:0': 'x' });
    expect(await get('empty')).toEqual({});
    await expect(get('parent:child1')).rejects.toMatchObject({ code: 'not_found' });
    expect(await bulk()).toEqual({ parent: flat, single: { single: 's' }, list: { 'l:0': 'x' }, empty: {} });
  });

  it('F26: keeps scalars and arrays at the top, which the strict dialect drops', async () => {
    const content = { n: 5, z: null, list: ['a', 'b'], s: 'x' };
    expect(await (await open(content, MULTI)).bulk()).toEqual({
      n: { n: '5' },
      z: { z: 'null' },
      list: { 0: 'a', 1: 'b' },
      s: { s: 'x' },
    });
    expect(await (await open(content, MULTI, strictDialect)).bulk()).toEqual({ s: { s: 'x' } });
  });

  it('F29, F30: has the feature when it is multi-valued', async () => {
    const feature = 'MULTIPLE_KEY_VALUES_PER_SECRET';
    expect((await open({}, { multiValued: 'yes' })).store.features()).toContain(feature);
    expect((await open({})).store.features()).not.toContain(feature);
    expect(new LocalFileStore().features()).not.toContain(feature);
  });

  it('names a collision inside one secret', async () => {
    await expect(open({ p: { 'a:b': '1', a: { b: '2' } } }, MULTI)).rejects.toMatchObject({
      detail: expect.stringContaining('a:b'),
    });
  });
});

describe('secretstores.local.file: manners', () => {
  it('honours a signal that has aborted', async () => {
    const { store } = await open({ a: '1' });
    const signal = AbortSignal.abort();
    await expect(store.get({ name: 'a', metadata: {} }, { signal })).rejects.toMatchObject({ code: 'canceled' });
    await expect(store.bulkGet({ metadata: {} }, { signal })).rejects.toMatchObject({ code: 'canceled' });
    await expect(store.list({ metadata: {} }, { signal })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'canceled',
    });
    await expect(store.ping({ signal })).rejects.toMatchObject({ code: 'canceled' });
  });

  it('stops reading the file when the caller gives up', async () => {
    await writeFile(file, JSON.stringify({ a: 'x'.repeat(10_000_000) }), { mode: 0o600 });
    const controller = new AbortController();
    const store = new LocalFileStore();
    const { metadata } = decodeMetadata(definition.metadata, { secretsFile: file });
    const logger: Logger = { debug() {}, info() {}, error() {}, warn() {} };
    const starting = store.init({ component: 'file', metadata, dialect: cofferDialect, logger }, { signal: controller.signal });
    controller.abort(new DOMException('', 'TimeoutError'));
    await expect(starting).rejects.toMatchObject({ name: 'SecretStoreError', code: 'deadline_exceeded' });
  });

  it('forgets the values when it is closed, twice', async () => {
    const { store, get } = await open({ a: '1' });
    await store.close();
    await store.close();
    await expect(get('a')).rejects.toMatchObject({ code: 'unavailable', detail: 'the store is closed' });
    await expect(store.bulkGet({ metadata: {} })).rejects.toMatchObject({ code: 'unavailable' });
    await expect(new LocalFileStore().get({ name: 'a', metadata: {} })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('reads 200,000 secrets below one name', async () => {
    const { get, store } = await open({ n: Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [i, 'v'.repeat(80)])) });
    expect(await get('n:199999')).toEqual({ 'n:199999': 'v'.repeat(80) });
    expect(Object.keys((await store.bulkGet({ metadata: {} })).data ?? {})).toHaveLength(200_000);
  });
});
