import type { ErrorCode } from '@coffer/core/driver';
import { type HttpAnswer, jsonObjectOf, retryAfterOf } from '@coffer/http-client';
import { textOf } from './text-of.ts';

/** A refusal of the service, or an answer that is none of its. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
  readonly code: ErrorCode;
  /** The service's own code: `EntityNotExists.Parameter`; empty when the answer is not the service's. */
  readonly reason: string;
  /** Milliseconds, as Retry-After says. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    text: string,
    details: { readonly reason?: string; readonly retryAfter?: number | undefined } = {},
  ) {
    super(text);
    this.code = code;
    this.reason = details.reason ?? '';
    this.retryAfter = details.retryAfter;
  }
}

/** The failure that an answer other than 200 is; `hidden` are texts that must not be repeated, whoever says them. */
export function serviceFailure(answer: HttpAnswer, hidden: readonly string[] = []): ServiceFailure {
  const { status, headers, body } = answer;
  const retryAfter = retryAfterOf(headers);
  const fields = jsonObjectOf(body);
  const reason = textOf(fields?.Code);
  if (reason === undefined || !/^[\w.-]{1,100}$/.test(reason)) {
    return new ServiceFailure(foreignCode(status), `the answer is not that of the service: status ${status}`, { retryAfter });
  }
  const message = shown(textOf(fields?.Message) ?? '', hidden);
  const requestId = textOf(fields?.RequestId) ?? '';
  const id = /^[\w-]{1,100}$/.test(requestId) ? `, request id: ${requestId}` : '';
  return new ServiceFailure(codeOf(reason, status), `${reason}: ${message} (status ${status}${id})`, { reason, retryAfter });
}

/** An answer of success that says nothing we know. */
export function unreadable(what: string): ServiceFailure {
  return new ServiceFailure('unknown', what);
}

const LONGEST_MESSAGE = 500;

/**
 * What the service says, in one line. Where a signature does not fit it repeats the request with its security token, which is cut.
 */
function shown(message: string, hidden: readonly string[]): string {
  let text = message
    .replace(/\s*\bserver (?:string ?to ?sign|canonical).*/is, '')
    .replace(/\s+/g, ' ')
    .trim();
  for (const secret of hidden) if (secret !== '') text = text.replaceAll(secret, '***');
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE).toWellFormed()}…` : text;
}

/** In this order: an access key that is not found is no secret that is not found. */
const CODES: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [/^EntityNotExists\.(?:Secret)?Parameter/, 'not_found'],
  [/^(?:Throttling|RequestLimitExceeded|QuotaExceeded|LimitExceeded)/, 'resource_exhausted'],
  [/AccessKey|SecurityToken|Signature|TimeStamp|Credential|^OIDC|^AuthenticationFail/i, 'unauthenticated'],
  [/^(?:Forbidden|NoPermission|UnauthorizedOperation|Unauthorized|AccessDenied)/, 'permission_denied'],
  [/^(?:Invalid|Missing|Malformed)/, 'invalid_argument'],
  [/^(?:ServiceUnavailable|InternalError|UnknownError|SystemBusy)/, 'unavailable'],
];

function codeOf(reason: string, status: number): ErrorCode {
  return CODES.find(([pattern]) => pattern.test(reason))?.[1] ?? statusCode(status);
}

function statusCode(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'permission_denied';
  if (status === 429) return 'resource_exhausted';
  if (status === 414 || status === 431) return 'invalid_argument';
  return status >= 500 ? 'unavailable' : 'unknown';
}

/** Of a gateway's or a proxy's answer: what it refuses is no matter of the service's permissions. */
function foreignCode(status: number): ErrorCode {
  const code = statusCode(status);
  return code === 'permission_denied' || code === 'unauthenticated' ? 'unknown' : code;
}
