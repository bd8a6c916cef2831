import { cofferDialect, type Dialect } from '@coffer/core';
import { decodeMetadata, type Logger, type SecretStoreError } from '@coffer/core/driver';
import { ACCESS_KEY, FakeHuawei, SECRET_KEY } from '@coffer/fake-services/huaweicloud';
import type { HuaweiDependencies } from '../src/connect.ts';
import { definition } from '../src/definition.ts';
import { HuaweiCsmsStore } from '../src/store.ts';

export interface Setup {
  readonly properties?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
  readonly dependencies?: HuaweiDependencies;
}

export interface Opened {
  readonly store: HuaweiCsmsStore;
  get(name: string, metadata?: Readonly<Record<string, string>>): Promise<object>;
  bulk(options?: { readonly signal?: AbortSignal }): Promise<object>;
  list(): Promise<readonly (readonly string[])[]>;
}

/** A key, and the region that the fake has a project for. */
export const SETTINGS: Readonly<Record<string, string>> = {
  region: 'cn-north-4',
  accessKey: ACCESS_KEY,
  secretAccessKey: SECRET_KEY,
};

/** A fake with three secrets, of which `alpha` has two versions. */
export async function start(): Promise<FakeHuawei> {
  const fake = await FakeHuawei.start();
  fake.secrets.put('alpha', 'first of alpha');
  for (const name of ['alpha', 'beta', 'gamma']) fake.secrets.put(name, `value of ${name}`);
  return fake;
}

/** The settings of a component that asks nothing at start. */
export function settled(fake: FakeHuawei): Record<string, string> {
  return { ...SETTINGS, projectId: fake.project };
}

/** A store whose requests all reach the fake. */
export async function open(
  fake: FakeHuawei,
  { properties, dialect = cofferDialect, dependencies = {} }: Setup = {},
): Promise<Opened> {
  const address = new URL(fake.url);
  const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = new HuaweiCsmsStore({ environment: {}, address, metadataAddress: address, ...dependencies });
  const { metadata } = decodeMetadata(definition.metadata, properties ?? settled(fake));
  await store.init({ component: 'huawei', metadata, dialect, logger });
  const plain = (value: object | null) => JSON.parse(JSON.stringify(value)) as object;
  return {
    store,
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
