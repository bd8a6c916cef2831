import type { ErrorCode } from '@coffer/core/driver';

export type HttpFailureReason =
  /** The caller gave up. */
  | 'canceled'
  /** The time limit of the request, or of the caller, passed. */
  | 'timeout'
  /** No connection, or one that broke. */
  | 'unavailable'
  /** The server's certificate does not verify. */
  | 'untrusted'
  /** An answer over the size limit. */
  | 'too_large'
  /** The proxy variables, or the TLS settings. */
  | 'configuration';

const CODES: Readonly<Record<HttpFailureReason, ErrorCode>> = {
  canceled: 'canceled',
  timeout: 'deadline_exceeded',
  unavailable: 'unavailable',
  untrusted: 'unavailable',
  too_large: 'resource_exhausted',
  configuration: 'invalid_argument',
};

/** Why there is no whole answer. An answer of any status is none of these. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly reason: HttpFailureReason;
  readonly hint: string | undefined;

  constructor(reason: HttpFailureReason, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.hint = options.hint;
    // Printed without the cause, which may quote what a proxy or a server said.
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value: () => this.stack ?? this.message });
  }

  /** The contract's code for it. */
  get code(): ErrorCode {
    return CODES[this.reason];
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.reason === 'unavailable' || this.reason === 'timeout';
  }
}
