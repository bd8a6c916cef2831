import type { Dialect } from '../dialect.ts';
import type { Logger } from '../driver/index.ts';
import { goQuote } from '../go-text.ts';
import type { CircuitBreakerPolicy, Resiliency } from '../resources/types.ts';
import { Breaker } from './breaker.ts';
import { type MergedResiliency, mergeResiliencies, type ResolvedPolicies, resolvePolicies } from './resolve.ts';
import { type PolicyUses, StorePolicy } from './store-policy.ts';
import type { BreakerState, PolicyUse, ResiliencyObserver } from './types.ts';

export interface PoliciesOptions {
  readonly dialect: Dialect;
  readonly logger: Logger;
}

interface KeptBreaker {
  readonly definition: string;
  readonly breaker: Breaker;
}

/** The policies of a process, and the state of its circuit breakers: one for each component, whatever is read from it. */
export class Policies {
  /** Set before the first policies are. */
  observer: ResiliencyObserver | undefined = undefined;
  readonly #options: PoliciesOptions;
  readonly #breakers = new Map<string, KeptBreaker>();
  #resiliencies: readonly Resiliency[] = [];
  #merged: MergedResiliency = mergeResiliencies([]);
  #byComponent = new Map<string, StorePolicy | undefined>();
  #uses = new Map<string, PolicyUses>();

  constructor(options: PoliciesOptions) {
    this.#options = options;
  }

  get resiliencies(): readonly Resiliency[] {
    return this.#resiliencies;
  }

  /** Calls that are running end under the policies they began with. A breaker whose definition is the same keeps its state. */
  replace(resiliencies: readonly Resiliency[]): void {
    this.#resiliencies = resiliencies;
    this.#merged = mergeResiliencies(resiliencies);
    this.#byComponent = new Map();
    this.#uses = new Map();
    for (const [component, { definition }] of this.#breakers) {
      const { circuitBreaker } = resolvePolicies(this.#merged, component);
      if (circuitBreaker === undefined || definitionOf(circuitBreaker) !== definition) this.#breakers.delete(component);
    }
    for (const { name, namespace, whole } of resiliencies) if (whole) this.observer?.loaded(name, namespace);
  }

  /** Undefined when none applies to the component. */
  of(component: string): StorePolicy | undefined {
    const known = this.#byComponent.get(component);
    if (known !== undefined || this.#byComponent.has(component)) return known;
    const made = this.#make(component);
    this.#byComponent.set(component, made);
    return made;
  }

  #make(component: string): StorePolicy | undefined {
    const policies = resolvePolicies(this.#merged, component);
    if (Object.keys(policies).length === 0) return undefined;
    const breaker = policies.circuitBreaker && this.#breakerOf(component, policies.circuitBreaker);
    return new StorePolicy({
      ...this.#options,
      observer: this.observer,
      component,
      policies,
      breaker,
      uses: this.#usesOf(component),
    });
  }

  #breakerOf(component: string, named: NonNullable<ResolvedPolicies['circuitBreaker']>): Breaker {
    const definition = definitionOf(named);
    const kept = this.#breakers.get(component);
    if (kept?.definition === definition) return kept.breaker;
    const name = goQuote(`${named.name}-${component}`);
    const changed = (from: BreakerState, to: BreakerState): void => {
      this.#options.logger.info(`Circuit breaker ${name} changed state from ${from} to ${to}`);
      // Half-open is what a call finds, not what a call does: the reference counts it no more than that.
      if (to !== 'half-open') this.observer?.activated(this.#usesOf(component).breaker[to]);
    };
    const hint = `the circuit breaker policy ${named.name} spares ${component} after its failures`;
    const breaker = new Breaker(named.policy, changed, hint);
    this.#breakers.set(component, { definition, breaker });
    return breaker;
  }

  #usesOf(component: string): PolicyUses {
    const made = this.#uses.get(component) ?? this.#makeUses(component);
    this.#uses.set(component, made);
    return made;
  }

  #makeUses(component: string): PolicyUses {
    const { name = '', namespace = '' } = this.#resiliencies.at(-1) ?? {};
    const use = (policy: PolicyUse['policy'], state?: BreakerState): PolicyUse => ({
      policy,
      component,
      resource: name,
      namespace,
      ...(state && { state }),
    });
    const breaker = (state: BreakerState): PolicyUse => use('circuitbreaker', state);
    return {
      timeout: use('timeout'),
      retry: use('retry'),
      breaker: { closed: breaker('closed'), 'half-open': breaker('half-open'), open: breaker('open') },
    };
  }
}

function definitionOf({ name, policy }: { readonly name: string; readonly policy: CircuitBreakerPolicy }): string {
  const { maxRequests, interval, timeout, trip } = policy;
  return JSON.stringify([name, maxRequests, interval, timeout, trip?.expression]);
}
