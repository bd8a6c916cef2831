import type { TokenGrant } from './grant.ts';

/** A token with its times, in milliseconds since the epoch. */
export interface Lease {
  readonly grant: TokenGrant;
  /** From then on it is not used any more: a request takes time too. */
  readonly usableUntil: number;
  /** When it is to be renewed or replaced; a little earlier or later by chance, so that many clients do not come at once. */
  readonly refreshAt: number;
  /** How it is refreshed: prolonged, or replaced by a new login. */
  readonly refresh: 'renew' | 'log_in' | 'never';
  /** Duration of the first grant: what a renewal should give again. */
  readonly fullDuration: number;
}

const REFRESH_PART = 2 / 3;
const JITTER = 0.1;
const MARGIN = 5_000;
const MARGIN_PART = 0.1;

/** A token that was asked for at `askedAt`; `chance` is from 0 to 1. */
export function leaseOf(grant: TokenGrant, askedAt: number, chance: number, fullDuration: number = grant.duration): Lease {
  const { duration, renewable, isBatch } = grant;
  if (duration === 0) {
    const never = Number.POSITIVE_INFINITY;
    return { grant, usableUntil: never, refreshAt: never, refresh: 'never', fullDuration };
  }
  // A grant that a renewal did not bring back to its length ends at the longest life of the token.
  const isNearItsEnd = duration < fullDuration / 2;
  return {
    grant,
    usableUntil: askedAt + duration - Math.min(MARGIN, duration * MARGIN_PART),
    refreshAt: askedAt + duration * REFRESH_PART * (1 - JITTER + 2 * JITTER * chance),
    refresh: renewable && !isBatch && !isNearItsEnd ? 'renew' : 'log_in',
    fullDuration,
  };
}

/** The same token after a renewal. */
export function renewedLease(lease: Lease, renewed: TokenGrant, askedAt: number, chance: number): Lease {
  return leaseOf(
    { ...lease.grant, duration: renewed.duration, renewable: renewed.renewable },
    askedAt,
    chance,
    lease.fullDuration,
  );
}
