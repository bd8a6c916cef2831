import type { StoreRegistry } from '@coffer/core';
import type { KubernetesMode } from '@coffer/kubernetes-resources';
import type { ServerOptions } from './flags/server-options.ts';
import type { Logging } from './logging/logging.ts';

const MINUTE = 60_000;

export interface KubernetesContext {
  readonly options: ServerOptions;
  readonly logging: Logging;
  readonly registry: StoreRegistry;
  /** `NAMESPACE` is set in it when it is not. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Where resources come from in Kubernetes mode; undefined in standalone mode, in which none of its code is loaded. */
export async function openKubernetesMode(context: KubernetesContext): Promise<KubernetesMode | undefined> {
  const { options, logging, registry, environment, signal } = context;
  const { appId, dialect, mode, configurationFiles, reconcileInterval, disableBuiltInStore } = options;
  if (mode !== 'kubernetes') return undefined;
  const logger = logging.loggerFor('dapr.runtime');
  if (options.resourcesPaths.length > 0) logger.warn('no effect in Kubernetes mode: --resources-path');
  const [configurationName = '', ...more] = configurationFiles;
  if (more.length > 0) logger.warn(`only the first --config counts in Kubernetes mode: ${configurationName}`);
  // What is asked for more often than by default is also to be seen sooner where a watch hangs.
  const hurry = reconcileInterval < MINUTE ? reconcileInterval : 0;
  const { kubernetesMode } = await import('@coffer/kubernetes-resources');
  return kubernetesMode({
    appId,
    configurationName,
    disableBuiltInStore,
    reconcileInterval: hurry,
    registry,
    dialect,
    loggerFor: logging.loggerFor,
    environment,
    signal,
  });
}
