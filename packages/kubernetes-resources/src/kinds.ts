import type { ResourceList, ResourceName } from '@coffer/kubernetes-client';

/** Resources that Kubernetes mode reads. */
export const KINDS = {
  Component: 'components',
  Configuration: 'configurations',
  Resiliency: 'resiliencies',
} as const;
export type Kind = keyof typeof KINDS;

/** The resources of a kind in a namespace. */
export function resourceOf(kind: Kind, namespace: string): ResourceList {
  return { group: 'dapr.io', version: 'v1alpha1', resource: KINDS[kind], namespace };
}

export function namedResource(kind: Kind, namespace: string, name: string): ResourceName {
  return { ...resourceOf(kind, namespace), name };
}
