import { describe, expect, it } from 'vitest';
import { grantOf } from './grant.ts';
import { leaseOf, renewedLease } from './lease.ts';

const grant = { token: 't', duration: 60_000, renewable: true, isBatch: false, mayLookUp: true };

describe('a lease', () => {
  it.each([
    [0, 36_000],
    [0.5, 40_000],
    [1, 44_000],
  ])('is refreshed about two thirds through: at chance %s after %s ms', (chance, at) => {
    expect(leaseOf(grant, 1000, chance).refreshAt).toBeCloseTo(1000 + at, 3);
  });

  it.each([
    [1_000, 900],
    [60_000, 55_000],
    [3_600_000, 3_595_000],
  ])('of %s ms is used for %s ms, which is later than any refresh', (duration, until) => {
    const lease = leaseOf({ ...grant, duration }, 0, 1);
    expect(lease.usableUntil).toBe(until);
    expect(lease.refreshAt).toBeLessThan(lease.usableUntil);
  });

  it('of a renewed token is of its full length, or near its end', () => {
    const lease = leaseOf(grant, 0, 0.5);
    expect(lease.refresh).toBe('renew');
    expect(renewedLease(lease, { ...grant, token: 'other' }, 40_000, 0.5)).toMatchObject({
      grant: { token: 't' },
      refresh: 'renew',
      refreshAt: 80_000,
    });
    const last = renewedLease(lease, { ...grant, duration: 20_000 }, 80_000, 0.5);
    expect(last).toMatchObject({ refresh: 'log_in', fullDuration: 60_000 });
    expect(leaseOf({ ...grant, duration: 20_000 }, 0, 0.5).refresh).toBe('renew');
  });

  it.each([
    [{ renewable: false }, 'log_in'],
    [{ isBatch: true }, 'log_in'],
    [{ duration: 0 }, 'never'],
  ])('of %o is refreshed: %s', (parts, refresh) => {
    expect(leaseOf({ ...grant, ...parts }, 0, 0.5).refresh).toBe(refresh);
  });
});

describe('a grant', () => {
  it('is what the server says', () => {
    const auth = { client_token: 'b.x', lease_duration: 60, renewable: false, token_type: 'batch', policies: ['a', 'default'] };
    expect(grantOf(auth)).toEqual({ token: 'b.x', duration: 60_000, renewable: false, isBatch: true, mayLookUp: true });
  });

  it.each([undefined, null, 'x', [], {}, { client_token: '' }, { client_token: 5 }])('is not in %o', (auth) => {
    expect(grantOf(auth)).toBeUndefined();
  });

  it('of a token alone has no end', () => {
    expect(grantOf({ client_token: 't' })).toEqual({
      token: 't',
      duration: 0,
      renewable: false,
      isBatch: false,
      mayLookUp: false,
    });
  });
});
