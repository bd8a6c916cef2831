/** The closed list of failure codes. Callers switch on them. */
export const ErrorCode = {
  /** The service said that the secret (or version) does not exist. */
  notFound: 'not_found',
  permissionDenied: 'permission_denied',
  /** Credentials are missing, wrong or expired. */
  unauthenticated: 'unauthenticated',
  invalidArgument: 'invalid_argument',
  /** The secret exists but its state forbids reading it: disabled, being deleted. */
  failedPrecondition: 'failed_precondition',
  unavailable: 'unavailable',
  deadlineExceeded: 'deadline_exceeded',
  /** The caller gave up. Never retried. */
  canceled: 'canceled',
  /** Throttled, or over a quota or a size limit. */
  resourceExhausted: 'resource_exhausted',
  unimplemented: 'unimplemented',
  /** A defect of Coffer or of the driver. */
  internal: 'internal',
  /** A failure of the service that the driver has no mapping for. */
  unknown: 'unknown',
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export interface SecretStoreErrorOptions {
  readonly component?: string | undefined;
  /** `init`, `get`, `bulkGet`, `list`, `getMany`, `ping`, `watch`, `close`. */
  readonly operation?: string | undefined;
  /** Name of the secret that failed, in calls that read several. */
  readonly secret?: string | undefined;
  /** Whether the same call may succeed later; by default for unavailable, deadline_exceeded and resource_exhausted. */
  readonly retryable?: boolean | undefined;
  /** What the reader can do about it: the permission to grant, the setting to check. */
  readonly hint?: string | undefined;
  /** The original failure, for debugging in process; it is never sent or logged. */
  readonly cause?: unknown;
}

const MARKER = Symbol.for('@coffer/secret-store-error');
const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['unavailable', 'deadline_exceeded', 'resource_exhausted']);

/** Every failure of a driver. `message` is `[code] detail`; `detail` alone is what the wire protocols carry. */
export class SecretStoreError extends Error {
  override readonly name = 'SecretStoreError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly component: string | undefined;
  readonly operation: string | undefined;
  readonly secret: string | undefined;
  readonly retryable: boolean;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, detail: string, options: SecretStoreErrorOptions = {}) {
    super(`[${code}] ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.component = options.component;
    this.operation = options.operation;
    this.secret = options.secret;
    this.retryable = options.retryable ?? RETRYABLE.has(code);
    this.hint = options.hint;
    Object.defineProperty(this, MARKER, { value: true });
    // Printed without the cause, which may quote what a service answered.
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value: () => this.stack ?? this.message });
  }

  toJSON(): Record<string, unknown> {
    const { code, detail, component, operation, secret, retryable, hint } = this;
    return { code, detail, component, operation, secret, retryable, hint };
  }
}

/** Recognises the error whichever copy of the contract threw it. */
export function isSecretStoreError(value: unknown): value is SecretStoreError {
  return typeof value === 'object' && value !== null && MARKER in value;
}

/** What the language throws of itself: a defect, whose text may quote what was being read. */
const DEFECTS: ReadonlySet<string> = new Set([
  'TypeError',
  'SyntaxError',
  'RangeError',
  'ReferenceError',
  'EvalError',
  'URIError',
]);

/**
 * The error as it is when it is one of ours, else wrapped: an abort becomes `canceled`, a time-out `deadline_exceeded`, a defect
 * `internal` without its text, and the rest `unknown` with its text.
 */
export function secretStoreErrorFrom(cause: unknown, options: SecretStoreErrorOptions = {}): SecretStoreError {
  if (isSecretStoreError(cause)) return cause;
  const name = cause instanceof Error ? cause.name : '';
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (name === 'AbortError') return new SecretStoreError('canceled', 'context canceled', { ...options, cause });
  if (name === 'TimeoutError')
    return new SecretStoreError('deadline_exceeded', 'context deadline exceeded', { ...options, cause });
  if (DEFECTS.has(name)) return new SecretStoreError('internal', `the driver failed with a ${name}`, { ...options, cause });
  return new SecretStoreError('unknown', detail, { ...options, cause });
}

/** Throws the matching error when the caller has already given up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw secretStoreErrorFrom(signal.reason);
}
