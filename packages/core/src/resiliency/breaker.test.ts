import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compileTrip } from '../resources/trip.ts';
import type { CircuitBreakerPolicy } from '../resources/types.ts';
import { Breaker, BreakerError, type Outcome } from './breaker.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const afterTwo: CircuitBreakerPolicy = {
  maxRequests: 1,
  interval: 0,
  timeout: 500,
  trip: compileTrip('consecutiveFailures >= 2'),
};

function breakerOf(policy: CircuitBreakerPolicy) {
  const changes: string[] = [];
  const breaker = new Breaker(policy, (from, to) => changes.push(`${from} to ${to}`));
  const call = (outcome: Outcome) => breaker.report(breaker.admit(), outcome);
  return { breaker, call, changes };
}

describe('Breaker', () => {
  it('opens after six failures in a row when nothing else is said', () => {
    const { breaker, call } = breakerOf({ maxRequests: 1, interval: 0, timeout: 60_000 });
    for (const outcome of ['failure', 'failure', 'success'] as const) call(outcome);
    for (let count = 0; count < 5; count++) call('failure');
    expect(breaker.state).toBe('closed');
    call('failure');
    expect(breaker.state).toBe('open');
  });

  it('18-163: opens when trip is met, and refuses until its time-out is over', () => {
    const { breaker, call, changes } = breakerOf(afterTwo);
    call('failure');
    call('failure');
    expect(() => breaker.admit()).toThrow(BreakerError);
    expect(() => breaker.admit()).toThrow('circuit breaker is open');
    vi.advanceTimersByTime(500);
    expect(breaker.state).toBe('open');
    vi.advanceTimersByTime(1);
    expect(breaker.state).toBe('half-open');
    expect(changes).toEqual(['closed to open', 'open to half-open']);
  });

  it('half-open, lets one call through, and closes or opens as that one ends', () => {
    const { breaker, call, changes } = breakerOf(afterTwo);
    const open = () => {
      call('failure');
      call('failure');
      vi.advanceTimersByTime(501);
    };
    open();
    const probe = breaker.admit();
    expect(() => breaker.admit()).toThrow('too many requests');
    breaker.report(probe, 'failure');
    expect(breaker.state).toBe('open');
    vi.advanceTimersByTime(501);
    call('success');
    expect(breaker.state).toBe('closed');
    expect(breaker.counts).toEqual({
      requests: 0,
      totalSuccesses: 0,
      totalFailures: 0,
      consecutiveSuccesses: 0,
      consecutiveFailures: 0,
    });
    expect(changes.slice(-2)).toEqual(['open to half-open', 'half-open to closed']);
  });

  it('half-open with maxRequests 3, needs three successes of calls that run side by side', () => {
    const { breaker, call } = breakerOf({ ...afterTwo, maxRequests: 3 });
    call('failure');
    call('failure');
    vi.advanceTimersByTime(501);
    const probes = [breaker.admit(), breaker.admit(), breaker.admit()];
    expect(() => breaker.admit()).toThrow('too many requests');
    for (const probe of probes.slice(1)) breaker.report(probe, 'success');
    // Not a call at a time, but calls in all: those that have ended count too.
    expect(() => breaker.admit()).toThrow('too many requests');
    breaker.report(probes[0] as number, 'success');
    expect(breaker.state).toBe('closed');
  });

  it('gives the place of a probe that nobody waits for to another', () => {
    const { breaker, call } = breakerOf(afterTwo);
    call('failure');
    call('failure');
    vi.advanceTimersByTime(501);
    call('withdrawn');
    expect(breaker.state).toBe('half-open');
    call('success');
    expect(breaker.state).toBe('closed');
  });

  it('does not count what ends in another state than it began in', () => {
    const { breaker, call } = breakerOf(afterTwo);
    const late = [breaker.admit(), breaker.admit()];
    call('failure');
    call('failure');
    breaker.report(late[0] as number, 'success');
    expect(breaker.state).toBe('open');
    vi.advanceTimersByTime(501);
    breaker.report(late[1] as number, 'failure');
    expect([breaker.state, breaker.counts.requests]).toEqual(['half-open', 0]);
  });

  it('forgets its counts at each interval of the closed state', () => {
    const { breaker, call } = breakerOf({ ...afterTwo, interval: 100 });
    call('failure');
    const across = breaker.admit();
    vi.advanceTimersByTime(101);
    breaker.report(across, 'failure');
    expect(breaker.counts).toMatchObject({ requests: 0, totalFailures: 0 });
    call('failure');
    expect(breaker.state).toBe('closed');
  });

  it('counts calls that have begun as requests', () => {
    const trip = compileTrip('requests >= 3 && totalFailures > 0');
    const { breaker } = breakerOf({ ...afterTwo, trip });
    const [first] = [breaker.admit(), breaker.admit(), breaker.admit()];
    breaker.report(first as number, 'failure');
    expect(breaker.state).toBe('open');
  });

  it('does not open for an expression that fails', () => {
    const { breaker, call } = breakerOf({ ...afterTwo, trip: compileTrip('requests / totalSuccesses > 0') });
    for (let count = 0; count < 20; count++) call('failure');
    expect(breaker.state).toBe('closed');
  });
});
