import { type ErrorCode, SecretStoreError, type SecretStoreErrorOptions, secretStoreErrorFrom } from '@coffer/core/driver';
import { HttpFailure, retryAfterOf } from '@coffer/http-client';
import type { VaultAnswer } from '../vault-api.ts';

/** A login that failed. */
export class LoginError extends SecretStoreError {
  /** Milliseconds that the server asked to wait. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: SecretStoreErrorOptions & { readonly retryAfter?: number | undefined } = {},
  ) {
    super(code, detail, options);
    this.retryAfter = options.retryAfter;
  }
}

export interface AnswerContext {
  /** What did not work, such as `couldn't log in at auth/approle`. */
  readonly what: string;
  /** What to check when the server refuses. */
  readonly hint: string;
  /** Texts that the server was sent and that it might repeat. */
  readonly secrets: readonly string[];
}

const LONGEST_TEXT = 500;
/** Shorter ones are in any text by chance. */
const SHORTEST_SECRET = 4;

/**
 * An answer that is none of success. Whatever the server refuses is `unauthenticated`: never `not_found` or
 * `permission_denied`, which would tell of a secret that nobody has asked for yet.
 */
export function loginErrorFrom(answer: VaultAnswer, { what, hint, secrets }: AnswerContext): LoginError {
  const { status } = answer;
  const detail = `${what}: status code ${status}${textOf(answer, secrets)}`;
  if (status === 400 || status === 401 || status === 403) return new LoginError('unauthenticated', detail, { hint });
  if (status === 404 || status === 405) {
    return new LoginError('failed_precondition', detail, {
      hint: 'check vaultAddr, vaultAuthMountPath and vaultAuthNamespace or vaultNamespace',
    });
  }
  if (status === 429) {
    const retryAfter = retryAfterOf(answer.headers);
    return new LoginError('resource_exhausted', detail, { hint: 'the server limits the rate of logins', retryAfter });
  }
  if (status === 503) return new LoginError('unavailable', detail, { hint: 'the server is sealed, or not ready' });
  if (status === 412 || status === 472 || status === 473 || status >= 500) return new LoginError('unavailable', detail);
  if (status < 400)
    return new LoginError('unavailable', detail, { hint: 'the answer is not that of a Vault server: check vaultAddr' });
  return new LoginError('unknown', detail);
}

/** No answer at all, in the words of the contract. */
export function callErrorFrom(cause: unknown, what: string): SecretStoreError {
  if (!(cause instanceof HttpFailure)) return secretStoreErrorFrom(cause);
  const { code, message, hint, retryable } = cause;
  return new LoginError(code, `${what}: ${message}`, { hint, retryable, cause });
}

/** Whether the server will not take the same login a moment later either. */
export function isRefusal({ code }: SecretStoreError): boolean {
  return code === 'unauthenticated' || code === 'failed_precondition';
}

/** The `errors` of an answer; nothing of them when they repeat a secret, for what is cut out of a text shows what it was. */
function textOf({ json }: VaultAnswer, secrets: readonly string[]): string {
  const errors = typeof json === 'object' && json !== null && 'errors' in json ? json.errors : undefined;
  if (!Array.isArray(errors) || errors.length === 0) return '';
  const text = errors.map(String).join('; ');
  if (secrets.some((secret) => secret.length >= SHORTEST_SECRET && text.includes(secret)))
    return ': (a text that repeats a secret)';
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return `: ${line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line}`;
}
