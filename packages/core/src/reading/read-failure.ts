import type { ErrorCode, SecretStoreError } from '../driver/index.ts';
import { goQuote } from '../go-text.ts';

export type ReadFailureReason = 'stores_not_configured' | 'store_not_found' | 'denied' | 'get_failed' | 'bulk_get_failed';

/** Why a read gave no value. `message` is the wire text of every surface; `code` is Coffer's own closed list. */
export class ReadFailure extends Error {
  override readonly name = 'ReadFailure';
  readonly reason: ReadFailureReason;
  readonly code: ErrorCode;
  readonly store: string;
  readonly secret: string | undefined;
  readonly hint: string | undefined;

  private constructor(
    reason: ReadFailureReason,
    code: ErrorCode,
    message: string,
    store: string,
    secret?: string,
    cause?: SecretStoreError,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.code = code;
    this.store = store;
    this.secret = secret;
    this.hint = cause?.hint;
  }

  static storesNotConfigured(store: string): ReadFailure {
    return new ReadFailure('stores_not_configured', 'failed_precondition', 'secret store is not configured', store);
  }

  static storeNotFound(store: string): ReadFailure {
    return new ReadFailure('store_not_found', 'not_found', `failed finding secret store with key ${store}`, store);
  }

  static denied(store: string, secret: string): ReadFailure {
    const message = `access denied by policy to get ${goQuote(secret)} from ${goQuote(store)}`;
    return new ReadFailure('denied', 'permission_denied', message, store, secret);
  }

  static getFailed(store: string, secret: string, cause: SecretStoreError): ReadFailure {
    const message = `failed getting secret with key ${secret} from secret store ${store}: ${cause.detail}`;
    return new ReadFailure('get_failed', cause.code, message, store, secret, cause);
  }

  static bulkGetFailed(store: string, cause: SecretStoreError): ReadFailure {
    const message = `failed getting secrets from secret store ${store}: ${cause.detail}`;
    return new ReadFailure('bulk_get_failed', cause.code, message, store, cause.secret, cause);
  }
}
