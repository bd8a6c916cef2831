import { type Component, logNameOf, type SelectionRules, selectComponents } from '@coffer/core';
import { nearestOf } from '@coffer/core/driver';
import { Failure } from './failure.ts';
import { visible } from './text.ts';

export interface AbsenceRules extends SelectionRules {
  /** Names of components that wait for a store, by the store's name. */
  readonly parked: ReadonlyMap<string, readonly string[]>;
}

/** Why a component does not concern this application, or undefined when it does. */
export function exclusionOf(
  component: Component,
  rules: SelectionRules,
): { readonly reason: string; readonly hint: string } | undefined {
  const { name, namespace, scopes, version } = component;
  if (rules.namespace !== '' && namespace !== '' && namespace !== rules.namespace) {
    return { reason: `it is of namespace ${namespace} and NAMESPACE is ${rules.namespace}`, hint: `set NAMESPACE=${namespace}` };
  }
  if (scopes.length > 0 && !scopes.includes(rules.appId)) {
    const [first] = scopes;
    return {
      reason: `its scopes name ${scopes.map(visible).join(', ')} and not ${rules.appId}`,
      hint: `ask as the application: --app-id ${visible(first as string)}`,
    };
  }
  if (selectComponents([component], rules).selected.length > 0) return undefined;
  return version === ''
    ? { reason: 'it has no version, and spec.components.deny drops those', hint: `give component ${name} spec.version: v1` }
    : { reason: `spec.components.deny of the Configuration names ${component.type}`, hint: 'take it from that list' };
}

/** Why a store can't be read although nothing failed. */
export function absenceOf(store: string, components: readonly Component[], rules: AbsenceRules): Failure {
  const shown = visible(store);
  const component = components.find(({ name }) => name === store);
  if (component === undefined) {
    const names = components.filter(({ type }) => type.startsWith('secretstores.')).map(({ name }) => name);
    const nearest = nearestOf(store, names);
    let hint = `the stores are: ${names.map(visible).join(', ')}`;
    if (names.length === 0) hint = 'no file of the resource directories has a component of type secretstores.…';
    else if (nearest !== undefined) hint = `did you mean ${visible(nearest)}?`;
    return new Failure('not_found', `no component is named ${shown}`, { hint });
  }
  if (!component.type.startsWith('secretstores.')) {
    return new Failure('not_found', `component ${visible(logNameOf(component))} is not a secret store`, {
      hint: 'coffer list shows which are',
    });
  }
  const exclusion = exclusionOf(component, rules);
  if (exclusion) {
    return new Failure('not_found', `component ${shown} is not loaded: ${exclusion.reason}`, { hint: exclusion.hint });
  }
  const awaited = [...rules.parked].find(([, waiting]) => waiting.includes(store))?.[0];
  if (awaited !== undefined) {
    return new Failure(
      'failed_precondition',
      `component ${shown} waits for secret store ${visible(awaited)}, which is not loaded`,
      {
        hint: 'coffer check tells why',
      },
    );
  }
  return new Failure('failed_precondition', `component ${shown} failed to start and says ignoreErrors`, {
    hint: 'run it again with --verbose',
  });
}
