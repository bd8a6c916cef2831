import { ReadFailure, type ReadFailureReason, type SecretsRuntime } from '@coffer/core';
import type { BulkSecretData, SecretData } from '@coffer/core/driver';
import { READ_ERROR_CODES } from '@coffer/core/internal';
import { GrpcError, StatusCode } from '../server/status.ts';
import type { Method, UnaryMethod } from '../server/types.ts';
import { statusDetails } from './error-details.ts';
import { DAPR_PREFIX } from './paths.ts';
import {
  decodeGetBulkSecretRequest,
  decodeGetSecretRequest,
  encodeGetBulkSecretResponse,
  encodeGetSecretResponse,
  type GetSecretRequest,
} from './secret-messages.ts';

/** The domain of the ErrorInfo that a failed read carries. */
const DOMAIN = 'coffer.dev';

const CODES: Readonly<Record<ReadFailureReason, StatusCode>> = {
  stores_not_configured: StatusCode.failedPrecondition,
  store_not_found: StatusCode.invalidArgument,
  denied: StatusCode.permissionDenied,
  get_failed: StatusCode.internal,
  bulk_get_failed: StatusCode.internal,
};

/** `GetSecret` and `GetBulkSecret`, by path. They fail with `ReadFailure`. */
export function secretMethods(runtime: SecretsRuntime): [string, Method][] {
  const getSecret: UnaryMethod<GetSecretRequest, SecretData> = {
    kind: 'unary',
    decode: decodeGetSecretRequest,
    encode: ({ data }) => encodeGetSecretResponse(data),
    handle: ({ store, name, metadata }, { signal }) => runtime.get({ store, name, metadata, signal }),
  };
  const getBulkSecret: UnaryMethod<GetSecretRequest, BulkSecretData> = {
    kind: 'unary',
    decode: decodeGetBulkSecretRequest,
    encode: ({ data }) => encodeGetBulkSecretResponse(data),
    handle: ({ store, metadata }, { signal }) => runtime.bulkGet({ store, metadata, signal }),
  };
  return [
    [`${DAPR_PREFIX}GetSecret`, getSecret as Method],
    [`${DAPR_PREFIX}GetBulkSecret`, getBulkSecret as Method],
  ];
}

/** A failed read as it is told; with Coffer's own code, in capitals, where the dialect has it. */
export function readError(cause: unknown, hasErrorInfo: boolean): GrpcError | undefined {
  if (!(cause instanceof ReadFailure)) return undefined;
  const code = CODES[cause.reason];
  const info = { reason: cause.code.toUpperCase(), domain: DOMAIN, metadata: {} };
  const details = hasErrorInfo ? statusDetails(code, cause.message, info) : undefined;
  return new GrpcError(code, cause.message, details, READ_ERROR_CODES[cause.reason]);
}
