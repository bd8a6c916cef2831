import { cofferDialect, type Dialect } from '@coffer/core';
import { decodeMetadata, type Logger, type RequestMetadata, type SecretStoreError } from '@coffer/core/driver';
import { ADMIN_KEY, type FakeTencent, startFakeTencent } from '@coffer/fake-services/tencentcloud';
import { definition } from '../src/definition.ts';
import { type TencentSsmDependencies, TencentSsmStore } from '../src/store.ts';

export const KEYS: Readonly<Record<string, string>> = ADMIN_KEY;
export const REGION: Readonly<Record<string, string>> = { region: 'ap-guangzhou' };

export interface Setup {
  /** The administrator's key and the fake's region, unless others are given. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
  readonly dependencies?: TencentSsmDependencies;
}

export interface Opened {
  readonly store: TencentSsmStore;
  /** Everything that was logged. */
  readonly lines: readonly string[];
  get(name: string, metadata?: RequestMetadata, signal?: AbortSignal): Promise<unknown>;
  bulk(metadata?: RequestMetadata, signal?: AbortSignal): Promise<Record<string, unknown>>;
  list(): Promise<readonly (readonly string[])[]>;
}

/** A fake with `alpha`, of two versions, and `beta`. */
export async function start(options: Parameters<typeof startFakeTencent>[0] = {}): Promise<FakeTencent> {
  const fake = await startFakeTencent(options);
  fake.secrets.put('alpha', 'first of alpha', { version: 'v1' });
  fake.secrets.put('alpha', 'value of alpha', { version: 'v2' });
  fake.secrets.put('beta', 'value of beta', { version: 'v1' });
  return fake;
}

export async function open(fake: FakeTencent, setup: Setup = {}): Promise<Opened> {
  const { properties = { ...KEYS, ...REGION }, dialect = cofferDialect, dependencies = {} } = setup;
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const store = new TencentSsmStore({ environment: {}, address: new URL(fake.url), ...dependencies });
  const { metadata } = decodeMetadata(definition.metadata, properties);
  await store.init({ component: 'tencent', metadata, dialect, logger });
  const plain = (value: object | null) => JSON.parse(JSON.stringify(value));
  return {
    store,
    lines,
    get: async (name, metadata = {}, signal) => plain((await store.get({ name, metadata }, { signal })).data),
    bulk: async (metadata = {}, signal) => plain((await store.bulkGet({ metadata }, { signal })).data),
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

/** What was asked of the fake: `GetSecretValue alpha v2`. */
export function asked({ calls }: FakeTencent): readonly string[] {
  return calls.map(({ action, input }) => [action, ...Object.values(input)].join(' '));
}
