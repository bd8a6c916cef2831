import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryStore } from '../../test/memory-store.ts';
import { Registry } from './registry.ts';

let host: string;
beforeEach(async () => {
  host = await mkdtemp(join(tmpdir(), 'coffer-registry-'));
});
afterEach(() => rm(host, { recursive: true }));

const write = async (name: string, content: unknown) => {
  await mkdir(dirname(join(host, name)), { recursive: true });
  await writeFile(join(host, name), typeof content === 'string' ? content : JSON.stringify(content));
};
const dependsOn = (...names: string[]) =>
  write('package.json', { dependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])) });

const MODULE = (type: string, more = '') => `
import { appendFileSync } from 'node:fs';
appendFileSync(new URL('imported', import.meta.url), 'x');
export const definition = { $type: '@coffer/store-definition', contract: 1, type: '${type}', version: 'v1', metadata: {}, features: [], requestMetadata: [], create: () => ({}) ${more} };`;

/** Installs a driver package into the host's node_modules. */
async function install(name: string, { coffer, module, exports }: { coffer?: unknown; module?: string; exports?: unknown } = {}) {
  const type = `secretstores.${name.replace('coffer-store-', '')}`;
  await write(`node_modules/${name}/package.json`, {
    name,
    version: '1.2.3',
    type: 'module',
    exports: exports ?? { '.': './index.js' },
    coffer: coffer ?? { contract: 1, stores: [{ type, version: 'v1', module: '.', manifest: './component.json' }] },
  });
  await write(`node_modules/${name}/index.js`, module ?? MODULE(type));
}
/** A manifest of one store, right but for the given members. */
const entry = (members: Record<string, string>) => ({
  coffer: {
    contract: 1,
    stores: [{ type: 'secretstores.x', version: 'v1', module: '.', manifest: './component.json', ...members }],
  },
});
const timesImported = (name: string) =>
  readFile(join(host, `node_modules/${name}/imported`), 'utf8').then(
    (text) => text.length,
    () => 0,
  );

describe('Registry.discover', () => {
  it('lists from manifests without importing, and imports once on first use', async () => {
    await dependsOn('coffer-store-acme', 'left-pad');
    await install('coffer-store-acme');
    await write('node_modules/left-pad/package.json', { name: 'left-pad', version: '1.0.0' });
    const registry = await Registry.discover({ host });
    expect(registry.problems).toEqual([]);
    expect(registry.available()).toEqual([
      {
        type: 'secretstores.acme',
        version: 'v1',
        package: { name: 'coffer-store-acme', version: '1.2.3' },
        manifestFile: join(host, 'node_modules/coffer-store-acme/component.json'),
      },
    ]);
    expect(await timesImported('coffer-store-acme')).toBe(0);
    const resolved = await Promise.all([registry.resolve('secretstores.acme', 'v1'), registry.resolve('SecretStores.ACME', '')]);
    expect(resolved.map(({ type }) => type)).toEqual(['secretstores.acme', 'secretstores.acme']);
    expect(await timesImported('coffer-store-acme')).toBe(1);
  });

  it('ignores packages that lie in node_modules undeclared, or are not allowed', async () => {
    await dependsOn('coffer-store-acme');
    await install('coffer-store-acme');
    await install('coffer-store-stray');
    expect((await Registry.discover({ host })).available().map(({ type }) => type)).toEqual(['secretstores.acme']);
    expect((await Registry.discover({ host, allow: ['other'] })).available()).toEqual([]);
  });

  it('takes a folder that is named, and optional and peer dependencies that are there', async () => {
    await write('package.json', {
      optionalDependencies: { 'coffer-store-a': '1', 'coffer-store-none': '1' },
      peerDependencies: { 'coffer-store-b': '1' },
    });
    for (const name of ['coffer-store-a', 'coffer-store-b', 'coffer-store-c']) await install(name);
    const registry = await Registry.discover({ host, directories: [join(host, 'node_modules/coffer-store-c')] });
    expect(registry.available().map(({ type }) => type)).toEqual(['secretstores.a', 'secretstores.b', 'secretstores.c']);
    expect(registry.problems).toEqual([]);
  });

  it.each([
    [
      'another contract',
      { coffer: { contract: 2, stores: [] } },
      'package coffer-store-bad: contract 2, and this core knows contract 1',
    ],
    ['no object', { coffer: 'yes' }, 'package coffer-store-bad: no object'],
    ['no list', { coffer: { contract: 1 } }, 'no list "stores"'],
    ['an incomplete entry', { coffer: { contract: 1, stores: [{ type: 'secretstores.x' }] } }, 'wrong stores[0].version'],
    ['an entry that is none', { coffer: { contract: 1, stores: [null] } }, 'wrong stores[0].type'],
    ['another kind of component', entry({ type: 'state.redis' }), 'wrong stores[0].type'],
    ['a strange version', entry({ version: '1.0' }), 'wrong stores[0].version'],
    ['a module outside of the package', entry({ module: './lib/../../other/index.js' }), 'wrong stores[0].module'],
    ['a description outside of the package', entry({ manifest: '/etc/passwd' }), 'wrong stores[0].manifest'],
  ])('reports a manifest with %s and keeps the other drivers', async (_, options, message) => {
    await dependsOn('coffer-store-bad', 'coffer-store-good');
    await install('coffer-store-bad', options);
    await install('coffer-store-good');
    const registry = await Registry.discover({ host });
    expect(registry.problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
    expect(registry.problems[0]?.message).toContain(join(host, 'node_modules/coffer-store-bad/package.json'));
    expect(registry.available().map(({ type }) => type)).toEqual(['secretstores.good']);
  });

  it('names the file of a certification, and serves a package that names it wrongly', async () => {
    await dependsOn('coffer-store-a', 'coffer-store-b');
    const stores = (name: string) => [{ type: `secretstores.${name}`, version: 'v1', module: '.', manifest: './component.json' }];
    await install('coffer-store-a', { coffer: { contract: 1, stores: stores('a'), conformance: { result: './result.json' } } });
    await install('coffer-store-b', { coffer: { contract: 1, stores: stores('b'), conformance: { result: '/etc/passwd' } } });
    const registry = await Registry.discover({ host });
    expect(registry.available().map(({ type, resultFile }) => [type, resultFile])).toEqual([
      ['secretstores.a', join(host, 'node_modules/coffer-store-a/result.json')],
      ['secretstores.b', undefined],
    ]);
    expect(registry.problems.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('package coffer-store-b: wrong coffer.conformance.result'),
    ]);
  });

  it('reports a driver that is declared and not installed, or whose package.json is broken', async () => {
    await dependsOn('coffer-store-gone', 'coffer-store-broken', 'coffer-store-null', '@acme/store-gone', 'not-a-driver');
    await write('node_modules/coffer-store-broken/package.json', '{');
    await write('node_modules/coffer-store-null/package.json', 'null');
    const { problems } = await Registry.discover({ host });
    expect(problems.map(({ detail, hint }) => [detail.split(' is ')[0], hint])).toEqual([
      ['package coffer-store-gone', 'pnpm install'],
      [
        `package coffer-store-broken: ${join(host, 'node_modules/coffer-store-broken/package.json')}`,
        'install it again: pnpm add coffer-store-broken',
      ],
      [
        `package coffer-store-null: ${join(host, 'node_modules/coffer-store-null/package.json')}`,
        'install it again: pnpm add coffer-store-null',
      ],
      ['package @acme/store-gone', 'pnpm install'],
    ]);
  });

  it('names both packages that serve one type', async () => {
    await dependsOn('coffer-store-a', 'coffer-store-b');
    await install('coffer-store-a');
    await install('coffer-store-b', {
      coffer: { contract: 1, stores: [{ type: 'secretstores.A', version: 'v1', module: '.', manifest: './m' }] },
    });
    await expect(Registry.discover({ host })).rejects.toThrow(
      'component type secretstores.a/v1 is served twice: by package coffer-store-a and by package coffer-store-b',
    );
  });

  it('takes one package that two hosts declare for one: the copy of the first', async () => {
    await dependsOn('coffer-store-a');
    await install('coffer-store-a');
    const registry = await Registry.discover({ host });
    const first = host;
    host = join(first, 'nested');
    await dependsOn('coffer-store-a');
    await install('coffer-store-a');
    await registry.addHost({ host });
    host = first;
    expect(registry.available()).toMatchObject([{ manifestFile: join(first, 'node_modules/coffer-store-a/component.json') }]);
  });

  it('follows the links that pnpm makes, and takes a relative folder', async () => {
    await dependsOn('@acme/store-a');
    const inPnpm = '.pnpm/@acme+store-a@1.2.3/node_modules/@acme/store-a';
    await write(`${inPnpm}/package.json`, {
      name: '@acme/store-a',
      type: 'module',
      exports: { './definition': './index.js' },
      ...entry({ type: 'secretstores.a', module: './definition' }),
    });
    await write(`${inPnpm}/index.js`, MODULE('secretstores.a'));
    await mkdir(join(host, 'node_modules/@acme'), { recursive: true });
    await symlink(join(host, inPnpm), join(host, 'node_modules/@acme/store-a'));
    const registry = await Registry.discover({ host: relative(process.cwd(), host) });
    expect((await registry.resolve('secretstores.a', 'v1')).type).toBe('secretstores.a');
  });

  it('fails when its own package.json is none', async () => {
    for (const content of ['[]', 'null', '{']) {
      await write('package.json', content);
      await expect(Registry.discover({ host })).rejects.toThrow(`${join(host, 'package.json')} is not readable as JSON`);
    }
  });

  it('says which package.json is missing', async () => {
    await expect(Registry.discover({ host: join(host, 'nope') })).rejects.toThrow(
      `${join(host, 'nope/package.json')} does not exist`,
    );
  });
});

describe('Registry.resolve', () => {
  const resolveBad = async (options: Parameters<typeof install>[1]) => {
    await dependsOn('coffer-store-bad');
    await install('coffer-store-bad', options);
    return (await Registry.discover({ host })).resolve('secretstores.bad', 'v1').catch((cause) => cause);
  };

  it.each([
    [
      'has no definition',
      { module: 'export const other = 1;' },
      'package coffer-store-bad: no export named definition with the marker',
    ],
    ['throws', { module: 'throw new Error("boom");' }, "package coffer-store-bad: module . can't be imported: boom"],
    ['is missing', { exports: { '.': './gone.js' } }, "package coffer-store-bad: module . can't be imported"],
    [
      'serves another type',
      { module: MODULE('secretstores.other') },
      'its manifest says secretstores.bad/v1 and its module secretstores.other/v1',
    ],
    [
      'is for another contract',
      { module: MODULE('secretstores.bad', ', contract: 2') },
      'package coffer-store-bad: secretstores.bad is written for contract 2',
    ],
  ])('names the package whose module %s', async (_, options, message) => {
    expect(await resolveBad(options)).toMatchObject({
      name: 'RegistryError',
      detail: expect.stringContaining(message),
      hint: expect.any(String),
    });
  });

  it('imports a driver that exports only for import', async () => {
    await dependsOn('coffer-store-esm');
    await install('coffer-store-esm', { exports: { '.': { import: './index.js' } } });
    expect((await (await Registry.discover({ host })).resolve('secretstores.esm', 'v1')).type).toBe('secretstores.esm');
  });

  it('imports a driver without an exports map', async () => {
    await write('acme/package.json', { type: 'module', main: 'lib/main.js', ...entry({ type: 'secretstores.a' }) });
    await write('acme/lib/main.js', MODULE('secretstores.a'));
    await write('acme2/package.json', { type: 'module', ...entry({ module: './lib/two.js' }) });
    await write('acme2/lib/two.js', MODULE('secretstores.x'));
    await dependsOn();
    const registry = await Registry.discover({ host, directories: [join(host, 'acme'), join(host, 'acme2')] });
    expect(registry.problems).toEqual([]);
    expect((await registry.resolve('secretstores.a', 'v1')).type).toBe('secretstores.a');
    expect((await registry.resolve('secretstores.x', 'v1')).type).toBe('secretstores.x');
    expect(registry.available()[0]?.package?.name).toBe('acme');
  });

  it('takes no name of an object for a package', async () => {
    await expect(new Registry().resolve('constructor', '')).rejects.toMatchObject({ hint: 'no driver is installed' });
  });

  it.each([
    ['secretstores.hashicorp.vault', 'v1', 'install its driver: pnpm add @coffer/store-hashicorp-vault'],
    [
      'secretstores.aws.secretsmanager',
      '',
      'did you mean secretstores.aws.secretmanager? It needs its driver: pnpm add @coffer/store-aws-secrets-manager',
    ],
    ['secretstores.memroy', 'v1', 'did you mean secretstores.memory?'],
    ['secretstors.memory', 'v1', 'did you mean secretstores.memory?'],
    ['secretstores.acme', 'v1', 'installed: secretstores.memory'],
    ['secretstores.htpp', 'v1', 'did you mean secretstores.http? It needs its driver: pnpm add @coffer/store-http'],
    ['secretstores.memory', 'v2', 'secretstores.memory has version v1'],
    ['secretstores.something.else.entirely', 'v1', 'installed: secretstores.memory'],
  ])('tells what to do about %s/%s', async (type, version, hint) => {
    const registry = new Registry();
    registry.register(memoryStore().definition);
    const detail = `couldn't find secret store ${type}/${version}`;
    await expect(registry.resolve(type, version)).rejects.toMatchObject({ detail, hint });
  });

  it.each(['', 'v0', 'v1', 'V1', 'V0'])('takes version "%s" for v1', async (version) => {
    const registry = new Registry();
    registry.register(memoryStore().definition);
    expect((await registry.resolve('secretstores.Memory', version)).type).toBe('secretstores.memory');
  });

  it('serves what overrides a driver in its place', async () => {
    await dependsOn('coffer-store-acme');
    await install('coffer-store-acme');
    const registry = await Registry.discover({ host });
    const first = { ...memoryStore().definition, type: 'secretstores.ACME' as const };
    const second = { ...first };
    registry.override(first);
    registry.override(second);
    expect(await registry.resolve('secretstores.acme', '')).toBe(second);
    expect(registry.available()).toEqual([{ type: 'secretstores.acme', version: 'v1' }]);
    expect(await timesImported('coffer-store-acme')).toBe(0);
    expect(() => registry.override({} as never)).toThrow('no export named definition');
  });

  it('refuses a definition that is registered twice, or is none', () => {
    const registry = new Registry();
    registry.register(memoryStore().definition);
    expect(() => registry.register(memoryStore().definition)).toThrow('component type secretstores.memory/v1 is served twice');
    expect(() => registry.register({ ...memoryStore().definition, contract: 2 as 1 })).toThrow('contract 2');
    expect(() => registry.register({} as never)).toThrow('no export named definition');
  });
});
