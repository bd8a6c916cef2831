export { Backoff } from '@coffer/http-client';
export { type ClientOptions, connectKubernetes, KubernetesClient } from './client.ts';
export type { Authorization, Cluster, TlsSettings } from './connection/cluster.ts';
export { type FindOptions, findCluster } from './connection/find-cluster.ts';
export { isRetryable, KubernetesError, type KubernetesErrorOptions, type KubernetesErrorReason } from './errors.ts';
export { type Change, type FollowOptions, follow } from './follow.ts';
export { labelOf, pathOf, type ResourceList, type ResourceName, ruleFor, type Verb } from './resource.ts';
export type {
  CallOptions,
  KubernetesObject,
  ListOptions,
  ObjectMetadata,
  Page,
  WatchEvent,
  WatchOptions,
} from './types.ts';
