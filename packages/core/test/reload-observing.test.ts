import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { memoryStore } from './memory-store.ts';
import { recordingObserver } from './recording-observer.ts';
import { eventually, setting, useReloadWorkspace } from './reload-workspace.ts';

const { path, write, component, startWith } = useReloadWorkspace();

describe('what an observer is told of components and reloads', () => {
  it('components that come up, fail, and come up anew', async () => {
    const { observer, seen } = recordingObserver();
    await component('s', setting('1'));
    await component('bad', { type: 'secretstores.nope', spec: { ignoreErrors: true } });
    const { coffer } = await startWith({ observer });
    expect(seen).toEqual([
      ['component failed', 'bad', 'secretstores.nope', 'creation'],
      ['component started', 's', 'secretstores.memory'],
    ]);
    seen.length = 0;
    // While something is not as the resources want it, a reload has not succeeded.
    await component('s', setting('2'));
    await eventually(() => expect(seen).toContainEqual(['reloaded', 'component', false]));
    expect(seen).toContainEqual(['component started', 's', 'secretstores.memory']);
    await rm(path('resources/bad.yaml'));
    await eventually(() => expect(seen).toContainEqual(['reloaded', 'component', true]));
    await coffer.close();
  });

  it('a document that breaks, and that it is whole again although nothing has changed', async () => {
    const { observer, seen } = recordingObserver();
    const outcomes = () => seen.filter(([what]) => what === 'reloaded').map(([, resource, success]) => `${resource} ${success}`);
    await component('s', setting('1'));
    await startWith({ observer });
    await write('resources/s.yaml', 'kind: [');
    await eventually(() => expect(outcomes()).toContain('component false'));
    expect(outcomes()).not.toContain('component true');
    await component('s', setting('1'));
    await eventually(() => expect(outcomes().at(-1)).toBe('component true'));
  });

  it('Resiliency resources, and everything anew with the same observer', async () => {
    const { observer, seen } = recordingObserver();
    let made = 0;
    await component('s', setting('1'));
    await write('config.yaml', 'spec: {}');
    const { coffer } = await startWith({
      configurationFiles: [path('config.yaml')],
      observer: async (configuration) => {
        made++;
        expect(configuration.files).toHaveLength(1);
        return observer;
      },
    });
    await write('resources/r.yaml', 'kind: Resiliency\nmetadata: {name: r}\nspec: {policies: {timeouts: {t: 1s}}}\n');
    await eventually(() => expect(seen).toContainEqual(['reloaded', 'resiliency', true]));
    await coffer.reload();
    expect(seen.at(-1)).toEqual(['reloaded', 'configuration', true]);
    await write('config.yaml', 'spec: [');
    await expect(coffer.reload()).rejects.toThrow();
    expect(seen.at(-1)).toEqual(['reloaded', 'configuration', false]);
    expect(made).toBe(1);
  });

  it('changes that a store tells of', async () => {
    const { observer, seen } = recordingObserver();
    const { definition } = memoryStore();
    const watching = {
      ...definition,
      features: ['WATCH'],
      create: async () => ({
        ...(await definition.create()),
        features: () => ['WATCH'],
        async *watch() {
          yield { name: 'a', kind: 'changed' as const };
        },
      }),
    };
    await component('s', setting('1'));
    await startWith({ observer, definitions: [watching] });
    await eventually(() => expect(seen).toContainEqual(['changed', 's']));
  });
});
