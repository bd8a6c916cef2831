import type { BreakerState, PolicyUse, ResiliencyObserver } from '@coffer/core';
import { DAPR_FAMILIES } from './catalogue.ts';
import { cells, type Family, type FamilyOptions } from './family.ts';
import type { Cell, Distribution } from './samples.ts';

/** Of a circuit breaker; the reference has a series for each. */
const STATES: readonly (BreakerState | 'unknown')[] = ['closed', 'half-open', 'open', 'unknown'];

/** What is counted and shown of one use of a policy. */
interface UseSamples {
  readonly count: Cell;
  /** In the order of `STATES`; empty for other policies than circuit breakers. */
  readonly states: readonly Cell[];
}

/** What policies do. Equal uses are one object, so that samples are found without making a text of them. */
export class ResiliencyMetrics implements ResiliencyObserver {
  readonly #loaded: Family<Cell>;
  readonly #count: Family<Cell>;
  readonly #activations: Family<Cell>;
  readonly #state: Family<Cell>;
  readonly #samples = new WeakMap<PolicyUse, UseSamples>();

  constructor(options: FamilyOptions) {
    this.#loaded = cells(DAPR_FAMILIES.resiliencyLoaded, options);
    this.#count = cells(DAPR_FAMILIES.resiliencyCount, options);
    this.#activations = cells(DAPR_FAMILIES.resiliencyActivations, options);
    this.#state = cells(DAPR_FAMILIES.breakerState, options);
  }

  loaded(name: string, namespace: string): void {
    this.#loaded.sample([name, namespace]).value++;
  }

  applied(use: PolicyUse): void {
    const { count, states } = this.#samplesOf(use);
    count.value++;
    show(use, states);
  }

  activated(use: PolicyUse): void {
    this.#activations.sample(labelsOf(use)).value++;
    if (use.state !== undefined) show(use, this.#statesOf(use));
  }

  families(): readonly Family<Cell | Distribution>[] {
    return [this.#loaded, this.#count, this.#activations, this.#state];
  }

  #samplesOf(use: PolicyUse): UseSamples {
    let samples = this.#samples.get(use);
    if (samples === undefined) {
      samples = { count: this.#count.sample(labelsOf(use)), states: use.state === undefined ? [] : this.#statesOf(use) };
      this.#samples.set(use, samples);
    }
    return samples;
  }

  #statesOf(use: PolicyUse): readonly Cell[] {
    return STATES.map((state) => this.#state.sample(labelsOf(use, state)));
  }
}

function show({ state }: PolicyUse, states: readonly Cell[]): void {
  for (const [at, cell] of states.entries()) cell.value = Number(STATES[at] === state);
}

/** In the order of the definitions: flow_direction, name, namespace, policy, status, target. */
function labelsOf(use: PolicyUse, state: string = use.state ?? ''): readonly string[] {
  return ['outbound', use.resource, use.namespace, use.policy, state, `Secretstore_${use.component}`];
}
