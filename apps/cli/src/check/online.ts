import { type Component, isSecretStoreError, type Registry } from '@coffer/core';
import { exclusionOf } from '../absence.ts';
import type { CommandContext } from '../context.ts';
import { failureFrom } from '../failure.ts';
import { mapBounded } from '../map-bounded.ts';
import { followReferences, StoreOpener } from '../resolve.ts';
import type { Finding } from './finding.ts';
import { isStore, type Model, placeIn, placeOfProperty } from './model.ts';

/** Stores connected at once. */
const CONCURRENCY = 4;

/** Connects every store, pings it, and follows every reference; each failure is told where it is written. */
export async function onlineFindings(
  model: Model,
  context: CommandContext,
  options: { readonly resourcesPaths: readonly string[]; readonly registry: Registry; readonly components: readonly Component[] },
): Promise<readonly Finding[]> {
  const warnings: string[] = [];
  const { components, registry, resourcesPaths } = options;
  await using stores = new StoreOpener(context, { registry, resourcesPaths, warn: (message) => warnings.push(message) });
  const findings = await mapBounded(components, CONCURRENCY, async (component) => [
    ...(isStore(component) && model.definitions.has(component) ? await pinged(model, component, context, stores) : []),
    ...(await followed(model, component, context, stores)),
  ]);
  for (const warning of new Set(warnings)) context.warn(warning);
  return findings.flat();
}

async function pinged(model: Model, component: Component, context: CommandContext, stores: StoreOpener): Promise<Finding[]> {
  const { name } = component;
  const place = placeIn(model, component, ['metadata', 'name']);
  try {
    const coffer = await stores.open(name);
    if (coffer.components().some((loaded) => loaded.name === name)) {
      await coffer.ping(name, { signal: context.signal });
      return [];
    }
    const rules = { appId: model.appId, namespace: model.environment.NAMESPACE ?? '', denied: [] };
    const exclusion = exclusionOf(component, rules);
    // A store that waits for another one is told of by the other checks.
    if (exclusion === undefined) return [];
    return [{ severity: 'note', ...place, message: `${name} was not asked: ${exclusion.reason}`, hint: exclusion.hint }];
  } catch (cause) {
    context.signal.throwIfAborted();
    if (isSecretStoreError(cause) && cause.code === 'unimplemented') {
      return [{ severity: 'note', ...place, message: `${name} started; its driver has no ping` }];
    }
    const { message, hint } = failureFrom(cause);
    return [{ severity: 'error', ...place, message: `${name} does not answer: ${message}`, hint }];
  }
}

async function followed(model: Model, component: Component, context: CommandContext, stores: StoreOpener): Promise<Finding[]> {
  const { failed } = await followReferences(component, context, stores);
  context.signal.throwIfAborted();
  return failed.flatMap(({ property, failure }): Finding[] => {
    const given = component.properties.find(({ name }) => name === property);
    // The store itself is told of where it is written, and without it nothing can be followed.
    if (given === undefined) return [];
    return [{ severity: 'error', ...placeOfProperty(model, component, given), message: failure.message, hint: failure.hint }];
  });
}
