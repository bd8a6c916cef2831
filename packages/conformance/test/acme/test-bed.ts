import { answer, backendFaults } from '@coffer/fake-services';
import type { TestBackend, TestBed } from '../../src/index.ts';
import { AcmeService, TOKEN } from './service.ts';
import { definition } from './src/definition.ts';

/** The correct driver on its service, with every fault. A seeded bug replaces parts of it. */
export const acmeTestBed: TestBed = {
  definition,
  package: new URL('./', import.meta.url),
  backend: { name: 'fake of Acme', version: '1', tier: 'fake' },
  start: startAcme,
};

export async function startAcme(): Promise<TestBackend> {
  const service = await AcmeService.start();
  const settings = { url: service.server.url, token: TOKEN };
  return {
    settings,
    brokenSettings: [
      { what: 'a token that is not known', settings: { ...settings, token: 'wrong' }, at: 'init', codes: ['unauthenticated'] },
      { what: 'no address', settings: { token: TOKEN }, at: 'check' },
    ],
    seed: async (name, values) => ({ version: service.put(name, { values }) }),
    seedBinary: async (name, bytes) => {
      const base64 = Buffer.from(bytes).toString('base64');
      service.put(name, { bytes: base64 });
      return { read: { [name]: base64 } };
    },
    remove: async (name) => service.remove(name),
    versionHint: 'version_id',
    ...backendFaults(service.server, {
      denied: answer(403, {}, { error: 'denied' }),
      unauthenticated: answer(401, {}, { error: 'unknown token' }),
      throttled: answer(429, { 'retry-after': '1' }, { error: 'slow down' }),
      unavailable: answer(503, {}, { error: 'away' }),
    }),
    calls: () => service.server.requests.map(({ method, path }) => ({ operation: `${method} /${path.split('/')[1]}` })),
    close: () => service.server.close(),
  };
}
