import { SecretStoreError } from '@coffer/core/driver';
import type { Clock } from './clock.ts';
import { isRefusal, LoginError } from './errors.ts';

/**
 * Pauses after refusals with the same credentials. Vault locks a user after five within a quarter of an hour of each other, so
 * the fourth is followed by a longer pause than that.
 */
const AFTER_REFUSAL: readonly number[] = [5_000, 40_000, 320_000, 960_000];
/** Pauses while the server can't be asked, or is overloaded. */
const AFTER_TROUBLE: readonly number[] = [250, 500, 1_000, 2_000, 5_000];
/** They grow by chance up to this part, so that many clients do not come at once. */
const JITTER = 0.1;

interface Failure {
  readonly fingerprint: string;
  readonly error: SecretStoreError;
  readonly isRefusal: boolean;
  readonly count: number;
  readonly until: number;
}

/** Why the last login failed, and how long it makes no sense to try again: callers do not hammer a server that refuses. */
export class FailedLogins {
  readonly #clock: Clock;
  #last: Failure | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws the last failure while its pause lasts. Other credentials are tried at once after a refusal. */
  check(fingerprint: string): void {
    const last = this.#last;
    const left = last === undefined ? 0 : last.until - this.#clock.now();
    if (last === undefined || left <= 0 || (last.isRefusal && last.fingerprint !== fingerprint)) return;
    const { code, detail, hint, retryable, cause } = last.error;
    const next = `the next login is tried in ${Math.ceil(left / 1000)}s${last.isRefusal ? ', or with other credentials' : ''}`;
    throw new SecretStoreError(code, detail, { hint: hint === undefined ? next : `${hint}; ${next}`, retryable, cause });
  }

  failed(fingerprint: string, error: SecretStoreError): void {
    const refused = isRefusal(error);
    const isAgain = this.#last?.isRefusal === refused && (!refused || this.#last.fingerprint === fingerprint);
    const count = isAgain ? (this.#last?.count ?? 0) + 1 : 1;
    const pauses = refused ? AFTER_REFUSAL : AFTER_TROUBLE;
    const pause = (pauses[count - 1] ?? pauses.at(-1) ?? 0) * (1 + JITTER * this.#clock.chance());
    const asked = error instanceof LoginError ? (error.retryAfter ?? 0) : 0;
    this.#last = { fingerprint, error, isRefusal: refused, count, until: this.#clock.now() + Math.max(pause, asked) };
  }

  succeeded(): void {
    this.#last = undefined;
  }
}
