import type { APIErrorType } from '@aws-sdk/client-secrets-manager';
import { awsError } from '@coffer/aws-client';
import { type ErrorCode, SecretStoreError } from '@coffer/core/driver';
import { GET_PREFIX, getCall, type Purpose } from './service.ts';

/** What a batch tells of one secret that it could not get, as a read of that secret alone would have told it. */
export function refusalOf({ ErrorCode: name = 'UnknownError', Message = '' }: APIErrorType, purpose: Purpose): SecretStoreError {
  const cause = Object.assign(new Error(Message), { name, $fault: 'client', $metadata: { httpStatusCode: 400 } });
  return explained(awsError(cause, getCall(purpose)));
}

/** The service answered, with no value in it. */
export function withoutValue({ as, secret }: Purpose): SecretStoreError {
  return new SecretStoreError('not_found', `${GET_PREFIX}the secret has no value`, { operation: as, secret, hint: NO_VALUE });
}

/** A failure to get one secret, with what the service's own words leave out. */
export function explained(error: SecretStoreError): SecretStoreError {
  const hint = hintFor(error);
  if (hint === undefined) return error;
  const { code, detail, component, operation, secret, retryable, cause } = error;
  return new SecretStoreError(code, detail, { component, operation, secret, retryable, cause, hint });
}

/** A failed bulk read in the words of the reference, which name the secret; it leaves the reason out. */
export function bulkFailure(name: string, error: SecretStoreError, form: 'with_reason' | 'name_alone'): SecretStoreError {
  const { code, detail, component, retryable, hint, cause } = error;
  const reason = form === 'name_alone' ? '' : `: ${detail.startsWith(GET_PREFIX) ? detail.slice(GET_PREFIX.length) : detail}`;
  const about = { component, operation: 'bulkGet', secret: name, retryable, hint, cause };
  return new SecretStoreError(code, `${GET_PREFIX}${name}${reason}`, about);
}

/** Whether a failure is about the secret itself, so that others may well be read. */
export function isAboutSecret({ code }: SecretStoreError): boolean {
  return ABOUT_SECRET.has(code);
}

/** Whether another try may go better. */
export function isPassing({ code }: SecretStoreError): boolean {
  return code === 'resource_exhausted' || code === 'unavailable';
}

/** Whether a secret is there and has nothing to give: no version with a value yet, or scheduled for deletion. */
export function isWithoutValue(error: SecretStoreError): boolean {
  return error.code === 'not_found' || isBeingDeleted(error);
}

function isBeingDeleted({ code, detail }: SecretStoreError): boolean {
  return code === 'failed_precondition' && /(marked|scheduled) for deletion/.test(detail);
}

const ABOUT_SECRET: ReadonlySet<ErrorCode> = new Set([
  'not_found',
  'permission_denied',
  'failed_precondition',
  'invalid_argument',
  'unknown',
]);
const NO_VALUE = 'put a value into the secret';

function hintFor(error: SecretStoreError): string | undefined {
  if (isBeingDeleted(error)) return 'restore the secret (RestoreSecret) or stop asking for it';
  if (error.detail.includes('DecryptionFailure')) return 'check that the KMS key of the secret is enabled and not being deleted';
  if (error.code === 'not_found' && /staging label: AWSCURRENT/.test(error.detail)) return NO_VALUE;
  return error.code === 'not_found' && error.hint === undefined
    ? 'check name, region and account; a secret of another account needs its ARN'
    : undefined;
}
