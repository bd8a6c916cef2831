import { KubernetesError } from '@coffer/kubernetes-client';

/** A failure of the API server on one line, with what to do about it. */
export function explain(cause: unknown): string {
  if (!(cause instanceof KubernetesError)) return cause instanceof Error ? cause.message : String(cause);
  return cause.hint === undefined ? cause.message : `${cause.message}; ${cause.hint}`;
}
