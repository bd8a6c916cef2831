import { cofferDialect, type Dialect } from '@coffer/core';
import { decodeMetadata, type Logger, type SecretTable, type SecretValues } from '@coffer/core/driver';
import { ADMIN_KEYS, type FakeAws, type Statement } from '@coffer/fake-services/aws';
import { definition } from '../src/definition.ts';
import { SecretsManagerStore } from '../src/store.ts';

export interface Setup {
  /** Undefined takes one away that is there otherwise. */
  readonly properties?: Readonly<Record<string, string | undefined>>;
  readonly dialect?: Dialect;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface OpenStore extends AsyncDisposable {
  readonly store: SecretsManagerStore;
  readonly warnings: string[];
  readonly logs: string[];
  get(name: string, metadata?: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>;
  bulk(metadata?: Readonly<Record<string, string>>): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>>;
  list(): Promise<readonly (readonly string[])[]>;
}

const plain = <Value>(table: SecretTable<Value> | null) => ({ ...table });

/** A store on a service at this address, with the keys of its administrator unless others are given. */
export async function openStore(
  url: string,
  { properties = {}, dialect = cofferDialect, environment = {} }: Setup = {},
): Promise<OpenStore> {
  const warnings: string[] = [];
  const logs: string[] = [];
  const note = (message: string) => void logs.push(message);
  const logger: Logger = {
    debug: note,
    info: note,
    error: note,
    warn(message) {
      warnings.push(message);
      note(message);
    },
  };
  const keys = { accessKey: ADMIN_KEYS.accessKeyId, secretKey: ADMIN_KEYS.secretAccessKey };
  const all = { region: 'us-east-1', endpoint: url, ...keys, ...properties };
  const given = Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined));
  const { metadata } = decodeMetadata(definition.metadata, given);
  const store = new SecretsManagerStore({ environment });
  await store.init({ component: 'aws', metadata, propertyNames: Object.keys(given), dialect, logger });
  return {
    store,
    warnings,
    logs,
    get: async (name, metadata = {}) => plain<string>((await store.get({ name, metadata })).data),
    bulk: async (metadata = {}) => {
      const { data } = await store.bulkGet({ metadata });
      return Object.fromEntries(Object.entries(data ?? {}).map(([name, values]) => [name, plain(values as SecretValues)]));
    },
    list: async () => {
      const pages: (readonly string[])[] = [];
      for await (const page of store.list({ metadata: {} })) pages.push(page);
      return pages;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** Keys of a new user that may do this. */
export function reader(
  fake: FakeAws,
  statements: readonly Statement[],
): { readonly accessKey: string; readonly secretKey: string } {
  const accessKeyId = `AKIAREADER${fake.calls.length}${statements.length}${Math.random()}`;
  fake.identities.user('reader', { accessKeyId, secretAccessKey: 'reader-secret' }, statements);
  return { accessKey: accessKeyId, secretKey: 'reader-secret' };
}
