import type { HttpFailure } from '@coffer/http-client';

/** The closed list of what can go wrong. Callers switch on it. */
export type KubernetesErrorReason =
  | 'not_found'
  | 'forbidden'
  | 'unauthorized'
  /** The request itself: 400, 405, 409, 422, and names that no path can hold. */
  | 'invalid'
  /** A resource version or a continue token that the server no longer knows (410). */
  | 'gone'
  | 'throttled'
  /** 5xx, no connection, a connection that broke. */
  | 'unavailable'
  /** The time limit of the request passed. */
  | 'timeout'
  /** The caller gave up. */
  | 'canceled'
  /** An answer, or one line of a watch, over the size limit. */
  | 'too_large'
  /** An answer that is no Kubernetes answer. */
  | 'unreadable'
  /** The kubeconfig, the service account or the credentials that they name. */
  | 'configuration';

export interface KubernetesErrorOptions {
  /** HTTP status, when the server answered. */
  readonly status?: number | undefined;
  /** Milliseconds that the server asked to wait. */
  readonly retryAfter?: number | undefined;
  /** A fresh continue token that came with an expired one. */
  readonly continueToken?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Every failure of this package. The message is the API server's own text where there is one. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly reason: KubernetesErrorReason;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly continueToken: string | undefined;
  readonly hint: string | undefined;

  constructor(reason: KubernetesErrorReason, message: string, options: KubernetesErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
    this.continueToken = options.continueToken;
    this.hint = options.hint;
    // Printed without the cause, which may quote what a plugin or a server said.
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value: () => this.stack ?? this.message });
  }
}

/** The failure of a request as one of this package. */
export function kubernetesErrorOf(cause: HttpFailure): KubernetesError {
  const { reason, message } = cause;
  const hint = reason === 'untrusted' ? CHECK_AUTHORITY : cause.hint;
  return new KubernetesError(reason === 'untrusted' ? 'unavailable' : reason, message, { hint, cause });
}

const CHECK_AUTHORITY = 'check the certificate authority: ca.crt of the service account, certificate-authority of the kubeconfig';

/** Whether the same request may succeed later. */
export function isRetryable({ reason }: KubernetesError): boolean {
  return reason === 'unavailable' || reason === 'timeout' || reason === 'throttled';
}
