import { cofferDialect, silentLoggerFor } from '@coffer/core';
import { checkSettings } from '@coffer/core/driver';
import { definition } from '../src/definition.ts';
import { MemoryService } from '../src/memory-service.ts';
import { AcmeStore } from '../src/store.ts';

let started = 0;

/** A service of its own for a test, with two secrets; `greeting` has two versions. */
export function startService(): MemoryService {
  const service = new MemoryService(`memory:test-${++started}`, 'test-token');
  service.put('greeting', 'hello');
  service.put('greeting', 'good morning');
  service.put('password', 'correct horse');
  return service;
}

/** The store, initialised with the settings of the service and those given. */
export async function open(
  service: MemoryService,
  properties: Readonly<Record<string, string>> = {},
  store: AcmeStore = new AcmeStore(),
  signal?: AbortSignal,
): Promise<AcmeStore> {
  const { address, token } = service;
  const { metadata } = checkSettings(definition, { address, token, ...properties }, 'refused');
  await store.init({ component: 'test', metadata, dialect: cofferDialect, logger: silentLoggerFor('test') }, { signal });
  return store;
}
