import type { Component, DefaultSecretStore, Dialect, LoggerFor, StoreRegistry } from '@coffer/core';
import { decodeMetadata, type SecretStore } from '@coffer/core/driver';

/** Name of the built-in store, and what `auth.secretStore` means when it is not given. */
export const DEFAULT_STORE = 'kubernetes';
const TYPE = 'secretstores.kubernetes';
const INIT_TIMEOUT = 5000;

/** The component that is there without a resource. */
export function builtInStore(namespace: string): Component {
  return {
    name: DEFAULT_STORE,
    namespace,
    annotations: {},
    type: TYPE,
    version: 'v1',
    ignoreErrors: false,
    initTimeout: INIT_TIMEOUT,
    properties: [{ name: 'defaultNamespace', value: namespace }],
    secretStore: '',
    scopes: [],
    source: { file: 'the built-in store', document: 1, line: 0 },
  };
}

export interface DefaultStoreOptions {
  readonly namespace: string;
  readonly registry: StoreRegistry;
  readonly dialect: Dialect;
  readonly loggerFor: LoggerFor;
}

/**
 * What `secretKeyRef` reads where a component names no store, also without the built-in one: the reference's operator follows
 * those references. It is made when the first one is followed. Bytes that are no text arrive as they are, whatever the dialect
 * makes of them elsewhere.
 */
export function defaultStore({
  namespace,
  registry,
  dialect,
  loggerFor,
}: DefaultStoreOptions): DefaultSecretStore & AsyncDisposable {
  let opening: Promise<SecretStore> | undefined;
  const open = async (): Promise<SecretStore> => {
    const definition = await registry.resolve(TYPE, 'v1');
    const store: SecretStore = await definition.create();
    const { metadata } = decodeMetadata(definition.metadata, { defaultNamespace: namespace });
    const exact: Dialect = { ...dialect, kubernetes: { ...dialect.kubernetes, binaryValues: 'replaced' } };
    await store.init({ component: DEFAULT_STORE, metadata, dialect: exact, logger: loggerFor('dapr.contrib') });
    return store;
  };
  return {
    name: DEFAULT_STORE,
    async get(request, options) {
      opening ??= open().catch((cause) => {
        opening = undefined;
        throw cause;
      });
      return (await opening).get(request, options);
    },
    async [Symbol.asyncDispose]() {
      const store = await opening?.catch(() => undefined);
      await store?.close();
    },
  };
}
