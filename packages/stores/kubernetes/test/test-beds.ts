import type { TestBackend, TestBed } from '@coffer/conformance';
import { FakeKubernetes } from '@coffer/fake-kubernetes';
import { definition } from '../src/definition.ts';
import { testBackend } from './kubernetes-backend.ts';

/** What the kit certifies this driver on. A real API server is in real-beds.ts. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of the Kubernetes API server', tier: 'fake' },
    start,
  },
];

const TOKEN = 'reader-token-4WqZ0vJb8cPn2tLr';
const NAMESPACES = ['own', 'other'] as const;

async function start(): Promise<TestBackend> {
  const rules = NAMESPACES.map((namespace) => ({ verbs: ['get', 'list', 'watch'], resources: ['secrets'], namespace }));
  const fake = await FakeKubernetes.start({ plain: true, users: { [TOKEN]: { name: 'reader', rules } } });
  for (const namespace of NAMESPACES) fake.put('namespaces', undefined, namespace);
  const held = new Set<string>();
  return await testBackend({
    target: { url: fake.server },
    token: TOKEN,
    namespaces: NAMESPACES,
    put: async (namespace, name, data) => {
      held.add(`${namespace}/${name}`);
      return fake.put('secrets', namespace, name, { type: 'Opaque', data }).metadata.resourceVersion ?? '';
    },
    remove: async (namespace, name) => {
      if (held.delete(`${namespace}/${name}`)) fake.delete('secrets', namespace, name);
    },
    close: () => fake.pause(),
  });
}
