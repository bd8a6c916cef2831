import { jsonObjectOf, retryAfterOf } from '@coffer/http-client';
import { KubernetesError, type KubernetesErrorReason } from './errors.ts';

/** What an answer that is no success says of itself. */
export interface FailedAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The body, whatever it is. */
  readonly text: string;
}

/** Members of `kind: Status` that are read. */
interface Status {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly metadata?: { readonly continue?: unknown };
  readonly details?: { readonly retryAfterSeconds?: unknown };
}

const REASONS: ReadonlyMap<number, KubernetesErrorReason> = new Map([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [408, 'timeout'],
  [410, 'gone'],
  [413, 'too_large'],
  [429, 'throttled'],
  [504, 'timeout'],
]);

/** The failure that an answer means. `hint` is for refusals: the rule to add. */
export function failureOf({ status, retryAfter, text }: FailedAnswer, hint?: string): KubernetesError {
  return failureOfStatus(parseStatus(text), status, { retryAfter, hint });
}

/** The failure that an ERROR event of a watch means: its object is a Status. */
export function failureOfEvent(object: unknown, hint?: string): KubernetesError {
  const status = (typeof object === 'object' && object !== null ? object : {}) as Status;
  return failureOfStatus(status, typeof status.code === 'number' ? status.code : 500, { retryAfter: undefined, hint });
}

function failureOfStatus(
  { message, metadata, details }: Status,
  status: number,
  { retryAfter, hint }: { readonly retryAfter: string | undefined; readonly hint: string | undefined },
): KubernetesError {
  const reason = REASONS.get(status) ?? (status >= 500 ? 'unavailable' : status >= 400 ? 'invalid' : 'unreadable');
  const continueToken = metadata?.continue;
  return new KubernetesError(reason, typeof message === 'string' && message !== '' ? message : plainText(status), {
    status,
    retryAfter: retryAfterOf({ 'retry-after': retryAfter ?? secondsOf(details?.retryAfterSeconds) }),
    continueToken: typeof continueToken === 'string' && continueToken !== '' ? continueToken : undefined,
    hint: hintOf(reason, hint),
  });
}

/** What is in front of an API server (a proxy, a load balancer) answers in words of its own, which are not passed on. */
function parseStatus(text: string): Status {
  const answer = jsonObjectOf(text);
  return answer?.kind === 'Status' ? (answer as Status) : {};
}

function plainText(status: number): string {
  if (status === 401) return 'Unauthorized';
  if (status === 404) return 'the server could not find the requested resource';
  if (status === 429 || status >= 500) return `the server is currently unable to handle the request (${status})`;
  return `the server rejected the request for an unknown reason (${status})`;
}

function hintOf(reason: KubernetesErrorReason, hint: string | undefined): string | undefined {
  if (reason === 'forbidden') return hint;
  if (reason === 'unauthorized') return 'the API server does not accept the credentials: check that they have not expired';
  return undefined;
}

function secondsOf(given: unknown): string | undefined {
  return typeof given === 'number' && given > 0 ? String(given) : undefined;
}
