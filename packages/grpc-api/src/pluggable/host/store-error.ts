import { type ErrorCode, SecretStoreError, secretStoreErrorFrom } from '@coffer/core/driver';
import { CallError } from '../../client/call-error.ts';
import { StatusCode } from '../../server/status.ts';

/** Coffer's codes for gRPC's; `unknown` for the others. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  // Nobody here cancelled the call: the component is going away.
  [StatusCode.cancelled]: 'unavailable',
  [StatusCode.invalidArgument]: 'invalid_argument',
  [StatusCode.deadlineExceeded]: 'deadline_exceeded',
  [StatusCode.notFound]: 'not_found',
  [StatusCode.permissionDenied]: 'permission_denied',
  [StatusCode.resourceExhausted]: 'resource_exhausted',
  [StatusCode.failedPrecondition]: 'failed_precondition',
  [StatusCode.outOfRange]: 'invalid_argument',
  [StatusCode.unimplemented]: 'unimplemented',
  [StatusCode.internal]: 'internal',
  [StatusCode.unavailable]: 'unavailable',
  [StatusCode.dataLoss]: 'internal',
  [StatusCode.unauthenticated]: 'unauthenticated',
};

/** A component's failure, with gRPC's text for it as the detail. */
export function storeErrorFrom(cause: unknown, operation: string, socket: string): SecretStoreError {
  if (!(cause instanceof CallError)) return secretStoreErrorFrom(cause, { operation });
  const hint = cause.unseen ? `start the component: it has to listen on ${socket}` : undefined;
  return new SecretStoreError(CODES[cause.code] ?? 'unknown', cause.message, { operation, hint, cause });
}
