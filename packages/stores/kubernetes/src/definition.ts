import type { StoreDefinition } from '@coffer/core/driver';
import { check } from './check.ts';
import { metadata } from './metadata.ts';

export type { KubernetesMetadata } from './metadata.ts';

/** Kubernetes Secrets, read from the API server on every call. */
export const definition: StoreDefinition<typeof metadata> = {
  $type: '@coffer/store-definition',
  contract: 1,
  type: 'secretstores.kubernetes',
  version: 'v1',
  title: 'Kubernetes Secrets',
  status: 'stable',
  metadata,
  check,
  requestMetadata: [
    {
      name: 'namespace',
      description: 'Namespace of the secrets; it goes before NAMESPACE and defaultNamespace.',
      example: 'shop',
    },
  ],
  features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'PING', 'WATCH'],
  create: async () => new (await import('./store.ts')).KubernetesStore(),
};
