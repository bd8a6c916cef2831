import type { FaultKind, TestBackend, TestBed } from '@coffer/conformance';
import { definition } from '../src/definition.ts';
import { type Fault, hang, refused, slow } from '../src/memory-service.ts';
import { startService } from './open.ts';

/** What the kit certifies this driver on. A second one, on the real service, belongs here too. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'service in memory', tier: 'memory' },
    start,
  },
];

/** The more faults the backend can produce, the more the kit finds. One behind HTTP can also cut off, garble and bloat answers. */
const FAULTS: Partial<Record<FaultKind, Fault>> = {
  denied: refused(403, 'the token may not do this'),
  unauthenticated: refused(401, 'the token has expired'),
  throttled: refused(429, 'too many requests'),
  unavailable: refused(503, 'down for maintenance'),
  unreachable: refused(503, 'the connection was closed'),
  slow: slow(500),
  hang,
};

async function start(): Promise<TestBackend> {
  const service = startService();
  const { address, token } = service;
  return {
    settings: { address, token },
    brokenSettings: [
      { what: 'no token', settings: { address }, at: 'check' },
      { what: 'a token that is not known', settings: { address, token: 'unknown' }, at: 'read', codes: ['unauthenticated'] },
      {
        what: 'an address at which nobody answers',
        settings: { address: 'memory:nobody', token },
        at: 'read',
        codes: ['unavailable'],
      },
    ],
    seed: async (name, values) => ({ version: service.put(name, values[name] ?? '').version }),
    remove: async (name) => service.remove(name),
    versionHint: 'version_id',
    faults: Object.keys(FAULTS) as FaultKind[],
    inject: (fault, { times } = {}) => service.inject(FAULTS[fault] ?? hang, times),
    heal: () => service.heal(),
    calls: () => service.calls.map((operation) => ({ operation })),
    close: async () => service[Symbol.dispose](),
  };
}
