import { parseGoDuration } from '../driver/index.ts';
import { goQuote } from '../go-text.ts';
import { isNull, joinPath, lastOfEach, membersOf, type Notice, shapeError, stringOf } from './decode.ts';
import type { CircuitBreakerPolicy, PolicyNames, Resiliency, RetryPolicy, Trip } from './types.ts';
import type { YamlValue } from './yaml-document.ts';
import { meaningOf } from './yaml-scalars.ts';

/** A policy of the right shape with a value that means nothing. */
export interface PolicyFailure {
  readonly at: YamlValue;
  readonly field: string;
  readonly message: string;
}
type Policies = Pick<Resiliency, 'timeouts' | 'retries' | 'circuitBreakers'>;

const RETRY_MEMBERS = ['policy', 'duration', 'maxInterval', 'maxRetries', 'matching'] as const;
const BREAKER_MEMBERS = ['maxRequests', 'interval', 'timeout', 'trip'] as const;
const TRIP_HINT = 'compare requests, totalSuccesses, totalFailures, consecutiveSuccesses and consecutiveFailures with numbers';
const NAMES_MEMBERS = ['timeout', 'retry', 'circuitBreaker'] as const;

/**
 * Decodes `spec.policies`. A failed policy leaves out its group and those after it: time-outs come first, then retries, then
 * circuit breakers. (The reference reads a group in random order, up to the failed one.) Fails with `YamlError` on a wrong
 * shape.
 */
export async function policiesOf(
  value: YamlValue | undefined,
  notice: Notice,
): Promise<{ policies: Policies; failures: PolicyFailure[] }> {
  const path = 'spec.policies';
  const groups = membersOf(value, path, ['timeouts', 'retries', 'circuitBreakers'], notice);
  const timeouts = entriesOf(groups.timeouts, `${path}.timeouts`, (entry, field) => {
    const text = stringOf(entry, field);
    return (name: string) => duration(text, undefined, `invalid duration ${goQuote(name)}, ${text}`);
  });
  const retries = entriesOf(groups.retries, `${path}.retries`, (entry, field) => retryOf(entry, field, notice));
  const breakers = entriesOf(groups.circuitBreakers, `${path}.circuitBreakers`, (entry, field) =>
    breakerOf(entry, field, notice),
  );
  const failures: PolicyFailure[] = [];
  const policies = {
    timeouts: await decided(timeouts, failures),
    retries: await decided(retries, failures),
    circuitBreakers: await decided(breakers, failures),
  };
  return { policies, failures };
}

/** Decodes `spec.targets.components.<name>.outbound`. Fails with `YamlError` on a wrong shape. */
export function targetsOf(value: YamlValue | undefined, notice: Notice): ReadonlyMap<string, PolicyNames> {
  const path = 'spec.targets';
  const { components } = membersOf(value, path, ['apps', 'actors', 'components'], notice);
  const entries = entriesOf(components, `${path}.components`, (entry, field): PolicyNames => {
    const { inbound, outbound } = membersOf(entry, field, ['inbound', 'outbound'], notice);
    namesOf(inbound, `${field}.inbound`, notice);
    return namesOf(outbound, `${field}.outbound`, notice);
  });
  return new Map(entries.map(({ name, entry }) => [name, entry]));
}

function namesOf(value: YamlValue | undefined, path: string, notice: Notice): PolicyNames {
  const { timeout, retry, circuitBreaker } = membersOf(value, path, NAMES_MEMBERS, notice);
  return {
    ...(timeout && { timeout: stringOf(timeout, `${path}.timeout`) }),
    ...(retry && { retry: stringOf(retry, `${path}.retry`) }),
    ...(circuitBreaker && { circuitBreaker: stringOf(circuitBreaker, `${path}.circuitBreaker`) }),
  };
}

interface Entry<Value> {
  readonly name: string;
  readonly at: YamlValue;
  readonly field: string;
  readonly entry: Value;
}
/** Checks what the shape can't tell and gives the policy. Throws `PolicyProblem`. */
type Decide<Policy> = (name: string) => Policy | Promise<Policy>;

/** Entries of a map in byte order of their names. */
function entriesOf<Value>(
  value: YamlValue | undefined,
  path: string,
  entryOf: (value: YamlValue, path: string) => Value,
): Entry<Value>[] {
  if (value === undefined) return [];
  if (value.kind !== 'map') throw shapeError(path, value, 'a map');
  return lastOfEach(value).map(([name, at]) => {
    const field = joinPath(path, name);
    return { name, at, field, entry: entryOf(at, field) };
  });
}

class PolicyProblem extends Error {
  /** The member that is to blame, when it is not the policy as a whole. */
  readonly member: { readonly at: YamlValue; readonly field: string } | undefined;

  constructor(message: string, member?: PolicyProblem['member']) {
    super(message);
    this.member = member;
  }
}

async function decided<Policy>(
  entries: readonly Entry<Decide<Policy>>[],
  failures: PolicyFailure[],
): Promise<Map<string, Policy>> {
  const policies = new Map<string, Policy>();
  if (failures.length > 0) return policies;
  for (const { name, at, field, entry: decide } of entries) {
    try {
      policies.set(name, await decide(name));
    } catch (cause) {
      if (!(cause instanceof PolicyProblem)) throw cause;
      failures.push({ at, field, ...cause.member, message: cause.message });
    }
  }
  return failures.length > 0 ? new Map() : policies;
}

function retryOf(value: YamlValue, path: string, notice: Notice): Decide<RetryPolicy> {
  const members = membersOf(value, path, RETRY_MEMBERS, notice);
  const policy = stringOf(members.policy, `${path}.policy`) || 'constant';
  const durationText = stringOf(members.duration, `${path}.duration`);
  const maxInterval = stringOf(members.maxInterval, `${path}.maxInterval`);
  const maxRetries = integerOf(members.maxRetries, `${path}.maxRetries`) ?? -1;
  return (name) => {
    const prefix = `invalid retry configuration ${goQuote(name)}`;
    const kind = policy.toLowerCase();
    if (kind !== 'constant' && kind !== 'exponential')
      throw new PolicyProblem(`${prefix}: unexpected back off policy type: ${policy}`);
    return {
      policy: kind,
      duration: duration(durationText, 5000, prefix),
      maxInterval: duration(maxInterval, 60_000, prefix),
      maxRetries,
    };
  };
}

/** Zero and negative values mean the default, as in the reference's breaker. */
function breakerOf(value: YamlValue, path: string, notice: Notice): Decide<CircuitBreakerPolicy> {
  const members = membersOf(value, path, BREAKER_MEMBERS, notice);
  const maxRequests = integerOf(members.maxRequests, `${path}.maxRequests`) ?? 0;
  const interval = stringOf(members.interval, `${path}.interval`);
  const timeout = stringOf(members.timeout, `${path}.timeout`);
  const trip = members.trip;
  const expression = stringOf(trip, `${path}.trip`);
  return async (name) => {
    const prefix = `invalid circuit breaker configuration ${goQuote(name)}`;
    if (maxRequests < 0) throw new PolicyProblem(`${prefix}: maxRequests is negative`);
    const openFor = duration(timeout, 0, prefix);
    return {
      maxRequests: maxRequests || 1,
      interval: Math.max(0, duration(interval, 0, prefix)),
      timeout: openFor > 0 ? openFor : 60_000,
      ...(trip === undefined || expression === ''
        ? {}
        : { trip: await tripOf(expression, prefix, trip, `${path}.trip`, notice) }),
    };
  };
}

/** The expression language is loaded by the first policy that uses it. */
async function tripOf(expression: string, prefix: string, at: YamlValue, field: string, notice: Notice): Promise<Trip> {
  const { compileTrip, TripError } = await import('./trip.ts');
  try {
    const trip = compileTrip(expression);
    if (trip.flaw !== undefined) notice(at, field, `the breaker never opens: ${trip.flaw}`, TRIP_HINT);
    return trip;
  } catch (cause) {
    if (!(cause instanceof TripError)) throw cause;
    throw new PolicyProblem(`${prefix}: invalid trip expression: ${cause.message}`, { at, field });
  }
}

/** Whole milliseconds, or Go duration text; `absent` for the empty string, if it may be. */
function duration(text: string, absent: number | undefined, prefix: string): number {
  if (text === '' && absent !== undefined) return absent;
  const milliseconds = /^[-+]?\d+$/.test(text) ? Number(text) : parseGoDuration(text);
  if (milliseconds === undefined) throw new PolicyProblem(`${prefix}: invalid duration ${goQuote(text)}`);
  return milliseconds;
}

/** A number without a fraction; words and quoted numbers are refused. */
function integerOf(value: YamlValue | undefined, path: string): number | undefined {
  if (value === undefined || isNull(value)) return undefined;
  const meaning = value.kind === 'scalar' ? meaningOf(value) : undefined;
  const number = meaning?.kind === 'int' || meaning?.kind === 'float' ? Number(meaning.value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw shapeError(path, value, 'a whole number');
  return number;
}
