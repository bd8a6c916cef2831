import type { ErrorCode } from '@coffer/core/driver';
import { type HttpAnswer, isJsonObject, type JsonObject, jsonObjectOf, retryAfterOf } from '@coffer/http-client';

/** Codes of google.rpc.Status: the name that Go prints, and ours. */
const CODES: Readonly<Record<string, readonly [name: string, code: ErrorCode]>> = {
  CANCELLED: ['Canceled', 'unavailable'],
  UNKNOWN: ['Unknown', 'unknown'],
  INVALID_ARGUMENT: ['InvalidArgument', 'invalid_argument'],
  DEADLINE_EXCEEDED: ['DeadlineExceeded', 'deadline_exceeded'],
  NOT_FOUND: ['NotFound', 'not_found'],
  ALREADY_EXISTS: ['AlreadyExists', 'unknown'],
  PERMISSION_DENIED: ['PermissionDenied', 'permission_denied'],
  RESOURCE_EXHAUSTED: ['ResourceExhausted', 'resource_exhausted'],
  FAILED_PRECONDITION: ['FailedPrecondition', 'failed_precondition'],
  ABORTED: ['Aborted', 'unavailable'],
  OUT_OF_RANGE: ['OutOfRange', 'invalid_argument'],
  UNIMPLEMENTED: ['Unimplemented', 'unimplemented'],
  INTERNAL: ['Internal', 'unavailable'],
  UNAVAILABLE: ['Unavailable', 'unavailable'],
  DATA_LOSS: ['DataLoss', 'unknown'],
  UNAUTHENTICATED: ['Unauthenticated', 'unauthenticated'],
};

/** What an answer counts as that is not Secret Manager's own: a proxy's or a gateway's. */
const STATUSES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
};

/** A refusal of Secret Manager, with the text that the reference's gRPC client makes of it. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
  readonly code: ErrorCode;
  /** Of google.rpc.ErrorInfo: `IAM_PERMISSION_DENIED`, `SERVICE_DISABLED` …; empty when there is none. */
  readonly reason: string;
  /** Milliseconds, as Retry-After or google.rpc.RetryInfo say. */
  readonly retryAfter: number | undefined;

  constructor(
    status: string,
    text: string,
    details: { readonly reason?: string; readonly retryAfter?: number | undefined } = {},
  ) {
    const [name, code] = CODES[status] ?? ['Unknown', 'unknown'];
    super(`rpc error: code = ${name} desc = ${text}`);
    this.code = code;
    this.reason = details.reason ?? '';
    this.retryAfter = details.retryAfter;
  }
}

/** The failure that an answer other than 200 is. */
export function serviceFailure(answer: HttpAnswer): ServiceFailure {
  const { status, headers } = answer;
  const waits = retryAfterOf(headers);
  const error = statusOf(answer.body);
  if (error === undefined) {
    const text = `unexpected HTTP status code received from server: ${status}`;
    const name = STATUSES[status] ?? 'UNKNOWN';
    return new ServiceFailure(name, text, { reason: FOREIGN, retryAfter: waits });
  }
  const details = Array.isArray(error.details) ? error.details.filter(isJsonObject) : [];
  const reason = details.find(isOfType('ErrorInfo'))?.reason;
  const delay = details.find(isOfType('RetryInfo'))?.retryDelay;
  return new ServiceFailure(error.status, error.message, {
    reason: typeof reason === 'string' ? reason : '',
    retryAfter: waits ?? (typeof delay === 'string' ? secondsOf(delay) : undefined),
  });
}

/** The reason of an answer that is not of Secret Manager. */
export const FOREIGN = 'not-google';

function statusOf(body: Buffer): (JsonObject & { readonly status: string; readonly message: string }) | undefined {
  const error = jsonObjectOf(body)?.error;
  if (!isJsonObject(error) || typeof error.status !== 'string' || typeof error.message !== 'string') return undefined;
  return error as JsonObject & { readonly status: string; readonly message: string };
}

function isOfType(name: string): (detail: JsonObject) => boolean {
  return (detail) => detail['@type'] === `type.googleapis.com/google.rpc.${name}`;
}

/** Milliseconds of a protobuf Duration in JSON: `12.5s`. */
function secondsOf(text: string): number | undefined {
  return /^\d+(?:\.\d+)?s$/.test(text) ? Number(text.slice(0, -1)) * 1000 : undefined;
}
