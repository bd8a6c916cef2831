import { type CallOptions, type Logger, SecretStoreError, secretStoreErrorFrom, throwIfAborted } from '@coffer/core/driver';
import { untilAborted } from '@coffer/http-client';
import type { TokenSource } from '../token-source.ts';
import type { AuthApi } from './auth-api.ts';
import type { Clock } from './clock.ts';
import { FailedLogins } from './failed-logins.ts';
import type { TokenGrant } from './grant.ts';
import { type Lease, leaseOf, renewedLease } from './lease.ts';
import type { LoginMethod } from './method.ts';

export interface LoginSessionOptions {
  readonly api: AuthApi;
  readonly method: LoginMethod;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Between two tries to refresh a token that still works. */
const REFRESH_PAUSES: readonly number[] = [1_000, 2_000, 5_000, 10_000, 30_000];
/** A token that worked a moment ago is not looked up: a 403 to it is a denial. */
const FRESH = 2_000;
/** Where a look-up proves nothing, a token is not replaced more often than this. */
const REPLACE_PAUSE = 60_000;
/** What a stop waits for the server to forget the token. */
const REVOKE_TIMEOUT = 2_000;
const CLOSED = 'the store is closed';

/**
 * A token by login: made when it is first needed, renewed or replaced before it ends, replaced when the server no longer knows
 * it. Logins are shared by those who wait for them; a login that has begun goes on when they give up, for its credential may
 * be good for one use only.
 */
export class LoginSession implements TokenSource {
  readonly #api: AuthApi;
  readonly #method: LoginMethod;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #failed: FailedLogins;
  readonly #closing = new AbortController();
  #lease: Lease | undefined;
  /** When the server last showed that it knows the token. */
  #knownAt = 0;
  /** Whether a token of this login has been looked up: from then on a look-up that is refused proves something. */
  #hasLookedUp = false;
  #replacedAt = Number.NEGATIVE_INFINITY;
  /** Whether it was asked for since it was granted or renewed. */
  #isUsed = false;
  #login: Promise<Lease> | undefined;
  #refresh: Promise<void> | undefined;
  #verification: Promise<boolean> | undefined;
  #nextRefresh = 0;
  #failedRefreshes = 0;
  #stopTimer: () => void = () => undefined;

  constructor({ api, method, logger, clock }: LoginSessionOptions) {
    this.#api = api;
    this.#method = method;
    this.#logger = logger;
    this.#clock = clock;
    this.#failed = new FailedLogins(clock);
  }

  async token({ signal }: CallOptions): Promise<string> {
    throwIfAborted(signal);
    this.#throwIfClosed();
    const now = this.#clock.now();
    let lease = this.#lease;
    if (lease === undefined || now >= lease.usableUntil) lease = await untilAborted(this.#logIn(), signal);
    else if (now >= this.#nextRefresh) this.#startRefresh();
    this.#isUsed = true;
    return lease.grant.token;
  }

  async rejected(token: string, { signal }: CallOptions = {}): Promise<boolean> {
    if (this.#closing.signal.aborted) return false;
    const lease = this.#lease;
    if (lease === undefined || lease.grant.token !== token) return true;
    this.#verification ??= this.#replaceIfUnknown(lease).finally(() => {
      this.#verification = undefined;
    });
    return await untilAborted(this.#verification, signal);
  }

  /** Ends what is under way, and has the server forget the token: for a moment, and whatever comes of it. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new SecretStoreError('unavailable', CLOSED));
    this.#stopTimer();
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined || lease.grant.isBatch || !this.#method.isRevoked || this.#clock.now() >= lease.usableUntil) return;
    try {
      await this.#api.revoke(lease.grant.token, { signal: AbortSignal.timeout(REVOKE_TIMEOUT) });
    } catch (cause) {
      this.#logger.debug(`the token was not revoked and ends by itself: ${detailOf(cause)}`);
    }
  }

  #throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw new SecretStoreError('unavailable', CLOSED);
  }

  /** One login at a time; `token` is the first to see how it failed. */
  #logIn(): Promise<Lease> {
    this.#login ??= this.#logInOnce().finally(() => {
      this.#login = undefined;
    });
    return this.#login;
  }

  async #logInOnce(): Promise<Lease> {
    const { signal } = this.#closing;
    try {
      const attempt = await this.#method.prepare({ signal });
      this.#throwIfClosed();
      this.#failed.check(attempt.fingerprint);
      const askedAt = this.#clock.now();
      let grant: TokenGrant;
      try {
        grant = await attempt.send({ signal });
      } catch (cause) {
        const error = secretStoreErrorFrom(cause);
        this.#failed.failed(attempt.fingerprint, error);
        throw error;
      }
      this.#failed.succeeded();
      const lease = leaseOf(grant, askedAt, this.#clock.chance());
      this.#adopt(lease);
      const end = grant.duration === 0 ? 'without end' : `for ${Math.round(grant.duration / 1000)}s`;
      this.#logger.debug(`logged in at ${this.#api.name}: a token ${end}`);
      return lease;
    } catch (cause) {
      this.#throwIfClosed();
      throw secretStoreErrorFrom(cause);
    }
  }

  #adopt(lease: Lease): void {
    // A login that was answered while the store closed: nobody will use its token.
    this.#throwIfClosed();
    this.#lease = lease;
    this.#knownAt = this.#clock.now();
    this.#isUsed = false;
    this.#failedRefreshes = 0;
    this.#refreshLater(lease.refreshAt);
  }

  #refreshLater(at: number): void {
    this.#nextRefresh = at;
    this.#stopTimer();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#stopTimer = this.#clock.after(at - this.#clock.now(), () => {
      if (this.#clock.now() < at) this.#refreshLater(at);
      else if (this.#isUsed || (!this.#method.isRepeatable && this.#lease?.refresh === 'renew')) this.#startRefresh();
      // A token that nobody uses ends; the next one who needs it logs in.
    });
  }

  #startRefresh(): void {
    const lease = this.#lease;
    if (lease === undefined || lease.refresh === 'never') return;
    this.#refresh ??= this.#refreshOnce(lease).finally(() => {
      this.#refresh = undefined;
    });
  }

  /** Never fails: until the token ends it is tried again, and then by those who need it. */
  async #refreshOnce(lease: Lease): Promise<void> {
    try {
      if (lease.refresh === 'renew') await this.#renew(lease);
      else await this.#logIn();
    } catch (cause) {
      if (this.#closing.signal.aborted || this.#lease !== lease) return;
      const pause = REFRESH_PAUSES[this.#failedRefreshes] ?? REFRESH_PAUSES.at(-1) ?? 0;
      if (this.#failedRefreshes++ === 0) {
        const left = Math.max(0, Math.round((lease.usableUntil - this.#clock.now()) / 1000));
        this.#logger.warn(`the token of ${this.#api.name}, good for ${left}s more, was not refreshed: ${detailOf(cause)}`);
      }
      const next = this.#clock.now() + pause * (0.5 + this.#clock.chance() / 2);
      if (next < lease.usableUntil) this.#refreshLater(next);
      else this.#nextRefresh = next;
    }
  }

  async #renew(lease: Lease): Promise<void> {
    const askedAt = this.#clock.now();
    try {
      const grant = await this.#api.renew(lease.grant.token, { signal: this.#closing.signal });
      if (this.#lease === lease) this.#adopt(renewedLease(lease, grant, askedAt, this.#clock.chance()));
    } catch (cause) {
      const error = secretStoreErrorFrom(cause);
      // What can't be renewed any more is replaced.
      if (error.code !== 'unauthenticated' || this.#lease !== lease) throw error;
      await this.#logIn();
    }
  }

  /**
   * A 403 is a denial when the server knows the token, which the token can ask. One that may not ask looks like one that is
   * unknown: it is replaced at most once in a while, and kept when that does not work.
   */
  async #replaceIfUnknown(lease: Lease): Promise<boolean> {
    const { token, mayLookUp } = lease.grant;
    const now = this.#clock.now();
    if (now - this.#knownAt < FRESH) return false;
    try {
      if (await this.#api.knows(token, { signal: this.#closing.signal })) {
        this.#hasLookedUp = true;
        if (this.#lease === lease) this.#knownAt = now;
        return false;
      }
    } catch (cause) {
      this.#logger.debug(`a token was refused and could not be looked up: ${detailOf(cause)}`);
      return false;
    }
    if (this.#lease !== lease) return true;
    const isConclusive = this.#hasLookedUp || (mayLookUp && now - this.#replacedAt >= REPLACE_PAUSE);
    if (isConclusive) {
      this.#replacedAt = now;
      this.#logger.info(`the server no longer knows the token of ${this.#api.name}: logging in again`);
      this.#stopTimer();
      this.#lease = undefined;
      return true;
    }
    if (now - this.#knownAt < REPLACE_PAUSE) return false;
    try {
      await this.#logIn();
      return true;
    } catch (cause) {
      this.#knownAt = now;
      this.#logger.warn(`the token of ${this.#api.name} was refused and could not be replaced: ${detailOf(cause)}`);
      return false;
    }
  }
}

function detailOf(cause: unknown): string {
  return secretStoreErrorFrom(cause).detail;
}
