import { type ErrorCode, SecretStoreError } from '@coffer/core/driver';

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  429: 'resource_exhausted',
};

/** What an answer other than 200 means. Bodies stay out of it. */
export function acmeErrorFrom(status: number, operation: string): SecretStoreError {
  const code = CODES[status] ?? (status >= 500 ? 'unavailable' : 'unknown');
  return new SecretStoreError(code, `acme answered ${status}`, { operation });
}
