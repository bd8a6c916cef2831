import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubernetesError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { inCluster, SERVICE_ACCOUNT_FOLDER } from './in-cluster.ts';
import { kubeconfigCluster } from './kubeconfig.ts';

export interface FindOptions {
  /** `process.env` by default: `KUBERNETES_SERVICE_HOST`, `KUBECONFIG`, `HOME`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A kubeconfig that is named explicitly; empty: none. */
  readonly kubeconfigPath?: string;
  /** Context of the kubeconfig; empty: its current one. */
  readonly context?: string;
  /** Whether the service account of a pod comes before `kubeconfigPath`, as in the reference. */
  readonly inClusterFirst?: boolean;
  /** Whether `KUBECONFIG` is the name of one file, as in the reference, or a list of paths. */
  readonly singleKubeconfig?: boolean;
  /** Where a pod's service account is mounted. */
  readonly serviceAccountFolder?: string;
}

/**
 * The cluster to speak to: an explicit kubeconfig, else the service account of the pod, else `KUBECONFIG`, else
 * `~/.kube/config`. Nothing is asked of the cluster. Fails with `configuration`.
 */
export async function findCluster(options: FindOptions = {}): Promise<Cluster> {
  const { environment = process.env, kubeconfigPath = '', context = '', inClusterFirst = false } = options;
  if (kubeconfigPath === '' || inClusterFirst) {
    const cluster = await inCluster(environment, options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER);
    if (cluster !== undefined && context !== '') {
      const hint = 'set kubeconfigPath, or leave context out';
      throw new KubernetesError('configuration', 'context is of a kubeconfig, and the service account of the pod is used', {
        hint,
      });
    }
    if (cluster !== undefined) return cluster;
  }
  if (kubeconfigPath !== '') return kubeconfigCluster([kubeconfigPath], context, environment);
  const { KUBECONFIG: named = '' } = environment;
  const separate = options.singleKubeconfig === true ? [named] : named.split(delimiter);
  const paths = separate.filter((path) => path !== '');
  if (paths.length > 0) return kubeconfigCluster(paths, context, environment);
  const path = join(environment.HOME || homedir(), '.kube', 'config');
  try {
    return await kubeconfigCluster([path], context, environment);
  } catch (cause) {
    if (!(cause instanceof KubernetesError) || !cause.message.startsWith('stat ')) throw cause;
    const hint = 'outside a cluster, name a kubeconfig: the setting kubeconfigPath, the variable KUBECONFIG or ~/.kube/config';
    throw new KubernetesError('configuration', cause.message, { hint, cause });
  }
}
