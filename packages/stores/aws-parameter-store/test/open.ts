import { cofferDialect, type Dialect } from '@coffer/core';
import { checkSettings, type GetManyData, type Logger, type RequestMetadata, type SecretStoreError } from '@coffer/core/driver';
import { ADMIN_KEYS, type FakeAws } from '@coffer/fake-services/aws';
import { definition } from '../src/definition.ts';
import { ParameterStore } from '../src/store.ts';

export interface Setup {
  readonly properties?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
  readonly environment?: Readonly<Record<string, string>>;
}

type Plain = Record<string, unknown>;

export interface Opened extends AsyncDisposable {
  readonly store: ParameterStore;
  readonly warnings: readonly string[];
  get(name: string, metadata?: RequestMetadata): Promise<Plain>;
  bulk(metadata?: RequestMetadata): Promise<Plain>;
  many(names: readonly string[], metadata?: RequestMetadata): Promise<GetManyData>;
  list(): Promise<string[]>;
}

/** Settings that reach a fake with the keys of somebody who may do everything. */
export function settingsFor(fake: Pick<FakeAws, 'url' | 'region'>): Record<string, string> {
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = ADMIN_KEYS;
  return { region: fake.region, endpoint: fake.url, accessKey, secretKey };
}

/** A store that has been initialised as the loader does it. */
export async function openWith(
  properties: Readonly<Record<string, string>>,
  { dialect = cofferDialect, environment = {} }: Setup = {},
): Promise<Opened> {
  const warnings: string[] = [];
  const logger: Logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
  const { metadata, problems } = checkSettings(definition, properties, dialect.loader.doubtfulSettings);
  const refused = problems.find(({ severity }) => severity === 'error');
  if (refused !== undefined) throw new TypeError(refused.message);
  const store = new ParameterStore({ environment });
  await store.init({ component: 'parameters', metadata, propertyNames: Object.keys(properties), dialect, logger });
  const plain = (value: object | null): Plain => JSON.parse(JSON.stringify(value));
  return {
    store,
    warnings,
    get: async (name: string, metadata = {}) => plain((await store.get({ name, metadata })).data),
    bulk: async (metadata = {}) => plain((await store.bulkGet({ metadata })).data),
    many: (names: readonly string[], metadata = {}) => store.getMany({ names, metadata }),
    list: async () => {
      const names: string[] = [];
      for await (const page of store.list({ metadata: {} })) names.push(...page);
      return names;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

export function open(fake: FakeAws, { properties = {}, ...setup }: Setup = {}): Promise<Opened> {
  return openWith({ ...settingsFor(fake), ...properties }, setup);
}

/** The failure of a promise; fails when there is none. */
export async function failureOf(promise: Promise<unknown>): Promise<SecretStoreError> {
  try {
    await promise;
  } catch (cause) {
    return cause as SecretStoreError;
  }
  throw new Error('it did not fail');
}
