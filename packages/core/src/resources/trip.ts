import { Environment, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import type { BreakerCounts, Trip } from './types.ts';

/** Names that an expression may use; all are whole numbers. */
const COUNTS = [
  'requests',
  'totalSuccesses',
  'totalFailures',
  'consecutiveSuccesses',
  'consecutiveFailures',
] as const satisfies readonly (keyof BreakerCounts)[];

// As the reference compiles: a name may be anything until the expression is evaluated, so an unknown one is no error.
const reference = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
const exact = COUNTS.reduce((environment, name) => environment.registerVariable(name, 'int'), new Environment());

export class TripError extends Error {}

/**
 * Compiles the CEL expression of `trip`. Fails with `TripError` on what the reference refuses when it loads the policy: bad
 * syntax, unknown functions, operators that no two constants of these types have.
 */
export function compileTrip(expression: string): Trip {
  const evaluate = parsed(expression);
  const checked = evaluate.check();
  if (checked.error !== undefined) throw new TripError(summaryOf(checked.error));
  const flaw = flawOf(expression);
  return {
    expression,
    isMet: (counts) => {
      try {
        return evaluate(Object.fromEntries(COUNTS.map((name) => [name, BigInt(counts[name])]))) === true;
      } catch {
        // The reference's rule: it can't be told whether it is safe to trip, so the breaker does not.
        return false;
      }
    },
    ...(flaw === undefined ? {} : { flaw }),
  };
}

function parsed(expression: string): ParseResult {
  try {
    return reference.parse(expression);
  } catch (cause) {
    if (cause instanceof ParseError) throw new TripError(summaryOf(cause), { cause });
    throw cause;
  }
}

/** Why the expression can never be met, as far as its types tell. */
function flawOf(expression: string): string | undefined {
  const { error, type } = exact.parse(expression).check();
  if (error !== undefined) return summaryOf(error);
  return type === 'bool' || type === 'dyn' ? undefined : `it gives ${type}, not a boolean`;
}

function summaryOf({ summary, range }: Pick<ParseError, 'summary' | 'range'>): string {
  return range === undefined ? summary : `${summary} (character ${range.start + 1})`;
}
