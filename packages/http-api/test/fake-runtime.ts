import {
  cofferDialect,
  type Dialect,
  Health,
  ReadFailure,
  SecretStoreError,
  type SecretsRuntime,
  type SecretValues,
} from '@coffer/core';

export interface FakeRuntime extends SecretsRuntime {
  /** What was asked of it: `store/name`, with the request metadata. */
  readonly reads: { readonly path: string; readonly metadata: Readonly<Record<string, string>> }[];
  /** Names of reads whose caller went away. */
  readonly aborted: string[];
  /** Lets every read of `slow` go on. */
  release(): void;
}

/** A runtime with one store, `memory`. The secret `slow` waits for `release`; `nothing` has no data map. */
export function fakeRuntime(
  secrets: Readonly<Record<string, string>> = { k1: 'v1' },
  dialect: Dialect = cofferDialect,
): FakeRuntime {
  const values = new Map(Object.entries(secrets));
  const reads: FakeRuntime['reads'] = [];
  const aborted: string[] = [];
  const released = Promise.withResolvers<void>();
  const health = new Health();
  health.outboundReady = true;
  const found = (name: string, value: string): SecretValues => Object.assign(Object.create(null), { [name]: value });
  return {
    appId: 'app1',
    dialect,
    health,
    extendedMetadata: new Map(),
    enabledFeatures: ['HotReload'],
    reads,
    aborted,
    release: () => released.resolve(),
    resiliencies: [],
    components: () => [{ name: 'memory', type: 'secretstores.memory', version: 'v1', capabilities: [] }],
    async get({ store, name, metadata, signal }) {
      if (store !== 'memory') throw ReadFailure.storeNotFound(store);
      if (name === 'denied') throw ReadFailure.denied(store, name);
      reads.push({ path: `${store}/${name}`, metadata: { ...metadata } });
      if (name === 'nothing') return { data: null };
      if (name === 'defect') throw new TypeError('the text of a defect');
      if (name === 'slow') {
        const gone = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
        await Promise.race([released.promise, gone]);
        if (signal?.aborted) {
          aborted.push(name);
          throw ReadFailure.getFailed(store, name, new SecretStoreError('canceled', 'context canceled'));
        }
        return { data: found(name, 'late') };
      }
      const value = values.get(name);
      if (value === undefined) {
        throw ReadFailure.getFailed(store, name, new SecretStoreError('not_found', `secret ${name} not found`));
      }
      return { data: found(name, value) };
    },
    async bulkGet({ store }) {
      if (store !== 'memory') throw ReadFailure.storeNotFound(store);
      return {
        data: Object.assign(
          Object.create(null),
          Object.fromEntries([...values].map(([name, value]) => [name, found(name, value)])),
        ),
      };
    },
  };
}
