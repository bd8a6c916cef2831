import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.kubernetes` component. */
export const metadata = {
  defaultNamespace: {
    type: 'string',
    example: 'shop',
    description:
      'Namespace of the secrets when neither the request nor the variable NAMESPACE names one. Without it: that of the service account or the context.',
  },
  kubeconfigPath: {
    type: 'string',
    example: '/home/me/.kube/config',
    description: 'A kubeconfig file. Without it: the service account of the pod, else KUBECONFIG, else ~/.kube/config.',
  },
  context: {
    type: 'string',
    example: 'staging',
    description: 'Context of the kubeconfig; its current one when absent.',
  },
  labelSelector: {
    type: 'string',
    example: 'app=shop,tier!=test',
    description:
      'Only secrets with these labels in bulk reads, lists and watches. Single reads are not narrowed: RBAC and scopes do that.',
  },
  secretTypes: {
    type: 'list',
    example: 'Opaque,kubernetes.io/tls',
    description:
      'Only secrets of these types in bulk reads, lists and watches; or all but these, each with ! in front: !helm.sh/release.v1. Every type when absent.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one request to the API server, its retries included.',
  },
} as const;

export type KubernetesMetadata = MetadataOf<typeof metadata>;
