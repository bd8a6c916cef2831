import type { TestBackend, TestBed } from '@coffer/conformance';
import { definition } from '../src/definition.ts';
import { startService } from './service.ts';

/** What the kit certifies this driver on. A second one, on the real service, belongs here too. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'service in memory', tier: 'fake' },
    start,
  },
];

async function start(): Promise<TestBackend> {
  const service = await startService();
  const { settings, isInProcess, faults, pauseAsked, refuses } = service;
  return {
    settings,
    brokenSettings: [
      { what: 'no token', settings: { address: settings.address }, at: 'check' },
      { what: 'a token that is not known', settings: { ...settings, token: 'unknown' }, at: 'read', codes: ['unauthenticated'] },
    ],
    seed: async (name, values) => ({ version: await service.put(name, values[name] ?? '') }),
    remove: (name) => service.remove(name),
    // The kit also opens stores in processes of their own, unless it is given them.
    ...(isInProcess ? { createStore: () => definition.create() } : {}),
    ...(refuses === undefined ? {} : { refuses }),
    versionHint: 'version_id',
    faults,
    pauseAsked,
    inject: (fault, { times } = {}) => service.inject(fault, times),
    heal: () => service.heal(),
    calls: () => service.calls().map((operation) => ({ operation })),
    close: async () => await service[Symbol.asyncDispose](),
  };
}
