import { rm, symlink } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Dialect, strictDialect } from '../src/index.ts';
import { deferred, memoryStore } from './memory-store.ts';
import { eventually, readA, readAllTheTime, setting, useReloadWorkspace } from './reload-workspace.ts';
import { componentText } from './workspace.ts';

const { path, lines, linesWith, write, component, startWith } = useReloadWorkspace();

describe('hot reload', () => {
  it('18-151 18-152 18-153 18-154: adds, changes, and removes stores', async () => {
    const other = memoryStore({ type: 'secretstores.other' });
    await component('s', setting('1'));
    const { definition } = memoryStore();
    const { coffer } = await startWith({ definitions: [definition, other.definition] });
    await component('t', setting('new'));
    await eventually(() => expect(coffer.components().map(({ name }) => name)).toEqual(['s', 't']));
    expect(await readA(coffer, 't')).toBe('new');
    expect(lines).toContain('info Component loaded: t (secretstores.memory/v1)');
    expect(lines).toContain('info Component updated: t (secretstores.memory/v1)');

    await component('s', { type: 'secretstores.other', ...setting('2') });
    await eventually(async () => expect(await readA(coffer)).toBe('2'));
    expect(coffer.components()).toMatchObject([{ name: 't' }, { name: 's', type: 'secretstores.other' }]);

    await rm(path('resources/s.yaml'));
    await eventually(() => expect(coffer.components()).toHaveLength(1));
    await expect(readA(coffer)).rejects.toMatchObject({ reason: 'store_not_found' });
    expect(other.calls.closed).toBe(1);
    await rm(path('resources/t.yaml'));
    await eventually(() => expect(coffer.components()).toEqual([]));
    await expect(readA(coffer, 't')).rejects.toMatchObject({ reason: 'stores_not_configured' });
  });

  it('renames, and drops what is for another application now', async () => {
    await component('s', setting('1'));
    await component('u');
    const { coffer } = await startWith();
    await write('resources/s.yaml', componentText('t', setting('1')));
    await component('u', { scopes: ['other'] });
    await eventually(() => expect(coffer.components().map(({ name }) => name)).toEqual(['t']));
  });

  it('does nothing when only the place, labels, comments or a fresh uuid differ', async () => {
    await component('s', setting('{uuid}'));
    const { coffer, calls } = await startWith();
    const first = await readA(coffer);
    const text = componentText('s', setting('{uuid}')).replace('"name":"s"', '"name":"s","labels":{"x":"y"}');
    await write('resources/other.yaml', `# moved\n${text}`);
    await rm(path('resources/s.yaml'));
    await component('t');
    await eventually(() => expect(coffer.components()).toHaveLength(2));
    expect(calls.properties).toHaveLength(2);
    expect(await readA(coffer)).toBe(first);
    // It is known where it stands now.
    await write('resources/other.yaml', 'kind: [');
    await eventually(() => expect(linesWith('stays as it was').join()).toContain(path('resources/other.yaml')));
    expect(await readA(coffer)).toBe(first);
  });

  it('lets a running read finish on the old store, and closes it then', async () => {
    const gate = deferred();
    await component('s', setting('1'));
    const { coffer, calls } = await startWith({}, { before: (name) => (name === 'slow' ? gate.promise : Promise.resolve()) });
    const slow = coffer.getSecret('s', 'slow').catch((failure: Error) => failure.message);
    await component('s', setting('2'));
    await eventually(async () => expect(await readA(coffer)).toBe('2'));
    expect(calls.closed).toBe(0);
    gate.resolve();
    expect(await slow).toContain('secret slow not found');
    await eventually(() => expect(calls.closed).toBe(1));
    expect(calls.aborted).toEqual([]);
  });

  it('does not wait for a store that is slow to start, and reads do not either', async () => {
    const gate = deferred();
    await component('s', setting('1'));
    let inits = 0;
    const { coffer, calls } = await startWith({}, { init: () => (inits++ === 0 ? Promise.resolve() : gate.promise) });
    await component('s', setting('2'));
    await eventually(() => expect(calls.properties).toHaveLength(2));
    expect(await readA(coffer)).toBe('1');
    gate.resolve();
    await eventually(async () => expect(await readA(coffer)).toBe('2'));
  });

  it('answers what changes in the meantime by one more run', async () => {
    const gate = deferred();
    await component('s', setting('1'));
    let inits = 0;
    const { coffer, calls } = await startWith({}, { init: () => (inits++ === 1 ? gate.promise : Promise.resolve()) });
    await component('s', setting('2'));
    await eventually(() => expect(calls.properties).toHaveLength(2));
    for (const value of ['3', '4', '5']) await component('s', setting(value));
    gate.resolve();
    await eventually(async () => expect(await readA(coffer)).toBe('5'));
    expect(calls.properties.length).toBeLessThanOrEqual(4);
  });

  it('18-158: is off without the feature, and without the option', async () => {
    await write('config.yaml', 'spec: { features: [{ name: HotReload, enabled: false }] }');
    await component('s', setting('1'));
    const { coffer } = await startWith({ configurationFiles: [path('config.yaml')] });
    const { coffer: second } = await startWith({ hotReload: false });
    const { coffer: third } = await startWith();
    await component('s', setting('2'));
    await eventually(async () => expect(await readA(third)).toBe('2'));
    expect([await readA(coffer), await readA(second)]).toEqual(['1', '1']);
    expect(linesWith('Hot reloading enabled')).toHaveLength(1);
    expect(lines).toContain(`info Watching directories: [${path('resources')}]`);
  });

  it('notices without an event, at the regular look', async () => {
    process.env.COFFER_TEST_RELOAD = '1';
    onTestFinished(() => void delete process.env.COFFER_TEST_RELOAD);
    await component('s', { metadata: [{ name: 'a', envRef: 'COFFER_TEST_RELOAD' }] });
    const { coffer, calls } = await startWith({ environment: process.env, reconcileInterval: 50 });
    process.env.COFFER_TEST_RELOAD = '2';
    await eventually(async () => expect(await readA(coffer)).toBe('2'));
    expect(calls.properties).toHaveLength(2);
  });

  it('ignores a component of a denied type, and closes what had its name', async () => {
    await write('config.yaml', 'spec: { components: { deny: [secretstores.denied] } }');
    await component('s', setting('1'));
    await component('t', setting('1'));
    const { coffer } = await startWith({ configurationFiles: [path('config.yaml')] });
    await component('s', { type: 'secretstores.denied' });
    await eventually(() => expect(coffer.components().map(({ name }) => name)).toEqual(['t']));
    expect(lines).toContain('warn Received unauthorized component update, ignored: s (secretstores.denied/v1)');
  });

  it('gives a changed component of another building block to its consumer again', async () => {
    const taken: string[] = [];
    const consumers = {
      'state.redis': (
        { properties }: { properties: readonly { value?: string }[] },
        _: unknown,
        options: { gone: AbortSignal },
      ) => {
        const value = properties[0]?.value ?? '';
        taken.push(`taken ${value}`);
        options.gone.addEventListener('abort', () => taken.push(`gone ${value}`));
      },
    };
    await component('bus', { type: 'state.redis', ...setting('1') });
    await component('inert', { type: 'pubsub.redis' });
    const { coffer } = await startWith({ consumers });
    await component('bus', { type: 'state.redis', ...setting('2') });
    await eventually(() => expect(taken).toEqual(['taken 1', 'taken 2', 'gone 1']));
    await rm(path('resources/bus.yaml'));
    await eventually(() => expect(coffer.components()).toEqual([]));
    expect(taken.at(-1)).toBe('gone 2');
    expect(linesWith('inert (pubsub.redis/v1)')).toHaveLength(1);
  });
});

describe('a new version that does not start', () => {
  const failing = { init: () => (fails ? Promise.reject(new Error('no thanks')) : Promise.resolve()) };
  let fails = false;

  it('18-156: leaves the old one serving, is told once, and is tried again', async () => {
    fails = false;
    await component('s', setting('1'));
    const { coffer } = await startWith({}, failing);
    fails = true;
    await component('s', { ...setting('2'), spec: { ignoreErrors: true } });
    const file = path('resources/s.yaml');
    const line = `error Component s (secretstores.memory/v1) of ${file} can't be started, the one before it is served on: no thanks`;
    await eventually(() => expect(lines).toContain(line));
    await component('t', setting('1'));
    await eventually(() => expect(linesWith('it is left out: no thanks')).toHaveLength(1));
    await write('resources/note.txt', 'an event');
    await eventually(() => expect(linesWith('A non-YAML Component file note.txt')).toHaveLength(1));
    expect(await readA(coffer)).toBe('1');
    fails = false;
    await write('resources/note.txt', 'another event');
    await eventually(async () => expect([await readA(coffer), await readA(coffer, 't')]).toEqual(['2', '1']));
    expect(linesWith("can't be started")).toHaveLength(2);
  });

  it('18-156: under the strict dialect the store is gone, and without ignoreErrors the process ends', async () => {
    fails = false;
    const failures: string[] = [];
    await component('s', setting('1'));
    const { coffer } = await startWith({ dialect: strictDialect, failed: ({ message }) => failures.push(message) }, failing);
    fails = true;
    await component('s', { ...setting('2'), spec: { ignoreErrors: true } });
    await eventually(() => expect(coffer.components()).toEqual([]));
    await eventually(() => expect(linesWith('Ignoring error processing component: process component s error')).not.toEqual([]));
    expect(failures).toEqual([]);
    await component('s', setting('2'));
    await eventually(() => expect(failures[0]).toContain('process component s error: [INIT_COMPONENT_FAILURE]'));
  });

  it('is left out when its secret could not be read, and the old one serves on', async () => {
    let away = false;
    const vault = memoryStore({
      type: 'secretstores.vault',
      secrets: { k: 'v' },
      before: () => (away ? Promise.reject(new Error('store is away')) : Promise.resolve()),
    });
    const reference = { metadata: [{ name: 'a', secretKeyRef: { name: 'k' } }], auth: { secretStore: 'vault' } };
    await component('vault', { type: 'secretstores.vault' });
    await component('s', reference);
    const strict = memoryStore();
    const { coffer } = await startWith({ definitions: [memoryStore().definition, vault.definition] });
    const { coffer: strictCoffer } = await startWith({
      definitions: [strict.definition, vault.definition],
      dialect: strictDialect,
    });
    away = true;
    await write('resources/note.txt', 'an event');
    await eventually(() => expect(linesWith("stays as it was: a secret that it refers to can't be read")).toHaveLength(1));
    expect(await readA(coffer)).toBe('v');
    await eventually(async () => expect(await readA(strictCoffer)).toBe(''));
  });
});

describe('documents that can not be read any more', () => {
  const breakings: [string, () => Promise<unknown>, string][] = [
    ['broken YAML', () => write('resources/s.yaml', 'kind: [\n'), 's.yaml'],
    ['a name that is not allowed', () => write('resources/s.yaml', componentText('a/b')), 's.yaml:1'],
    [
      'a directory in its place',
      () => rm(path('resources/s.yaml')).then(() => symlink(path(), path('resources/s.yaml'))),
      's.yaml',
    ],
  ];
  it.each(breakings)('18-155: %s: what was served is served on, and one line names the file', async (_, breakIt, place) => {
    await component('s', setting('1'));
    await component('t');
    const { coffer } = await startWith();
    const reads = readAllTheTime(coffer);
    await breakIt();
    await component('u');
    await eventually(() => expect(coffer.components()).toHaveLength(3));
    expect(linesWith(path(`resources/${place}`)).length).toBeGreaterThan(0);
    await rm(path('resources/s.yaml'), { force: true });
    await component('s', setting('2'));
    await eventually(() => expect([...reads.values]).toEqual(['1', '2']));
    expect(reads.failures).toEqual([]);
  });

  it('18-155: under the strict dialect the store is gone', async () => {
    await component('s', setting('1'));
    await component('t');
    const { coffer } = await startWith({ dialect: strictDialect });
    await write('resources/s.yaml', 'kind: [\n');
    await eventually(() => expect(coffer.components().map(({ name }) => name)).toEqual(['t']));
  });

  it('18-157: a name that two documents have stays as it was', async () => {
    await component('s', setting('1'));
    const { coffer } = await startWith();
    await write('resources/0.yaml', `${componentText('s', setting('2'))}\n---\n${componentText('t', setting('3'))}`);
    await eventually(async () => expect(await readA(coffer, 't')).toBe('3'));
    expect(await readA(coffer)).toBe('1');
    const files = `${path('resources/0.yaml')} and ${path('resources/s.yaml')}`;
    expect(lines).toContain(`warn Component s stays as it was: it is defined more than once, in ${files}`);
    await rm(path('resources/s.yaml'));
    await eventually(async () => expect(await readA(coffer)).toBe('2'));
  });

  it('18-157: under the strict dialect an event with a duplicate ends the process, a regular look does not', async () => {
    const failures: string[] = [];
    await component('s', setting('1'));
    const quiet = { ...strictDialect, reload: { ...strictDialect.reload, resiliency: 'in_place' } } satisfies Dialect;
    await startWith({ dialect: quiet, reconcileInterval: 30, failed: ({ message }) => failures.push(message) });
    await write('resources/t.yaml', componentText('s', setting('2')));
    const twice = 'duplicate definition of Component name s (secretstores.memory/v1) with existing s (secretstores.memory/v1)';
    await eventually(() => expect(failures[0]).toBe(`failed to load resources from disk: ${twice}`));
    await eventually(() => expect(lines).toContain(`error Error listing Component: ${twice}`));
  });
});

describe('references', () => {
  const reference = { metadata: [{ name: 'a', secretKeyRef: { name: 'a' } }], auth: { secretStore: 'vault' } };

  it('follow a store that was replaced in the same run; not before the next event under the strict dialect', async () => {
    await component('s', reference);
    await component('vault', setting('1'));
    const { coffer } = await startWith();
    const { coffer: strict } = await startWith({ dialect: strictDialect });
    await component('vault', setting('2'));
    await eventually(async () => expect(await readA(coffer)).toBe('2'));
    await eventually(async () => expect(await readA(strict, 'vault')).toBe('2'));
    await eventually(() => expect(linesWith('Component updated: vault')).toHaveLength(2));
    expect(await readA(strict)).toBe('1');
    await write('resources/note.txt', 'an event');
    await eventually(async () => expect(await readA(strict)).toBe('2'));
  });

  it('release what is parked when its store arrives', async () => {
    await component('s', reference);
    const { coffer, calls } = await startWith();
    expect(Object.fromEntries(coffer.parked())).toEqual({ vault: ['s'] });
    await component('vault', setting('1'));
    await eventually(async () => expect(await readA(coffer)).toBe('1'));
    expect(coffer.parked().size).toBe(0);
    expect(calls.properties).toHaveLength(2);
  });

  it('to a store that comes later leave the old version serving until then', async () => {
    await component('s', setting('1'));
    const { coffer } = await startWith();
    const reads = readAllTheTime(coffer);
    await component('s', reference);
    await eventually(() => expect(Object.fromEntries(coffer.parked())).toEqual({ vault: ['s'] }));
    await component('vault', setting('2'));
    await eventually(() => expect([...reads.values]).toEqual(['1', '2']));
    expect(reads.failures).toEqual([]);
  });

  it('follow a change that the store itself tells of; not under the strict dialect', async () => {
    const values = { now: '1' };
    let tell: () => void = () => undefined;
    const { definition } = memoryStore({ type: 'secretstores.vault' });
    const vault = {
      ...definition,
      create: async () => ({
        ...(await definition.create()),
        get: async () => ({ data: { a: values.now } }),
        features: () => ['WATCH'],
        async *watch(_: object, { signal }: { signal?: AbortSignal | undefined } = {}) {
          while (!signal?.aborted) {
            await new Promise<void>((resolve) => {
              tell = resolve;
              signal?.addEventListener('abort', () => resolve());
            });
            yield { name: 'a', kind: 'changed' as const };
          }
        },
      }),
    };
    await component('vault', { type: 'secretstores.vault' });
    await component('s', reference);
    await component('u', reference);
    const { coffer } = await startWith({ definitions: [memoryStore().definition, vault] });
    values.now = '2';
    tell();
    await eventually(async () => expect([await readA(coffer), await readA(coffer, 'u')]).toEqual(['2', '2']));
    tell = () => undefined;
    const idle = tell;
    await startWith({ definitions: [memoryStore().definition, vault], dialect: strictDialect });
    expect(tell).toBe(idle);
  });
});

describe('Resiliency resources', () => {
  const resiliency = (time: string) => `kind: Resiliency\nmetadata: {name: res}\nspec: {policies: {timeouts: {t: ${time}}}}\n`;

  it('are in force at once', async () => {
    const { coffer } = await startWith();
    await write('resources/r.yaml', resiliency('1s'));
    await eventually(() => expect(coffer.resiliencies[0]?.timeouts.get('t')).toBe(1000));
    await write('resources/r.yaml', resiliency('2s'));
    await eventually(() => expect(coffer.resiliencies[0]?.timeouts.get('t')).toBe(2000));
    await write('resources/r.yaml', 'kind: [');
    await eventually(() => expect(linesWith('Resiliency policies stay as they were')).toHaveLength(1));
    expect(coffer.resiliencies).toHaveLength(1);
    await rm(path('resources/r.yaml'));
    await eventually(() => expect(coffer.resiliencies).toEqual([]));
    expect(linesWith('Resiliency configuration')).toHaveLength(3);
  });

  it('ask for a restart under the strict dialect', async () => {
    const asked = vi.fn();
    await write('resources/r.yaml', resiliency('1s'));
    const { coffer } = await startWith({ dialect: strictDialect, needsReload: asked });
    await write('resources/r.yaml', resiliency('2s'));
    await eventually(() => expect(asked).toHaveBeenCalled());
    expect(lines).toContain('info Received Resiliency UPDATED event: res - triggering SIGHUP reload');
    expect(coffer.resiliencies[0]?.timeouts.get('t')).toBe(1000);
  });
});
