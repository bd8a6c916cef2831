import { type Component, type ComponentProperty, isEnvRefAllowed } from '@coffer/core';
import { nearestOf } from '@coffer/core/driver';
import type { Finding } from './finding.ts';
import { isStore, type Model, placeIn, placeOfProperty } from './model.ts';

/** secretKeyRef and envRef: what they name, and whether it can ever be had. */
export function* referenceRules(model: Model): Iterable<Finding> {
  const byName = new Map(model.components.map((component) => [component.name, component]));
  for (const component of model.components) {
    const references = component.properties.filter(usesStore);
    for (const property of component.properties) yield* propertyRules(model, component, property);
    const [first] = references;
    if (component.secretStore === '') {
      if (first) {
        yield {
          severity: 'error',
          ...placeOfProperty(model, component, first),
          message: `setting ${first.name} has secretKeyRef, and the component names no store to read it from`,
          hint: 'add auth.secretStore with the name of a secret store component',
        };
      }
      continue;
    }
    const finding = storeOf(model, component, byName, first !== undefined);
    if (finding) yield { ...finding, ...placeIn(model, component, ['auth', 'secretStore']) };
  }
}

/** An explicit value beside envRef wins over it; envRef beats secretKeyRef. */
function usesStore({ value, envRef, secretKeyRef }: ComponentProperty): boolean {
  return (value !== undefined || envRef === undefined) && secretKeyRef !== undefined && secretKeyRef.name !== '';
}

function* propertyRules(model: Model, component: Component, property: ComponentProperty): Iterable<Finding> {
  const { name, value, envRef, secretKeyRef } = property;
  const place = placeOfProperty(model, component, property);
  if (secretKeyRef && secretKeyRef.name === '') {
    yield {
      severity: 'error',
      ...place,
      message: `secretKeyRef of setting ${name} names no secret`,
      hint: 'give it name, and key where the secret has several',
    };
  }
  if (envRef !== undefined && value !== undefined) {
    yield {
      severity: 'warning',
      ...place,
      message: `setting ${name} has value and envRef: the value wins`,
      hint: 'keep one of them',
    };
  } else if (envRef !== undefined && secretKeyRef) {
    yield {
      severity: 'warning',
      ...place,
      message: `setting ${name} has envRef and secretKeyRef: envRef wins`,
      hint: 'keep one of them',
    };
  } else if (value !== undefined && secretKeyRef) {
    yield {
      severity: 'note',
      ...place,
      message: `setting ${name} has value and secretKeyRef: the value stands in when the secret can't be read`,
    };
  }
  if (envRef === undefined || value !== undefined) return;
  if (!isEnvRefAllowed(envRef, model.environment.DAPR_ENV_KEYS)) {
    const upper = envRef.toUpperCase();
    const never = upper === 'APP_API_TOKEN' || upper.startsWith('DAPR_');
    const hint = never
      ? 'DAPR_* and APP_API_TOKEN are never given to components: choose another variable'
      : 'it is not in the list of DAPR_ENV_KEYS, or holds a space';
    yield {
      severity: 'error',
      ...place,
      message: `setting ${name} may not take environment variable ${envRef} and stays empty`,
      hint,
    };
  } else if (model.environment[envRef] === undefined) {
    yield { severity: 'note', ...place, message: `environment variable ${envRef} of setting ${name} is not set here` };
  }
}

/** What is wrong with the store a component reads from; the place is the caller's. */
function storeOf(
  model: Model,
  component: Component,
  byName: ReadonlyMap<string, Component>,
  isUsed: boolean,
): Pick<Finding, 'severity' | 'message' | 'hint'> | undefined {
  const name = component.secretStore;
  const store = byName.get(name);
  if (!isUsed) return undefined;
  if (store === undefined) {
    const names = model.components
      .filter(isStore)
      .map((candidate) => candidate.name)
      .filter((candidate) => candidate !== component.name);
    const nearest = nearestOf(name, names);
    const list = names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}`;
    const hint = nearest === undefined ? `name a secret store component; ${list}` : `did you mean ${nearest}?`;
    return { severity: 'error', message: `no component is named ${name}: this one would wait for it for ever`, hint };
  }
  if (!isStore(store)) {
    return {
      severity: 'error',
      message: `${name} is not a secret store but a ${store.type}`,
      hint: 'name a component of type secretstores.…',
    };
  }
  const circle = circleFrom(component, byName);
  if (circle?.length === 1) {
    return {
      severity: 'error',
      message: `${name} reads its own settings from itself and can never start`,
      hint: 'keep them in another store, or take them by envRef',
    };
  }
  if (circle) {
    const path = [...circle, circle[0] as string].join(' → ');
    return {
      severity: 'error',
      message: `the stores wait for each other and none can start: ${path}`,
      hint: 'let one of them take its settings by envRef',
    };
  }
  const strangers =
    store.scopes.length === 0
      ? []
      : component.scopes.length === 0
        ? ['every application']
        : component.scopes.filter((scope) => !store.scopes.includes(scope));
  if (strangers.length > 0) {
    return {
      severity: 'warning',
      message: `${component.name} is for ${strangers.join(', ')}, and its store ${name} only for ${store.scopes.join(', ')}`,
      hint: 'give both the same scopes: where the store is not loaded, this component waits for ever',
    };
  }
  return undefined;
}

/** Names along auth.secretStore from a component back to itself. */
function circleFrom(component: Component, byName: ReadonlyMap<string, Component>): string[] | undefined {
  const path = [component.name];
  let next = byName.get(component.secretStore);
  while (next?.properties.some(usesStore)) {
    if (next.name === component.name) return path;
    if (path.includes(next.name)) return undefined;
    path.push(next.name);
    next = byName.get(next.secretStore);
  }
  return undefined;
}
