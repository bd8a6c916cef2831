import { DEFINITION_MARKER, type StoreDefinition } from '@coffer/core/driver';
import type { PluggableStore } from './store.ts';

export const metadata = {
  properties: { type: 'rest', sensitive: true, description: 'Handed to the component as they are.' },
} as const;

/** The driver of the component type that a socket's name gives. */
export function pluggableDefinition(name: string, create: () => Promise<PluggableStore>): StoreDefinition<typeof metadata> {
  return {
    $type: DEFINITION_MARKER,
    contract: 1,
    type: `secretstores.${name.toLowerCase()}`,
    version: 'v1',
    title: `Pluggable component ${name}`,
    status: 'stable',
    metadata,
    requestMetadata: [],
    // What a component can do is known when it is initialised.
    features: [],
    create,
  };
}
