/** gRPC status codes. */
export const StatusCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/** Names of the codes as Go and the metrics write them: `OK`, `InvalidArgument`; the one of cancelled calls is `Canceled`. */
export const STATUS_NAMES: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

/** A call that failed on purpose: what a handler throws, and what the client is told. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: StatusCode;
  /** A serialised `google.rpc.Status`, sent as `grpc-status-details-bin`. */
  readonly details: Uint8Array | undefined;
  /** The reference's code, for metrics: `ERR_SECRET_GET`. */
  readonly errorCode: string | undefined;

  constructor(code: StatusCode, message: string, details?: Uint8Array, errorCode?: string) {
    super(message);
    this.code = code;
    this.details = details;
    this.errorCode = errorCode;
  }
}
