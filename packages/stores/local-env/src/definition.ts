import type { StoreDefinition } from '@coffer/core/driver';
import { metadata } from './metadata.ts';

export type { LocalEnvMetadata } from './metadata.ts';
export type { LocalEnvDependencies } from './store.ts';

/** Secrets from the environment variables of the process. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.local.env',
  version: 'v1',
  title: 'Environment variables',
  status: 'stable',
  metadata,
  requestMetadata: [],
  features: ['LIST', 'PING'],
  create: async () => new (await import('./store.ts')).LocalEnvStore(),
};
