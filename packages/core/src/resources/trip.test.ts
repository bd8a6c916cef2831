import { describe, expect, it } from 'vitest';
import { compileTrip, TripError } from './trip.ts';

const counts = { requests: 7, totalSuccesses: 3, totalFailures: 4, consecutiveSuccesses: 0, consecutiveFailures: 4 };

describe('compileTrip', () => {
  it.each([
    ['consecutiveFailures > 3', true],
    ['consecutiveFailures >= 5', false],
    ['consecutiveFailures == 4 && requests != 8', true],
    ['!(totalFailures > 3) || consecutiveSuccesses < 1', true],
    ['requests >= 5 ? totalFailures > 2 : false', true],
    ['totalFailures * 100 / requests > 50', true],
    ['totalFailures % 3 == 1', true],
    // Whole numbers divide to whole numbers.
    ['totalFailures / requests >= 0.5', false],
    ['double(totalFailures) / double(requests) > 0.5', true],
    ['-7 / 2 == -3 && -7 % 3 == -1', true],
    ['consecutiveFailures in [2, 4]', true],
    ['consecutiveFailures > 3.5', true],
    ['requests > 3u', true],
    ['0x4 == consecutiveFailures', true],
    ['9007199254740993 == 9007199254740992', false],
    ['9223372036854775807 > requests', true],
    // An operand that decides hides the failure of the other.
    ['1 / 0 > 0 || true', true],
    ['1 / 0 > 0 && false', false],
    ['true', true],
  ])('%s is %s', (expression, met) => {
    const trip = compileTrip(expression);
    expect([trip.expression, trip.isMet(counts)]).toEqual([expression, met]);
    expect(trip.flaw).toBeUndefined();
  });

  it.each([
    ['1 / 0 > 0', undefined],
    ['requests % 0 == 0', undefined],
    ['9223372036854775807 + requests > 0', undefined],
    ['failures > 3', 'Unknown variable: failures (character 1)'],
    ['totalFailures', 'it gives int, not a boolean'],
    ['"true"', 'it gives string, not a boolean'],
    ['consecutiveFailures > "3"', 'no such overload: int > string (character 1)'],
  ])('%s fails or gives no boolean, and is not met', (expression, flaw) => {
    const trip = compileTrip(expression);
    expect(trip.isMet(counts)).toBe(false);
    expect(trip.flaw).toBe(flaw);
  });

  it.each([
    ['consecutiveFailures >', 'Unexpected token: EOF (character 22)'],
    ['consecutiveFailures = 3', 'Unexpected character: = (character 21)'],
    ['(requests > 3', /^Expected RPAREN, got EOF/],
    ['requests > 3 and true', /^Unexpected character/],
    ['', /EOF/],
    ['unheardOf(1)', "found no matching overload for 'unheardOf(int)' (character 1)"],
    ['1 > "a"', 'no such overload: int > string (character 1)'],
  ])('refuses %s', (expression, message) => {
    expect(() => compileTrip(expression)).toThrow(TripError);
    expect(() => compileTrip(expression)).toThrow(message);
  });
});
