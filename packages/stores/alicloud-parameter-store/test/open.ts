import { cofferDialect, type Dialect } from '@coffer/core';
import { decodeMetadata, type Logger, type SecretStoreError } from '@coffer/core/driver';
import { FakeAlicloud } from '@coffer/fake-services/alicloud';
import { definition } from '../src/definition.ts';
import { type AlicloudDependencies, AlicloudParameterStore } from '../src/store.ts';

export interface Setup {
  readonly properties?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
  readonly environment?: AlicloudDependencies['environment'];
}

export interface Opened {
  readonly store: AlicloudParameterStore;
  /** Everything that was logged. */
  readonly lines: readonly string[];
  get(name: string, metadata?: Readonly<Record<string, string>>): Promise<object>;
  bulk(metadata?: Readonly<Record<string, string>>, options?: { readonly signal?: AbortSignal }): Promise<object>;
  list(metadata?: Readonly<Record<string, string>>): Promise<readonly string[]>;
}

/** A fake with three parameters, of which `alpha` has two versions. */
export async function start(): Promise<FakeAlicloud> {
  const fake = await FakeAlicloud.start();
  fake.parameters.put('alpha', 'first of alpha');
  for (const name of ['alpha', 'beta', '/shop/gamma']) fake.parameters.put(name, `value of ${name}`);
  return fake;
}

/** A component's settings with the fake's access key. */
export function keyOf(fake: FakeAlicloud): Record<string, string> {
  return { regionId: 'cn-hangzhou', ...fake.key };
}

/** A store with the fake's key, unless the properties are others. All three services are the fake. */
export async function open(fake: FakeAlicloud, setup: Setup = {}): Promise<Opened> {
  const { properties = keyOf(fake), dialect = cofferDialect, environment = {} } = setup;
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const address = new URL(fake.url);
  const store = new AlicloudParameterStore({ environment, address, stsAddress: address, metadataAddress: address });
  const { metadata } = decodeMetadata(definition.metadata, properties);
  await store.init({ component: 'ali', metadata, dialect, logger });
  const plain = (value: object | null) => JSON.parse(JSON.stringify(value)) as object;
  return {
    store,
    lines,
    get: async (name, given = {}) => plain((await store.get({ name, metadata: given })).data),
    bulk: async (given = {}, options = {}) => plain((await store.bulkGet({ metadata: given }, options)).data),
    list: async (given = {}) => {
      const names: string[] = [];
      for await (const page of store.list({ metadata: given })) names.push(...page);
      return names;
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
