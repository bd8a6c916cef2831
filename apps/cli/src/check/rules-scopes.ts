import { nearestOf } from '@coffer/core/driver';
import type { Finding } from './finding.ts';
import { isStore, type Model, placeIn } from './model.ts';

/** spec.secrets.scopes of the Configuration against the stores there are. */
export function* scopeRules(model: Model): Iterable<Finding> {
  const { configuration, components } = model;
  if (configuration === undefined) return;
  const stores = components.filter(isStore);
  const names = new Set(stores.map(({ name }) => name));
  const scopes = new Map(configuration.secretScopes.map((scope) => [scope.storeName, scope]));
  for (const [index, { storeName, allowedSecrets, deniedSecrets }] of configuration.secretScopes.entries()) {
    const place = model.scopePlaces[index] ?? { file: configuration.files.at(-1) ?? '' };
    // Without any store only the Configuration was asked for.
    if (names.size > 0 && !names.has(storeName)) {
      const nearest = nearestOf(storeName, names);
      const hint =
        nearest === undefined
          ? 'remove the scope, or add the store'
          : `did you mean ${nearest}? As written, these rules guard nothing`;
      yield {
        severity: 'warning',
        ...place,
        message: `the scope names store ${storeName}, and no component has this name`,
        hint,
      };
    }
    if (allowedSecrets.length > 0 && deniedSecrets.length > 0) {
      yield {
        severity: 'warning',
        ...place,
        message: 'deniedSecrets has no effect: allowedSecrets alone decides',
        hint: 'delete deniedSecrets',
      };
    }
  }
  for (const store of stores) {
    const scope = scopes.get(store.name);
    const isGuarded =
      scope && (scope.defaultAccess === 'deny' || scope.allowedSecrets.length > 0 || scope.deniedSecrets.length > 0);
    // One that can't start gives nothing away.
    if (isGuarded || !model.definitions.has(store)) continue;
    yield {
      severity: 'note',
      ...placeIn(model, store, ['metadata', 'name']),
      message: `every secret of ${store.name} may be read by the application: no scope limits it`,
      hint: `name it under spec.secrets.scopes of a Configuration${configuration.files.length === 0 ? ', and give that file with --config' : ''}`,
    };
  }
}
