import { isSecretStoreError, SecretStoreError, type SecretStoreErrorOptions, secretStoreErrorFrom } from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { ServiceFailure } from './service-failure.ts';

/** What failed, as the reference begins its messages. */
export const GET = "couldn't get secret: ";
export const BULK = "couldn't get secrets: ";

/** A failure of a call in the contract's words. */
export function storeError(cause: unknown, prefix: string, operation: string, secret?: string): SecretStoreError {
  const options: SecretStoreErrorOptions = { operation, secret, cause };
  if (cause instanceof ServiceFailure) {
    return new SecretStoreError(cause.code, `${prefix}${cause.message}`, { ...options, hint: hintOf(cause) });
  }
  if (cause instanceof HttpFailure) {
    const { code, hint, retryable, message } = cause;
    return new SecretStoreError(code, `${prefix}${message}`, { ...options, hint, retryable });
  }
  const { code, detail, hint, retryable } = secretStoreErrorFrom(cause);
  // What was refused here has its words already, and the caller knows that it gave up.
  const isWhole = isSecretStoreError(cause) && detail.startsWith(prefix);
  return new SecretStoreError(code, isWhole ? detail : `${prefix}${detail}`, { ...options, hint, retryable });
}

function hintOf({ code, reason }: ServiceFailure): string | undefined {
  if (reason === '') return 'the answer is not that of OOS: check endpoint, regionId and proxies';
  switch (code) {
    case 'not_found':
      return 'check name, version and regionId; a common parameter is not an encrypted one';
    case 'permission_denied':
      return 'grant oos:GetSecretParameter, for bulk reads oos:GetSecretParametersByPath, and kms:GetSecretValue';
    case 'unauthenticated':
      return /TimeStamp/i.test(reason)
        ? 'check the clock of this machine'
        : 'check the access key: does it exist, is it enabled, has its token expired?';
    case 'resource_exhausted':
      return 'too many calls for this account: ask for more, or cache reads';
    case 'invalid_argument':
      return 'a name has at most 180 letters, digits, hyphens, underscores and slashes; a version is a number';
    default:
      return undefined;
  }
}
