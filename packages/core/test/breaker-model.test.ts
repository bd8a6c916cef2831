import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Breaker, type Outcome } from '../src/resiliency/breaker.ts';
import type { BreakerState } from '../src/resiliency/types.ts';
import { compileTrip } from '../src/resources/trip.ts';
import type { BreakerCounts } from '../src/resources/types.ts';
import { BreakerModel } from './breaker-model.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What happens to a breaker. A call is named by how many were let through before it. */
type Step =
  | { readonly kind: 'begin' }
  | { readonly kind: 'end'; readonly call: number; readonly outcome: Outcome }
  | { readonly kind: 'wait'; readonly milliseconds: number };

const trips: readonly [expression: string, trips: (counts: BreakerCounts) => boolean][] = [
  ['consecutiveFailures >= 2', ({ consecutiveFailures }) => consecutiveFailures >= 2],
  ['totalFailures * 2 > requests && requests > 2', ({ totalFailures, requests }) => totalFailures * 2 > requests && requests > 2],
  ['totalFailures - totalSuccesses > 1', ({ totalFailures, totalSuccesses }) => totalFailures - totalSuccesses > 1],
  [
    'totalSuccesses > 0 ? requests / totalSuccesses > 2 : consecutiveFailures == 3',
    ({ totalSuccesses, requests, consecutiveFailures }) =>
      totalSuccesses > 0 ? Math.trunc(requests / totalSuccesses) > 2 : consecutiveFailures === 3,
  ],
];

describe('Breaker and its model', () => {
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant<Step>({ kind: 'begin' }) },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('end' as const),
          call: fc.nat(60),
          outcome: fc.constantFrom<Outcome>('success', 'failure', 'failure', 'withdrawn'),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.integer({ min: 1, max: 60 }) }) },
    ),
    { maxLength: 80, size: 'max' },
  );

  it.each(trips)('agree in state, counts and refusals: %s', (expression, tripsModel) => {
    const seen = new Set<BreakerState>();
    const policies = fc.record({
      maxRequests: fc.integer({ min: 1, max: 3 }),
      interval: fc.constantFrom(0, 25, 200),
      timeout: fc.integer({ min: 5, max: 80 }),
    });
    const trip = compileTrip(expression);
    fc.assert(
      fc.property(policies, steps, (policy, happens) => {
        vi.setSystemTime(0);
        const start = performance.now();
        const now = () => performance.now() - start;
        const breaker = new Breaker({ ...policy, trip }, () => undefined);
        const model = new BreakerModel(policy, tripsModel);
        const admissions: number[] = [];
        const running = new Map<number, number>();
        for (const step of happens) {
          if (step.kind === 'wait') vi.advanceTimersByTime(step.milliseconds);
          else if (step.kind === 'begin') {
            const expected = model.begin(now());
            if (expected === 'admitted') {
              running.set(admissions.length, breaker.admit());
              admissions.push(admissions.length);
            } else expect(() => breaker.admit()).toThrow(expected);
          } else {
            const calls = [...running.keys()];
            const call = calls[step.call % calls.length];
            if (call === undefined) continue;
            model.end(call, step.outcome, now());
            breaker.report(running.get(call) as number, step.outcome);
            running.delete(call);
          }
          expect(breaker.state).toBe(model.stateAt(now()));
          expect(breaker.counts).toEqual(model.countsAt(now()));
          seen.add(breaker.state);
        }
      }),
      { numRuns: 300 },
    );
    expect(seen).toEqual(new Set(['closed', 'open', 'half-open']));
  });
});
