import { cofferDialect } from '@coffer/core';
import { checkSettings, type Logger, type SecretData, type SecretStoreError } from '@coffer/core/driver';
import type { HttpDependencies } from '../src/connect.ts';
import { definition } from '../src/definition.ts';
import { HttpStore } from '../src/store.ts';

export interface Opened extends AsyncDisposable {
  readonly store: HttpStore;
  /** Everything that was logged, each with its level. */
  readonly lines: readonly string[];
  /** The values of a secret. */
  get(name: string, metadata?: Readonly<Record<string, string>>): Promise<object | null>;
  read(name: string, metadata?: Readonly<Record<string, string>>): Promise<SecretData>;
  list(metadata?: Readonly<Record<string, string>>): Promise<readonly (readonly string[])[]>;
}

/** A store with settings that hold. Fails as `init` does. */
export async function open(
  properties: Readonly<Record<string, string>>,
  { environment = {}, ...dependencies }: HttpDependencies = {},
): Promise<Opened> {
  const lines: string[] = [];
  const logger = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((level) => [level, (message: string) => void lines.push(`${level} ${message}`)]),
  ) as unknown as Logger;
  const { metadata, problems } = checkSettings(definition, properties, 'refused');
  if (problems.some(({ severity }) => severity === 'error')) throw new Error(JSON.stringify(problems));
  const store = new HttpStore({ environment, ...dependencies });
  await store.init({ component: 'http', metadata, dialect: cofferDialect, logger });
  const read: Opened['read'] = (name, metadata = {}) => store.get({ name, metadata });
  return {
    store,
    lines,
    read,
    get: async (name, metadata) => {
      const { data } = await read(name, metadata);
      return data && { ...data };
    },
    list: async (metadata = {}) => {
      const pages: (readonly string[])[] = [];
      for await (const page of store.list({ metadata })) pages.push(page);
      return pages;
    },
    [Symbol.asyncDispose]: () => store.close(),
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
