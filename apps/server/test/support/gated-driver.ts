import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// A read announces itself by a file and ends when a second one appears; an init with `hang` never ends, and waits for
// nothing that the event loop knows of.
const DEFINITION = `
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const create = () => ({
  async init({ metadata }) {
    if (metadata.hang) await new Promise(() => {});
  },
  async get({ name }) {
    writeFileSync('started', '');
    while (!existsSync('gate')) await sleep(10);
    return { data: { [name]: 'late' } };
  },
  features: () => [],
  async close() {},
});
export const definition = {
  $type: '@coffer/store-definition', contract: 1, type: 'secretstores.gated', version: 'v1', title: 'Gated', status: 'alpha',
  metadata: { hang: { type: 'boolean', default: 'false', description: 'Whether init never ends.' } },
  requestMetadata: [], features: [], create,
};
`;

export interface GatedDriverOptions {
  /** Whether the store's init never ends; false by default. */
  readonly hang?: boolean;
  /** As the component writes it; `60s` by default. */
  readonly initTimeout?: string;
}

/** Writes a host package with the driver of `secretstores.gated` and a component `gated` into the directory. */
export function writeGatedDriver(directory: string, options: GatedDriverOptions = {}): void {
  const { hang = false, initTimeout = '60s' } = options;
  const driver = path.join(directory, 'node_modules', 'coffer-store-gated');
  for (const folder of [driver, path.join(directory, 'components')]) mkdirSync(folder, { recursive: true });
  const stores = [{ type: 'secretstores.gated', version: 'v1', module: './definition.js', manifest: './component.json' }];
  const manifest = { name: 'coffer-store-gated', version: '1.0.0', type: 'module', coffer: { contract: 1, stores } };
  const exported = { exports: { './definition.js': './definition.js' } };
  writeFileSync(path.join(driver, 'package.json'), JSON.stringify({ ...manifest, ...exported }));
  writeFileSync(path.join(driver, 'definition.js'), DEFINITION);
  writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ dependencies: { 'coffer-store-gated': '*' } }));
  writeFileSync(
    path.join(directory, 'components', 'gated.yaml'),
    `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: gated
spec:
  type: secretstores.gated
  version: v1
  initTimeout: ${initTimeout}
  metadata:
    - name: hang
      value: "${hang}"
`,
  );
}

/** Waits until the driver has begun a read. */
export async function readStarted(directory: string): Promise<void> {
  while (!existsSync(path.join(directory, 'started'))) await sleep(10);
}

/** Lets reads end. */
export function openGate(directory: string): void {
  writeFileSync(path.join(directory, 'gate'), '');
}
