import { type ErrorCode, SecretStoreError, type SecretStoreErrorOptions, secretStoreErrorFrom } from '@coffer/core/driver';
import { KubernetesError, type KubernetesErrorReason } from '@coffer/kubernetes-client';

const CODES: Readonly<Record<KubernetesErrorReason, ErrorCode>> = {
  not_found: 'not_found',
  forbidden: 'permission_denied',
  unauthorized: 'unauthenticated',
  invalid: 'invalid_argument',
  gone: 'unavailable',
  throttled: 'resource_exhausted',
  unavailable: 'unavailable',
  timeout: 'deadline_exceeded',
  canceled: 'canceled',
  too_large: 'resource_exhausted',
  unreadable: 'unknown',
  configuration: 'failed_precondition',
};

/** A failure of the client in the contract's words; the detail is the API server's own text. */
export function storeError(cause: unknown, operation: string, secret?: string): SecretStoreError {
  const options: SecretStoreErrorOptions = { operation, secret };
  if (!(cause instanceof KubernetesError)) return secretStoreErrorFrom(cause, options);
  const { reason, message, hint } = cause;
  // Only a server that knows Secrets can say that one does not exist.
  if (reason === 'not_found' && !/^(secrets|namespaces) "/.test(message)) {
    const address = 'the answer is not that of a Kubernetes API server: check the address in the kubeconfig';
    return new SecretStoreError('unavailable', message, { ...options, hint: address, cause });
  }
  const retryable = reason === 'too_large' ? false : undefined;
  return new SecretStoreError(CODES[reason], message, { ...options, hint, retryable, cause });
}
