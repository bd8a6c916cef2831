import { STATUS_CODES } from 'node:http';
import { type ErrorCode, SecretStoreError, type SecretStoreErrorOptions, secretStoreErrorFrom } from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { UnreadableAnswer } from './unreadable-answer.ts';

export interface CallContext {
  readonly operation: 'get' | 'list' | 'ping';
  /** Of the secret; empty when the call is about none. */
  readonly name: string;
}

/** What a component says of statuses. */
export interface StatusMeanings {
  readonly notFound: ReadonlySet<number>;
  readonly denied: ReadonlySet<number>;
}

/** An answer that is no success. Its body may hold anything, and is never shown. */
export class RefusedAnswer extends Error {
  override readonly name = 'RefusedAnswer';
  readonly status: number;

  constructor(status: number) {
    super(`the service answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd());
    this.status = status;
  }
}

/** Whatever went wrong in a call, as the contract has it. */
export function storeError(cause: unknown, context: CallContext, meanings: StatusMeanings): SecretStoreError {
  const { operation, name } = context;
  const options: SecretStoreErrorOptions = { operation, secret: operation === 'get' ? name : undefined };
  const detail = (text: string) => `${STARTS[operation]}${operation === 'get' ? ` ${name}` : ''}: ${text}`;
  if (cause instanceof RefusedAnswer) {
    const [code, hint] = meaningOf(cause.status, operation, meanings);
    return new SecretStoreError(code, detail(cause.message), { ...options, hint });
  }
  if (cause instanceof UnreadableAnswer) {
    const isForeign = cause.kind === 'foreign';
    const hint = isForeign ? `check ${ADDRESSES[operation]}: ${FOREIGN}` : `check ${cause.setting ?? ADDRESSES[operation]}`;
    const code = isForeign ? 'unavailable' : 'failed_precondition';
    return new SecretStoreError(code, detail(cause.message), { ...options, retryable: false, hint });
  }
  if (cause instanceof HttpFailure) {
    const { code, reason, message, retryable } = cause;
    const hint = cause.hint ?? HINTS[reason];
    return new SecretStoreError(code, detail(message), { ...options, hint, retryable, cause });
  }
  return secretStoreErrorFrom(cause, options);
}

const STARTS = { get: "couldn't read secret", list: "couldn't list secrets", ping: "couldn't ping the service" } as const;
const ADDRESSES = { get: 'url', list: 'listUrl', ping: 'pingUrl' } as const;
const FOREIGN = 'the answer is not that of a service of secrets, but perhaps that of a login page or a proxy';
const CREDENTIALS = 'check the credentials: token, username and password, header.NAME, query.NAME or clientCert';

const HINTS: Partial<Record<HttpFailure['reason'], string>> = {
  unavailable: 'check url, and that the service can be reached from here',
  untrusted: 'check ca, and that the certificate has the name in url or tlsServerName',
  too_large: 'raise maxResponse if answers may be so large',
};

/** What a status means, and what can be done about it. */
function meaningOf(
  status: number,
  operation: CallContext['operation'],
  { notFound, denied }: StatusMeanings,
): readonly [code: ErrorCode, hint?: string] {
  const address = ADDRESSES[operation];
  // The address of a list or of a ping is fixed: it can only be wrong.
  if (notFound.has(status)) {
    return operation === 'get' ? ['not_found'] : ['failed_precondition', `check ${address}: there is nothing`];
  }
  if (denied.has(status)) return ['permission_denied', `let these credentials read ${WHAT[operation]}`];
  if (status === 401 || status === 407) return ['unauthenticated', CREDENTIALS];
  if (status === 403) return ['permission_denied', `let these credentials read ${WHAT[operation]}`];
  if (status === 429) return ['resource_exhausted', 'ask for a higher limit, or for less at a time'];
  if (status >= 300 && status < 400) {
    return ['failed_precondition', `redirects are not followed, for they may carry credentials away: correct ${address}`];
  }
  if (status === 408 || (status >= 500 && status !== 501)) return ['unavailable'];
  if (status === 405 || status === 501) return ['failed_precondition', `check ${address} and method`];
  if (status === 400 || status === 414 || status === 422) {
    return ['invalid_argument', `the service does not take this request: check the name, and ${address}`];
  }
  return ['unknown'];
}

const WHAT = { get: 'this secret', list: 'the list', ping: 'the address of the ping' } as const;
