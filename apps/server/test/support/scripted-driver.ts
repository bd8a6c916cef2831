// A secret's name says what the store does when it is asked for it: `never` ignores its signal and never answers, `slow-300`
// takes 300 ms, `fail-unavailable` and `fail-not_found` fail with that code, `calls-NAME` tells how often NAME was asked for.
// Anything else is answered at once.
const DEFINITION = `
import { setTimeout as sleep } from 'node:timers/promises';
const calls = new Map();
// A SecretStoreError is one by its marker: the package is not installed beside this file.
const failure = (code) => Object.assign(new Error(code), {
  code, detail: code, retryable: code === 'unavailable', [Symbol.for('@coffer/secret-store-error')]: true,
});
const create = () => ({
  async init() {},
  async get({ name }, { signal } = {}) {
    calls.set(name, (calls.get(name) ?? 0) + 1);
    const [verb, argument] = name.split(/-(.*)/s);
    if (verb === 'never') await new Promise(() => {});
    if (verb === 'slow') await sleep(Number(argument), undefined, { signal });
    if (verb === 'fail') throw failure(argument);
    return { data: { [name]: verb === 'calls' ? String(calls.get(argument) ?? 0) : 'v' } };
  },
  async bulkGet() { return { data: {} }; },
  features: () => [],
  async close() {},
});
export const definition = {
  $type: '@coffer/store-definition', contract: 1, type: 'secretstores.scripted', version: 'v1', title: 'Scripted', status: 'alpha',
  metadata: {}, requestMetadata: [], features: [], create,
};
`;

const PACKAGE = {
  name: 'coffer-store-scripted',
  version: '1.0.0',
  type: 'module',
  exports: { './definition.js': './definition.js' },
  coffer: {
    contract: 1,
    stores: [{ type: 'secretstores.scripted', version: 'v1', module: './definition.js', manifest: './component.json' }],
  },
};

/** Files of a host package with the driver of `secretstores.scripted`, and a component of each name. */
export function scriptedStores(...names: string[]): Readonly<Record<string, string>> {
  const components = names.map((name) => [
    `components/${name}.yaml`,
    `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: ${name}
spec:
  type: secretstores.scripted
  version: v1
`,
  ]);
  return {
    'package.json': JSON.stringify({ dependencies: { 'coffer-store-scripted': '*' } }),
    'node_modules/coffer-store-scripted/package.json': JSON.stringify(PACKAGE),
    'node_modules/coffer-store-scripted/definition.js': DEFINITION,
    ...Object.fromEntries(components),
  };
}
