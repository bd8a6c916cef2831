import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
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
      return { read: { [name]: isUtf8(bytes) ? Buffer.from(bytes).toString() : base64 } };
    },
    remove: async (name) => service.remove(name),
    refuses: (name) => (['', '.', '..'].includes(name) || !name.isWellFormed() ? 'Acme has no secrets of such names' : undefined),
    listMissing: async (name) => void service.missing.add(name),
    deny: async (name) => void service.denied.add(name),
    versionHint: 'version_id',
    hints: {
      environment: {
        prepare: async () => {
          const name = randomUUID();
          service.put(name, { values: { [name]: randomUUID() } });
          const read = { [name]: randomUUID() };
          service.put(name, { values: read }, 'staging');
          return { name, metadata: { environment: 'staging' }, read };
        },
      },
      prefix: {
        prepare: async () => {
          const names = [randomUUID(), randomUUID()];
          for (const name of names) service.put(name, { values: { [name]: randomUUID() } });
          return { names, metadata: { prefix: names[0] as string }, fits: (read) => read.length === 1 && read[0] === names[0] };
        },
      },
    },
    ...backendFaults(service.server, {
      denied: answer(403, {}, { error: 'denied' }),
      unauthenticated: answer(401, {}, { error: 'unknown token' }),
      throttled: answer(429, { 'retry-after': String(PAUSE / 1000) }, { error: 'slow down' }),
      unavailable: answer(503, {}, { error: 'away' }),
    }),
    pauseAsked: PAUSE,
    calls: () => service.server.requests.map(({ method, path }) => ({ operation: operationOf(method, path) })),
    close: () => service.server.close(),
  };
}

/** Milliseconds after which a throttled caller may come back. */
const PAUSE = 200;

function operationOf(method: string, path: string): string {
  const [, resource, name] = path.split('/');
  return name === undefined ? `${method} /${resource}` : `${method} /${resource}/{name}`;
}
