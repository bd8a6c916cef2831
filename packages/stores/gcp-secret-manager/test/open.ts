import { cofferDialect, type Dialect } from '@coffer/core';
import { decodeMetadata, type Logger, type SecretStoreError } from '@coffer/core/driver';
import { FakeGoogle } from '@coffer/fake-services/google';
import { definition } from '../src/definition.ts';
import { type GcpDependencies, GcpSecretManagerStore } from '../src/store.ts';

export interface Setup {
  readonly properties?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
  readonly dependencies?: GcpDependencies;
}

export interface Opened {
  readonly store: GcpSecretManagerStore;
  /** Everything that was logged. */
  readonly lines: readonly string[];
  get(name: string, metadata?: Readonly<Record<string, string>>): Promise<object>;
  bulk(options?: { readonly signal?: AbortSignal }): Promise<object>;
  list(): Promise<readonly (readonly string[])[]>;
}

/** A fake with three secrets, of which `alpha` has two versions. */
export async function start(): Promise<FakeGoogle> {
  const fake = await FakeGoogle.start();
  fake.secrets.put('alpha', 'first of alpha');
  for (const id of ['alpha', 'beta', 'gamma']) fake.secrets.put(id, `value of ${id}`, { labels: { app: id } });
  return fake;
}

/** The settings of a key, as a component has them. */
export function keyOf(fake: FakeGoogle): Record<string, string> {
  return { ...fake.key() };
}

/** A store with the fake's key, unless the properties name other credentials. */
export async function open(
  fake: FakeGoogle,
  { properties, dialect = cofferDialect, dependencies = {} }: Setup = {},
): Promise<Opened> {
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const store = new GcpSecretManagerStore({
    environment: {},
    address: new URL(fake.url),
    productFile: '/nowhere',
    metadataHost: '127.0.0.1:1',
    ...dependencies,
  });
  const { metadata } = decodeMetadata(definition.metadata, properties ?? keyOf(fake));
  await store.init({ component: 'gcp', metadata, dialect, logger });
  const plain = (value: object | null) => JSON.parse(JSON.stringify(value)) as object;
  return {
    store,
    lines,
    get: async (name, metadata = {}) => plain((await store.get({ name, metadata })).data),
    bulk: async (options = {}) => plain((await store.bulkGet({ metadata: {} }, options)).data),
    list: async () => {
      const pages: (readonly string[])[] = [];
      for await (const page of store.list({ metadata: {} })) pages.push(page);
      return pages;
    },
  };
}

/** What a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<SecretStoreError> {
  return await call.then(
    () => {
      throw new Error('it succeeded');
    },
    (cause: SecretStoreError) => cause,
  );
}
