import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** `daprd` lists without a limit. Pages of 500, which kubectl takes too, keep an API server and this process small. */
export const type = 'secretstores.kubernetes';
export const unavoidable = (secrets) => Math.ceil(secrets / 500);
export const reference = { secrets: 60, calls: 1, seconds: 0.055, callsFor: () => 1 };

export async function start({ names, textOf, delay }) {
  const { FakeKubernetes } = await import('@coffer/fake-kubernetes');
  const fake = await FakeKubernetes.start({ delay });
  fake.put('namespaces', undefined, 'bench');
  for (const name of names) fake.secret('bench', name, { value: textOf(name) });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-bulk-'));
  const kubeconfigPath = path.join(folder, 'kubeconfig');
  writeFileSync(kubeconfigPath, fake.kubeconfig(), { mode: 0o600 });
  return {
    properties: { kubeconfigPath, defaultNamespace: 'bench' },
    counts: () => ({ calls: fake.requests.length, mostInFlight: fake.mostInFlight }),
    async close() {
      await fake.pause();
      rmSync(folder, { recursive: true });
    },
  };
}
