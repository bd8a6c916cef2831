import type { CircuitBreakerPolicy, PolicyNames, Resiliency, RetryPolicy } from '../resources/types.ts';

/** The policies and targets of several resources, by name. */
export type MergedResiliency = Pick<Resiliency, 'timeouts' | 'retries' | 'circuitBreakers' | 'components'>;

/** What applies to one component; an absent member: none of that kind does. */
export interface ResolvedPolicies {
  readonly timeout?: { readonly name: string; readonly milliseconds: number };
  readonly retry?: { readonly name: string; readonly policy: RetryPolicy };
  readonly circuitBreaker?: { readonly name: string; readonly policy: CircuitBreakerPolicy };
}

const constant = (maxRetries: number): RetryPolicy => ({ policy: 'constant', duration: 1000, maxInterval: 60_000, maxRetries });

/** Retries that the reference brings along: a target may name them, and a resource may define them anew. */
export const BUILT_IN_RETRIES: ReadonlyMap<string, RetryPolicy> = new Map([
  ['DaprBuiltInServiceRetries', constant(3)],
  ['DaprBuiltInActorRetries', constant(3)],
  ['DaprBuiltInActorReminderRetries', { policy: 'exponential', duration: 5000, maxInterval: 60_000, maxRetries: 0 }],
  ['DaprBuiltInActorNotFoundRetries', constant(5)],
  ['DaprBuiltInInitializationRetries', { policy: 'exponential', duration: 2000, maxInterval: 1000, maxRetries: 3 }],
]);
const FIXED_RETRIES = 'DaprBuiltInActorNotFoundRetries';
const FEWEST_BUILT_IN_RETRIES = 3;

/** Where a policy is looked for that no target names, first to last. */
const DEFAULT_PREFIXES = ['DefaultSecretstoreComponentOutbound', 'DefaultComponentOutbound', 'DefaultComponent', 'Default'];

/** One table of each kind; a later resource overrides an earlier one by name. */
export function mergeResiliencies(resiliencies: readonly Resiliency[]): MergedResiliency {
  return {
    timeouts: new Map(resiliencies.flatMap(({ timeouts }) => [...timeouts])),
    retries: new Map([...BUILT_IN_RETRIES, ...resiliencies.flatMap(({ retries }) => [...retries].flatMap(asBuiltIn))]),
    circuitBreakers: new Map(resiliencies.flatMap(({ circuitBreakers }) => [...circuitBreakers])),
    components: new Map(resiliencies.flatMap(({ components }) => [...components])),
  };
}

/** A built-in policy may not be defined with fewer retries than three (and no limit counts as fewer), one not at all. */
function asBuiltIn([name, policy]: [string, RetryPolicy]): [string, RetryPolicy][] {
  if (!BUILT_IN_RETRIES.has(name)) return [[name, policy]];
  if (name === FIXED_RETRIES) return [];
  return [[name, { ...policy, maxRetries: Math.max(policy.maxRetries, FEWEST_BUILT_IN_RETRIES) }]];
}

/**
 * The policies in front of a secret store: those that its target names, and then no others; without a target the first
 * default of each kind that is defined. A name that nothing defines is as good as none.
 */
export function resolvePolicies(merged: MergedResiliency, component: string): ResolvedPolicies {
  const target = merged.components.get(component);
  const names = target ?? defaultNames(merged);
  const milliseconds = lookUp(merged.timeouts, names.timeout);
  const retry = lookUp(merged.retries, names.retry);
  const circuitBreaker = lookUp(merged.circuitBreakers, names.circuitBreaker);
  return {
    ...(milliseconds && milliseconds.value > 0 && { timeout: { name: milliseconds.name, milliseconds: milliseconds.value } }),
    ...(retry && { retry: { name: retry.name, policy: retry.value } }),
    ...(circuitBreaker && { circuitBreaker: { name: circuitBreaker.name, policy: circuitBreaker.value } }),
  };
}

function defaultNames({ timeouts, retries, circuitBreakers }: MergedResiliency): PolicyNames {
  const firstOf = (defined: ReadonlyMap<string, unknown>, kind: string): string =>
    DEFAULT_PREFIXES.map((prefix) => prefix + kind).find((name) => defined.has(name)) ?? '';
  return {
    timeout: firstOf(timeouts, 'TimeoutPolicy'),
    retry: firstOf(retries, 'RetryPolicy'),
    circuitBreaker: firstOf(circuitBreakers, 'CircuitBreakerPolicy'),
  };
}

function lookUp<Value>(
  defined: ReadonlyMap<string, Value>,
  name: string | undefined,
): { readonly name: string; readonly value: Value } | undefined {
  // The reference takes an empty name for none, even if a policy has it.
  const value = name ? defined.get(name) : undefined;
  return name === undefined || value === undefined ? undefined : { name, value };
}
