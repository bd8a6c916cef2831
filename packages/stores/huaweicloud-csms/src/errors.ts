import { SecretStoreError, type SecretStoreErrorOptions, secretStoreErrorFrom } from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { regionAdvice } from './regions.ts';
import { ServiceFailure } from './service-failure.ts';

export type Operation = 'init' | 'get' | 'bulkGet' | 'list' | 'ping';

/** A failure of a call in the contract's words; the detail is what the reference says. */
export function storeError(cause: unknown, operation: Operation, secret?: string, prefix = ''): SecretStoreError {
  const options: SecretStoreErrorOptions = { operation, secret, cause };
  if (cause instanceof ServiceFailure) {
    return new SecretStoreError(cause.code, `${prefix}${cause.message}`, { ...options, hint: hintOf(cause, operation) });
  }
  if (cause instanceof HttpFailure) {
    const { code, retryable, reason } = cause;
    const hint = cause.hint ?? (reason === 'unavailable' ? 'check region, endpoint and the proxy variables' : undefined);
    return new SecretStoreError(code, `${prefix}${cause.message}`, { ...options, hint, retryable });
  }
  const { code, detail, hint, retryable } = secretStoreErrorFrom(cause);
  return new SecretStoreError(code, `${prefix}${detail}`, { ...options, hint, retryable });
}

/** A start that came to no keys or no project, after the reference's words. */
export function projectError(cause: unknown, region: string): SecretStoreError {
  const error = storeError(cause, 'init');
  const { code, detail, retryable } = error;
  if (code === 'canceled' || (code === 'deadline_exceeded' && !detail.startsWith('Get '))) return error;
  const hint = error.hint ?? regionAdvice(region) ?? 'set projectId';
  return new SecretStoreError(code, `failed to get project id, ${detail}`, { operation: 'init', hint, retryable, cause });
}

/** What to grant, in the words of identity policies; the README has those of custom policies beside them. */
const PERMISSIONS: Readonly<Partial<Record<Operation, string>>> = {
  init: 'grant iam:projects:listProjects, or set projectId',
  get: 'grant csms:secret:getVersion on the secret and kms:cmk:decryptDataKey on its key',
  bulkGet: 'grant csms:secret:getVersion on the secrets, kms:cmk:decryptDataKey on their keys and csms:secret:list',
  list: 'grant csms:secret:list',
};

function hintOf({ code, status, errorCode }: ServiceFailure, operation: Operation): string | undefined {
  if (errorCode === '') return 'the answer is not that of the service: check endpoint, iamEndpoint and proxies';
  switch (code) {
    case 'permission_denied':
      return PERMISSIONS[operation];
    case 'unauthenticated':
      return 'are both parts of the key right, is it active, is the clock right? After five refusals in a row a key is locked for five minutes';
    case 'not_found':
      return 'check name, version_id, region and projectId';
    case 'failed_precondition':
      return 'only an enabled secret can be read: enable it, or cancel its deletion';
    case 'resource_exhausted':
      return 'the service lets so many calls through: cache reads, or read less in bulk';
    case 'unimplemented':
      return 'the service has no such address: check endpoint, region and projectId';
    default:
      return status === 400 ? 'check name and version_id' : undefined;
  }
}
