import { SecretStoreError } from '@coffer/core/driver';

/** Credentials that can't work, whatever is asked: a field is missing, a key can't be read. The text quotes no value. */
export function unusable(detail: string, hint: string, cause?: unknown): SecretStoreError {
  return new SecretStoreError('failed_precondition', `credentials: ${detail}`, { hint, cause });
}
