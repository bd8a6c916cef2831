import { type Component, selectComponents } from '@coffer/core';
import { OTHER_CATEGORIES } from '@coffer/core/internal';
import type { Finding } from './finding.ts';
import { isStore, type Model, placeIn, shortPlace } from './model.ts';

/** Names that are taken, empty names, types of no building block, and components that no runtime would load. */
export function* componentRules(model: Model): Iterable<Finding> {
  const first = new Map<string, Component>();
  const ours = model.environment.NAMESPACE ?? '';
  for (const component of model.components) {
    const { name, type, namespace } = component;
    const place = placeIn(model, component, ['metadata', 'name']);
    if (name === '') {
      yield { severity: 'error', ...place, message: 'the component has no name', hint: 'give it metadata.name' };
    }
    // Of another namespace than this process's it is not even looked at.
    const isElsewhere = ours !== '' && namespace !== '' && namespace !== ours;
    const twin = isElsewhere ? undefined : first.get(name);
    if (twin !== undefined) {
      const where = shortPlace(placeIn(model, twin, ['metadata', 'name']));
      const hint =
        twin.namespace === namespace
          ? 'names are unique over all resource directories: rename one of them'
          : 'rename one of them, or choose one namespace with the environment variable NAMESPACE';
      yield { severity: 'error', ...place, message: `component name ${name} is taken by ${where}`, hint };
    } else if (!isElsewhere) first.set(name, component);
    if (!isStore(component)) yield otherKind(model, component, type);
    if (model.configuration) yield* denied(model, component, model.configuration.deniedComponents);
  }
}

function otherKind(model: Model, component: Component, type: string): Finding {
  const place = placeIn(model, component, ['spec', 'type']);
  if (OTHER_CATEGORIES.some((category) => type.startsWith(category))) {
    return {
      severity: 'note',
      ...place,
      message: `${type} is not a secret store: Coffer checks its references and does not serve it`,
    };
  }
  const message = type === '' ? 'the component has no type' : `type ${type} belongs to no building block`;
  const lower = type.toLowerCase();
  const hint =
    type !== lower && lower.startsWith('secretstores.')
      ? `write it in lower case: ${lower}`
      : 'types of secret stores start with secretstores., as in secretstores.local.file';
  return { severity: 'error', ...place, message, hint };
}

function* denied(model: Model, component: Component, list: readonly string[]): Iterable<Finding> {
  const rules = { appId: component.scopes[0] ?? model.appId, namespace: '', denied: list };
  if (selectComponents([component], rules).selected.length > 0) return;
  if (component.version === '') {
    const message = 'the component has no version and is left out, because the Configuration has spec.components.deny';
    yield { severity: 'warning', ...placeIn(model, component, ['spec', 'type']), message, hint: 'give it spec.version: v1' };
  } else {
    const message = `the Configuration denies ${component.type}: the component is left out`;
    yield {
      severity: 'warning',
      ...placeIn(model, component, ['spec', 'type']),
      message,
      hint: 'take it from spec.components.deny, or delete the component',
    };
  }
}
