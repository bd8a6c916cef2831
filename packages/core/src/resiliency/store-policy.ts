import type { Dialect } from '../dialect.ts';
import { type ErrorCode, type Logger, SecretStoreError, secretStoreErrorFrom } from '../driver/index.ts';
import { formatGoDuration } from '../go-text.ts';
import { type Breaker, BreakerError, type Outcome } from './breaker.ts';
import type { ResolvedPolicies } from './resolve.ts';
import { withRetries } from './retry.ts';
import { withTimeOut } from './time-out.ts';
import type { BreakerState, PolicyUse, ResiliencyObserver, StoreCall } from './types.ts';

export interface StorePolicyOptions {
  readonly component: string;
  readonly policies: ResolvedPolicies;
  /** Of `policies.circuitBreaker`. */
  readonly breaker: Breaker | undefined;
  readonly uses: PolicyUses;
  readonly dialect: Dialect;
  readonly logger: Logger;
  readonly observer: ResiliencyObserver | undefined;
}

/** What the observer is told of one component, made once. */
export interface PolicyUses {
  readonly timeout: PolicyUse;
  readonly retry: PolicyUse;
  readonly breaker: Readonly<Record<BreakerState, PolicyUse>>;
}

/** The store has been asked and has answered: asking again only costs its quota. */
const DEFINITE: ReadonlySet<ErrorCode> = new Set([
  'not_found',
  'permission_denied',
  'unauthenticated',
  'invalid_argument',
  'failed_precondition',
  'unimplemented',
]);

/** The policies in front of one store: retry( circuit breaker( time-out( call ) ) ). */
export class StorePolicy {
  readonly #options: StorePolicyOptions;
  readonly #operation: string;

  constructor(options: StorePolicyOptions) {
    this.#options = options;
    this.#operation = `component[${options.component}] output`;
  }

  /**
   * Fails as the last attempt did: with `deadline_exceeded` when its time was over, `unavailable` when the breaker refused
   * it; and with the reason of `signal` as soon as that aborts, without another attempt.
   */
  execute<Result>(call: StoreCall<Result>, signal: AbortSignal): Promise<Result> {
    const { policies, breaker, uses, observer } = this.#options;
    if (policies.timeout) observer?.applied(uses.timeout);
    if (policies.retry) observer?.applied(uses.retry);
    if (breaker) observer?.applied(uses.breaker[breaker.state]);
    const timed = this.#timed(call);
    const guarded = breaker === undefined ? timed : this.#guarded(timed, breaker);
    return this.#retried(guarded, signal);
  }

  #timed<Result>(call: StoreCall<Result>): StoreCall<Result> {
    const { component, policies, uses, observer } = this.#options;
    const { timeout } = policies;
    if (timeout === undefined) return call;
    let isFirst = true;
    const expired = (): SecretStoreError => {
      if (isFirst) observer?.activated(uses.timeout);
      isFirst = false;
      const hint = `the time-out policy ${timeout.name} gives an attempt ${formatGoDuration(timeout.milliseconds)}`;
      return new SecretStoreError('deadline_exceeded', 'context deadline exceeded', { component, hint });
    };
    return (signal) => withTimeOut(call, timeout.milliseconds, signal, expired);
  }

  #guarded<Result>(call: StoreCall<Result>, breaker: Breaker): StoreCall<Result> {
    return async (signal) => {
      const admission = breaker.admit();
      try {
        const result = await call(signal);
        breaker.report(admission, 'success');
        return result;
      } catch (cause) {
        breaker.report(admission, this.#outcomeOf(cause, signal));
        throw cause;
      }
    };
  }

  #retried<Result>(call: StoreCall<Result>, signal: AbortSignal): Promise<Result> {
    const { policies, uses, logger, observer } = this.#options;
    if (policies.retry === undefined) return call(signal);
    return withRetries(call, policies.retry.policy, signal, {
      isRetried: (cause) => !(cause instanceof BreakerError) && this.#outcomeOf(cause, signal) === 'failure',
      retrying: (cause, milliseconds) => {
        observer?.activated(uses.retry);
        logger.warn(`Error processing operation ${this.#operation}. Retrying in ${formatGoDuration(milliseconds)}…`);
        logger.debug(`Error for operation ${this.#operation} was: ${secretStoreErrorFrom(cause).detail}`);
      },
      recovered: (attempts) => logger.info(`Recovered processing operation ${this.#operation} after ${attempts} attempts`),
    });
  }

  #outcomeOf(cause: unknown, signal: AbortSignal): Outcome {
    if (this.#options.dialect.resiliency.definiteAnswers === 'retried') return 'failure';
    const { code, retryable } = secretStoreErrorFrom(cause);
    if (signal.aborted || code === 'canceled') return 'withdrawn';
    return DEFINITE.has(code) && !retryable ? 'success' : 'failure';
  }
}
