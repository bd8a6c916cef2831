import type { Answer } from '../fake-service.ts';
import { answer, type Fault } from '../faults.ts';

/** The HTTP status of each google.rpc code that the fake answers with. */
const STATUSES = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;
export type RpcStatus = keyof typeof STATUSES;

/** What a handler throws to answer with a google.rpc.Status. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(status: RpcStatus, message: string, details: readonly object[] = []) {
    super(message);
    const headers = status === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer realm="https://accounts.google.com/"' } : {};
    this.answer = { status: STATUSES[status], headers, body: statusBody(status, message, details) };
  }
}

export function errorInfo(reason: string, domain: string, metadata: Readonly<Record<string, string>>): object {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain, metadata };
}

export function denied(permission: string, resource: string): Refusal {
  const message = `Permission '${permission}' denied for resource '${resource}' (or it may not exist).`;
  return new Refusal('PERMISSION_DENIED', message, [
    errorInfo('IAM_PERMISSION_DENIED', 'iam.googleapis.com', { permission, resource }),
  ]);
}

/** A burst over the quota: 429 with RetryInfo, and with Retry-After as gateways add it. Delays in seconds. */
export function quotaExceeded({ retryDelay, retryAfter }: { retryDelay?: number; retryAfter?: number } = {}): Fault {
  const message =
    "Quota exceeded for quota metric 'Access requests' and limit 'Access requests per minute' of service 'secretmanager.googleapis.com' for consumer 'project_number:123456789012'.";
  const info = errorInfo('RATE_LIMIT_EXCEEDED', 'googleapis.com', {
    service: 'secretmanager.googleapis.com',
    quota_metric: 'secretmanager.googleapis.com/access_requests',
    consumer: 'projects/123456789012',
  });
  const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryDelay}s` };
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return answer(429, headers, statusBody('RESOURCE_EXHAUSTED', message, retryDelay === undefined ? [info] : [info, retry]));
}

/** Any other status, as a fault. */
export function rpcFailure(status: RpcStatus, message: string, headers: Readonly<Record<string, string>> = {}): Fault {
  return answer(STATUSES[status], headers, statusBody(status, message, []));
}

function statusBody(status: RpcStatus, message: string, details: readonly object[]): object {
  return { error: { code: STATUSES[status], message, status, ...(details.length === 0 ? {} : { details }) } };
}
