import { ReadFailure } from '@coffer/core';
import { type ErrorCode, isSecretStoreError } from '@coffer/core/driver';
import { GrpcError, StatusCode } from '../../server/status.ts';

const STATUS: Readonly<Record<ErrorCode, StatusCode>> = {
  not_found: StatusCode.notFound,
  permission_denied: StatusCode.permissionDenied,
  unauthenticated: StatusCode.unauthenticated,
  invalid_argument: StatusCode.invalidArgument,
  failed_precondition: StatusCode.failedPrecondition,
  unavailable: StatusCode.unavailable,
  deadline_exceeded: StatusCode.deadlineExceeded,
  canceled: StatusCode.cancelled,
  resource_exhausted: StatusCode.resourceExhausted,
  unimplemented: StatusCode.unimplemented,
  internal: StatusCode.internal,
  unknown: StatusCode.unknown,
};

/** A driver's failure as a status; what is none is a defect, and thrown on. */
export function statusFrom(cause: unknown): unknown {
  // The host puts the name of its own component in front.
  const error = cause instanceof ReadFailure ? cause.cause : cause;
  return isSecretStoreError(error) ? new GrpcError(STATUS[error.code], error.detail) : cause;
}
