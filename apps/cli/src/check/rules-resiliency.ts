import { nearestOf } from '@coffer/core/driver';
import { BUILT_IN_RETRIES } from '@coffer/core/internal';
import type { Finding } from './finding.ts';
import { type Model, placeIn } from './model.ts';

/** Targets of resiliency policies: components and policies that do not exist. */
export function* resiliencyRules(model: Model): Iterable<Finding> {
  const components = new Set(model.components.map(({ name }) => name));
  const defined = {
    timeout: new Set(model.resiliencies.flatMap(({ timeouts }) => [...timeouts.keys()])),
    retry: new Set([...BUILT_IN_RETRIES.keys(), ...model.resiliencies.flatMap(({ retries }) => [...retries.keys()])]),
    circuitBreaker: new Set(model.resiliencies.flatMap(({ circuitBreakers }) => [...circuitBreakers.keys()])),
  };
  for (const resiliency of model.resiliencies) {
    for (const [component, policies] of resiliency.components) {
      const path = ['spec', 'targets', 'components', component];
      if (!components.has(component)) {
        yield {
          severity: 'warning',
          ...placeIn(model, resiliency, path),
          message: `the target ${component} is no component`,
          ...hintFor(component, components),
        };
      }
      for (const kind of ['timeout', 'retry', 'circuitBreaker'] as const) {
        const policy = policies[kind];
        if (policy === undefined || defined[kind].has(policy)) continue;
        const place = placeIn(model, resiliency, [...path, 'outbound', kind]);
        yield {
          severity: 'warning',
          ...place,
          message: `no ${kind} policy is named ${policy}`,
          ...hintFor(policy, defined[kind]),
        };
      }
    }
  }
}

function hintFor(name: string, candidates: ReadonlySet<string>): { readonly hint: string } {
  const nearest = nearestOf(name, candidates);
  return { hint: nearest === undefined ? 'define it, or remove this line' : `did you mean ${nearest}?` };
}
