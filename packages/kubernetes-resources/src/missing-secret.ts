import type { Component } from '@coffer/core';
import type { KubernetesClient } from '@coffer/kubernetes-client';
import { DEFAULT_STORE } from './built-in-store.ts';

/**
 * Fails with `KubernetesError` when a Secret that a component of this application refers to, through the default store, does not
 * exist: the reference can list no component then.
 */
export async function missingSecret(
  client: KubernetesClient,
  components: readonly Component[],
  { namespace, appId, signal }: { readonly namespace: string; readonly appId: string; readonly signal: AbortSignal },
): Promise<void> {
  const names = new Set<string>();
  for (const { scopes, secretStore, properties } of components) {
    const isOurs = scopes.length === 0 || scopes.includes(appId);
    if (!isOurs || (secretStore !== '' && secretStore !== DEFAULT_STORE)) continue;
    for (const { secretKeyRef } of properties)
      if (secretKeyRef !== undefined && secretKeyRef.name !== '') names.add(secretKeyRef.name);
  }
  for (const name of names) await client.get({ version: 'v1', resource: 'secrets', namespace, name }, { signal });
}
