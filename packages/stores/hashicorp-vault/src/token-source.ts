import type { CallOptions } from '@coffer/core/driver';

/** Where the token of a call comes from: a setting, a file, a login that is renewed. */
export interface TokenSource {
  /**
   * The token to send now; undefined when there is none to send. Callers that ask at once share one login or read.
   * Fails with a `SecretStoreError`, `canceled` for the one caller whose signal aborts.
   */
  token(options: CallOptions): Promise<string | undefined>;
  /**
   * Told that the server answered 403 to a call with this token. True when `token()` now gives another one, with which the
   * call is tried once more; false when a 403 is the answer.
   */
  rejected(token: string, options: CallOptions): Promise<boolean>;
  /** Stops renewing, and has the server forget a token of its own. May be called twice; never fails. */
  close(): Promise<void>;
}
