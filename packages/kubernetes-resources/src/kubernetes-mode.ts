import type { Component, DefaultSecretStore, Dialect, LoggerFor, ResourceSource, StoreRegistry } from '@coffer/core';
import { connectKubernetes, type FindOptions } from '@coffer/kubernetes-client';
import { builtInStore, defaultStore } from './built-in-store.ts';
import { explain } from './explain.ts';
import { kubernetesSource } from './source.ts';

export interface KubernetesModeOptions {
  readonly appId: string;
  /** The first of `--config`; empty: none. */
  readonly configurationName: string;
  readonly disableBuiltInStore: boolean;
  /** Milliseconds of `--hot-reload-reconcile-interval`; 0: the default. */
  readonly reconcileInterval: number;
  readonly registry: StoreRegistry;
  readonly dialect: Dialect;
  readonly loggerFor: LoggerFor;
  /** `NAMESPACE` is set in it when it is not. */
  readonly environment: Record<string, string | undefined>;
  readonly signal: AbortSignal;
  readonly serviceAccountFolder?: string;
}

/** What Coffer needs to run from the resources of a cluster. */
export interface KubernetesMode extends AsyncDisposable {
  readonly source: ResourceSource;
  readonly builtIn: readonly Component[];
  readonly defaultSecretStore: DefaultSecretStore;
}

/** Connects; nothing is asked of the cluster yet. Fails with an Error when there is no cluster to be found. */
export async function kubernetesMode(options: KubernetesModeOptions): Promise<KubernetesMode> {
  const { environment, dialect, loggerFor, registry, reconcileInterval, serviceAccountFolder } = options;
  const find: FindOptions = { environment, ...(serviceAccountFolder === undefined ? {} : { serviceAccountFolder }) };
  const client = await connectKubernetes(find).catch((cause) => {
    throw new Error(`Kubernetes mode needs a cluster: ${explain(cause)}`, { cause });
  });
  environment.NAMESPACE ||= client.namespace ?? 'default';
  const namespace = environment.NAMESPACE;
  const store = defaultStore({ namespace, registry, dialect, loggerFor });
  const { appId, configurationName, signal } = options;
  const watching = reconcileInterval > 0 ? { watchSeconds: Math.max(1, Math.round(reconcileInterval / 1000)) } : {};
  return {
    source: kubernetesSource({ client, namespace, appId, configurationName, dialect, loggerFor, signal, ...watching }),
    builtIn: options.disableBuiltInStore ? [] : [builtInStore(namespace)],
    defaultSecretStore: store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      client.close();
    },
  };
}
