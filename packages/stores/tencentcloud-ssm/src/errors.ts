import {
  type ErrorCode,
  isSecretStoreError,
  SecretStoreError,
  type SecretStoreErrorOptions,
  secretStoreErrorFrom,
} from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { ServiceFailure } from './service-failure.ts';

/** A failure of a call in the contract's words; the detail is what the reference says. */
export function storeError(cause: unknown, operation: string, secret?: string): SecretStoreError {
  if (isSecretStoreError(cause)) {
    if (cause.operation !== undefined) return cause;
    const { code, detail, hint, retryable } = cause;
    return new SecretStoreError(code, detail, { operation, secret, hint, retryable, cause });
  }
  const options: SecretStoreErrorOptions = { operation, secret, cause };
  if (cause instanceof ServiceFailure) {
    const { code, hint } = meaningOf(cause, operation);
    return new SecretStoreError(code, cause.message, { ...options, hint });
  }
  if (cause instanceof HttpFailure) {
    const { code, message, retryable, hint } = cause;
    return new SecretStoreError(code, networkText(message), { ...options, retryable, hint });
  }
  const { code, detail } = secretStoreErrorFrom(cause);
  return new SecretStoreError(code, code === 'unknown' ? networkText(detail) : detail, options);
}

/** What the reference's library says of a request that was not answered. */
function networkText(reason: string): string {
  return `[TencentCloudSDKError] Code=ClientError.NetworkError, Message=Fail to get response because ${reason}`;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string;
}

const NO_SERVICE = 'the answer is not that of Secrets Manager: check endpoint and proxies';

/** By whole code, else by its part before the dot, else by the status. */
function meaningOf(failure: ServiceFailure, operation: string): Meaning {
  const [family = ''] = failure.code.split('.');
  if (family === 'UnauthorizedOperation') return denied(operation);
  return EXACT.get(failure.code) ?? FAMILIES.get(family) ?? byStatus(failure);
}

function denied(operation: string): Meaning {
  const actions =
    operation === 'get' ? 'ssm:GetSecretValue, and ssm:ListSecretVersionIds for reads without a version' : 'ssm:ListSecrets';
  return { code: 'permission_denied', hint: `allow ${actions} in a CAM policy of the key's owner` };
}

const EXACT = meanings({
  'AuthFailure.UnauthorizedOperation': { code: 'permission_denied', hint: "check the CAM policies of the key's owner" },
  'AuthFailure.SignatureExpire': { code: 'unauthenticated', hint: 'the clock of this machine is more than five minutes off' },
  'AuthFailure.SignatureFailure': { code: 'unauthenticated', hint: 'check secretKey: it does not fit secretId' },
  'AuthFailure.SecretIdNotFound': { code: 'unauthenticated', hint: 'check secretId: the key was deleted, or is disabled' },
  'AuthFailure.TokenFailure': { code: 'unauthenticated', hint: 'check token: it has ended, or is not of this key' },
  'ResourceUnavailable.ResourceDisabled': { code: 'failed_precondition', hint: 'enable the secret' },
  'ResourceUnavailable.NotPurchased': { code: 'failed_precondition', hint: 'activate Secrets Manager for the account' },
  'FailedOperation.AccessKmsError': { code: 'failed_precondition', hint: 'check the KMS key of the secret' },
  'ClientError.ParseJsonError': { code: 'unavailable', hint: NO_SERVICE },
  'ClientError.NetworkError': { code: 'unavailable', hint: NO_SERVICE },
});

const FAMILIES = meanings({
  AuthFailure: { code: 'unauthenticated', hint: 'check secretId, secretKey and token' },
  InternalError: { code: 'unavailable' },
  InvalidParameter: { code: 'invalid_argument' },
  InvalidParameterValue: { code: 'invalid_argument' },
  LimitExceeded: { code: 'resource_exhausted' },
  MissingParameter: { code: 'invalid_argument', hint: 'set region' },
  OperationDenied: { code: 'failed_precondition' },
  RequestLimitExceeded: { code: 'resource_exhausted', hint: 'the service is throttling: read less often, or through a cache' },
  ResourceNotFound: { code: 'not_found', hint: 'check name, version and region' },
  ResourceUnavailable: { code: 'failed_precondition', hint: 'the secret is disabled, or is being deleted' },
  ServiceUnavailable: { code: 'unavailable' },
  UnknownParameter: { code: 'invalid_argument' },
  UnsupportedOperation: { code: 'failed_precondition' },
  UnsupportedRegion: { code: 'invalid_argument', hint: 'set region to one that Secrets Manager is in, such as ap-guangzhou' },
});

function byStatus({ status }: ServiceFailure): Meaning {
  if (status === 429) return { code: 'resource_exhausted' };
  if (status >= 500 || status === 408) return { code: 'unavailable' };
  return status === 200 ? { code: 'unknown' } : { code: 'unavailable', hint: NO_SERVICE };
}

/** A map, in which no code of the service is a member that every object has. */
function meanings(byCode: Readonly<Record<string, Meaning>>): ReadonlyMap<string, Meaning> {
  return new Map(Object.entries(byCode));
}
