import { cofferDialect, silentLoggerFor } from '@coffer/core';
import { checkSettings } from '@coffer/core/driver';
import { definition } from '../src/definition.ts';
import { AcmeStore } from '../src/store.ts';

/** Text by name. */
export type Settings = Readonly<Record<string, string>>;

export interface OpenOptions {
  readonly store?: AcmeStore;
  readonly signal?: AbortSignal;
}

/** A store, initialised with settings as a component gives them. */
export async function open(settings: Settings, options: OpenOptions = {}): Promise<AcmeStore> {
  const { store = new AcmeStore(), signal } = options;
  const { metadata } = checkSettings(definition, settings, 'refused');
  await store.init({ component: 'test', metadata, dialect: cofferDialect, logger: silentLoggerFor('test') }, { signal });
  return store;
}
