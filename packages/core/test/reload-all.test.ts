import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Coffer, cofferDialect, diskSource, Registry, silentLoggerFor } from '../src/index.ts';
import { deferred, memoryStore } from './memory-store.ts';
import { eventually, readA, setting, useReloadWorkspace } from './reload-workspace.ts';

const { path, linesWith, write, component, startWith } = useReloadWorkspace();

describe('Coffer.reload', () => {
  const denying = 'spec: { secrets: { scopes: [{ storeName: s, defaultAccess: deny }] } }';
  const off = 'spec: { features: [{ name: HotReload, enabled: false }] }';

  it('18-159: reads everything again, and swaps in one step', async () => {
    const gate = deferred();
    await write('config.yaml', '');
    await component('s', setting('1'));
    const options = { configurationFiles: [path('config.yaml')] };
    const { coffer, calls } = await startWith(options, {
      before: (name) => (name === 'slow' ? gate.promise : Promise.resolve()),
    });
    coffer.extendedMetadata.set('x', 'y');
    const slow = coffer.getSecret('s', 'slow').catch((failure: Error) => failure.message);
    await write('config.yaml', denying);
    expect(await readA(coffer)).toBe('1');
    await coffer.reload();
    await expect(readA(coffer)).rejects.toMatchObject({ reason: 'denied' });
    expect(calls.properties).toHaveLength(2);
    expect(calls.closed).toBe(0);
    gate.resolve();
    expect(await slow).toContain('secret slow not found');
    await eventually(() => expect(calls.closed).toBe(1));
    expect(coffer.extendedMetadata.get('x')).toBe('y');
  });

  it.each([
    ['an invalid Configuration', () => write('config.yaml', 'spec: ['), 'error loading configuration: yaml'],
    ['a Configuration that is not there', () => rm(path('config.yaml')), 'error loading configuration: stat'],
    ['a scope that is given twice', () => write('config.yaml', denying.replace('[{', '[{ storeName: s }, {')), 'is repeated'],
    ['a store that does not start', () => component('t', { type: 'secretstores.nope' }), "couldn't find secret store"],
  ])('keeps everything with %s', async (_, breakIt, message) => {
    await write('config.yaml', off);
    await component('s', setting('1'));
    const { coffer, calls } = await startWith({ configurationFiles: [path('config.yaml')] });
    await breakIt();
    await expect(coffer.reload()).rejects.toThrow(message);
    expect(await readA(coffer)).toBe('1');
    expect(coffer.configuration.features.get('HotReload')).toBe(false);
    expect(calls.properties.length - calls.closed).toBe(1);
  });

  it('turns hot reload on and off', async () => {
    await write('config.yaml', off);
    await component('s', setting('1'));
    const { coffer } = await startWith({ configurationFiles: [path('config.yaml')] });
    await write('config.yaml', '');
    await coffer.reload();
    await component('s', setting('2'));
    await eventually(async () => expect(await readA(coffer)).toBe('2'));
    await write('config.yaml', off);
    await coffer.reload();
    expect(linesWith('Hot reloading enabled')).toHaveLength(1);
    const { coffer: other } = await startWith();
    await component('s', setting('3'));
    await eventually(async () => expect(await readA(other)).toBe('3'));
    expect(await readA(coffer)).toBe('2');
  });

  it('runs once more for all who ask while it runs', async () => {
    const gate = deferred();
    await component('s', setting('1'));
    let inits = 0;
    const { coffer, calls } = await startWith({}, { init: () => (inits++ === 1 ? gate.promise : Promise.resolve()) });
    const first = coffer.reload();
    await eventually(() => expect(calls.properties).toHaveLength(2));
    const others = [coffer.reload(), coffer.reload(), coffer.reload()];
    gate.resolve();
    await Promise.all([first, ...others]);
    expect(calls.properties).toHaveLength(3);
  });

  it('asked for during the start, it runs after it', async () => {
    const gate = deferred();
    await component('s', setting('1'));
    let inits = 0;
    const { definition, calls } = memoryStore({ init: () => (inits++ === 0 ? gate.promise : Promise.resolve()) });
    const coffer = await Coffer.create({ appId: 'app1', resourcesPaths: [path('resources')], definitions: [definition] });
    onTestFinished(() => coffer.close());
    const reloading = coffer.reload();
    const loading = coffer.load();
    await eventually(() => expect(calls.properties).toHaveLength(1));
    gate.resolve();
    await Promise.all([loading, reloading]);
    expect(calls.properties).toHaveLength(2);
    expect(await readA(coffer)).toBe('1');
  });

  it('keeps the process alive while it runs, and watching does not', async () => {
    const core = JSON.stringify(new URL('../src/index.ts', import.meta.url));
    const program = `
      import { Coffer } from ${core};
      const coffer = await Coffer.start({ appId: 'app1', resourcesPaths: [${JSON.stringify(path('resources'))}] });
      await coffer.reload();
      console.log('reloaded');
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    expect(stdout).toBe('reloaded\n');
  });

  it('takes drivers from another registry', async () => {
    const { coffer } = await startWith();
    await component('s', { type: 'secretstores.late', ...setting('1') });
    await expect(coffer.reload()).rejects.toThrow("couldn't find secret store");
    const registry = new Registry();
    registry.register(memoryStore({ type: 'secretstores.late' }).definition);
    await coffer.reload({ registry });
    expect(await readA(coffer)).toBe('1');
  });

  it('is given up when Coffer closes, and refused afterwards', async () => {
    await component('s', setting('1'));
    let inits = 0;
    const { coffer, calls } = await startWith(
      {},
      { init: () => (inits++ === 0 ? Promise.resolve() : new Promise(() => undefined)) },
    );
    const reloading = expect(coffer.reload()).rejects.toThrow();
    await eventually(() => expect(calls.properties).toHaveLength(2));
    await coffer.close();
    await reloading;
    expect(calls.closed).toBe(1);
    await expect(coffer.reload()).rejects.toThrow('Coffer is closed');
  });

  it('is what a source asks for whose Configuration changed', async () => {
    let changed: (what: 'resources' | 'configuration') => void = () => undefined;
    await write('config.yaml', '');
    await component('s', setting('1'));
    const disk = diskSource({
      directories: [path('resources')],
      configurationFiles: [path('config.yaml')],
      logger: silentLoggerFor(''),
    });
    const watch = async (tell: typeof changed) => {
      changed = tell;
    };
    const { coffer } = await startWith({ source: { ...disk, watch }, dialect: cofferDialect });
    await write('config.yaml', denying);
    changed('configuration');
    await eventually(() => expect(readA(coffer)).rejects.toMatchObject({ reason: 'denied' }));
    await write('config.yaml', 'spec: [');
    changed('configuration');
    await eventually(() =>
      expect(linesWith('error not reloaded, what was in force stays: error loading configuration')).toHaveLength(1),
    );
  });
});
