import { type ErrorCode, isSecretStoreError, SecretStoreError, secretStoreErrorFrom } from '@coffer/core/driver';
import { ServiceFailure } from './client.ts';

/** A failure in the contract's words, whatever was thrown. An abort is `canceled`, a time limit `deadline_exceeded`. */
export function storeError(cause: unknown, operation: string, secret?: string): SecretStoreError {
  if (cause instanceof ServiceFailure) {
    const code = codeOf(cause.status);
    return new SecretStoreError(code, cause.message, { operation, secret, hint: HINTS[code], cause });
  }
  const { code, detail, hint, retryable } = secretStoreErrorFrom(cause);
  // The message of a failure that nobody expected may quote what the service answered.
  const text = code === 'unknown' && !isSecretStoreError(cause) ? 'unexpected failure' : detail;
  return new SecretStoreError(code, text, { operation, secret, hint, retryable, cause });
}

function codeOf(status: number): ErrorCode {
  return CODES[status] ?? (status >= 500 ? 'unavailable' : 'unknown');
}

/** `not_found` is only what the service itself says of a secret: never a gateway's answer, never a guess. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  409: 'failed_precondition',
  429: 'resource_exhausted',
};

/** What the reader can do: the permission to grant, the setting to check. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  not_found: 'check the name and version_id',
  permission_denied: 'let the token read this secret',
  resource_exhausted: 'read less often, or ask for a higher limit',
  unauthenticated: 'check the setting token: it may have expired',
  unavailable: 'check the setting address, and whether the service is up',
};
