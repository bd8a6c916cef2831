import { cofferDialect, type Dialect } from '@coffer/core';
import {
  type CallOptions,
  checkSettings,
  type Logger,
  type MetadataProblem,
  type RequestMetadata,
  type SecretStoreError,
} from '@coffer/core/driver';
import { definition } from '../src/definition.ts';
import { type VaultDependencies, VaultStore } from '../src/store.ts';

export interface Setup {
  readonly properties?: Readonly<Record<string, string>>;
  readonly dialect?: Dialect;
  readonly dependencies?: VaultDependencies;
}

export interface Opened {
  readonly store: VaultStore;
  readonly lines: readonly string[];
  readonly problems: readonly MetadataProblem[];
  get(name: string, metadata?: RequestMetadata): Promise<unknown>;
  list(options?: CallOptions): Promise<string[]>;
  failure(name: string, metadata?: RequestMetadata): Promise<SecretStoreError>;
}

/** A store as the runtime starts it: settings checked, then init. Fails as it would there. */
export async function openStore(
  url: string,
  { properties = {}, dialect = cofferDialect, dependencies = {} }: Setup = {},
): Promise<Opened> {
  const lines: string[] = [];
  const log = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const token = 'vaultToken' in properties || 'vaultTokenMountPath' in properties ? {} : { vaultToken: 'root' };
  const given = { vaultAddr: url, ...token, ...properties };
  const { metadata, problems } = checkSettings(definition, given, dialect.loader.doubtfulSettings);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw Object.assign(new Error(errors.map(({ message }) => message).join('; ')), { problems: errors });
  const store = new VaultStore({ environment: {}, ...dependencies });
  await store.init({ component: 'vault', metadata, dialect, logger });
  return {
    store,
    lines,
    problems,
    get: async (name: string, metadata = {}) => plain((await store.get({ name, metadata })).data),
    list: async (options = {}) => {
      const names: string[] = [];
      for await (const page of store.list({ metadata: {} }, options)) names.push(...page);
      return names.sort();
    },
    failure: async (name: string, metadata = {}): Promise<SecretStoreError> =>
      await store.get({ name, metadata }).then(
        () => {
          throw new Error('the read did not fail');
        },
        (error) => error,
      ),
  };
}

export function plain(value: object | null): unknown {
  return JSON.parse(JSON.stringify(value));
}
