import { type Component, logNameOf } from './types.ts';

export interface SelectionRules {
  readonly appId: string;
  /** Environment variable NAMESPACE; empty: no filter. */
  readonly namespace: string;
  /** `spec.components.deny` of the Configuration: `type` or `type/version`. */
  readonly denied: readonly string[];
}

export interface Selection {
  readonly selected: readonly Component[];
  readonly warnings: readonly string[];
  /** One text for each component whose name an earlier one has. */
  readonly duplicates: readonly string[];
}

/** Which components concern this application. The order of the rules matters: duplicates are looked for before scopes. */
export function selectComponents(components: readonly Component[], rules: SelectionRules): Selection {
  const kept: Component[] = [];
  const byName = new Map<string, Component>();
  const duplicates: string[] = [];
  const warnings: string[] = [];
  for (const component of components) {
    const { name, namespace, scopes } = component;
    if (rules.namespace !== '' && namespace !== '' && namespace !== rules.namespace) continue;
    const existing = byName.get(name);
    if (existing) {
      duplicates.push(`duplicate definition of Component name ${logNameOf(component)} with existing ${logNameOf(existing)}`);
      continue;
    }
    if (scopes.length > 0 && !scopes.includes(rules.appId)) continue;
    byName.set(name, component);
    kept.push(component);
  }

  const denied = rules.denied.map((entry) => entry.split('/')).filter(([type, , more]) => type !== '' && more === undefined);
  const isDenied = ({ type, version }: Component): boolean =>
    denied.some(([deniedType, deniedVersion = '']) => deniedType === type && (deniedVersion === '' || deniedVersion === version));
  const selected = kept.filter((component) => {
    if (rules.denied.length === 0) return true;
    if (component.type === '' || component.version === '') return false;
    if (!isDenied(component)) return true;
    const logName = logNameOf(component);
    warnings.push(`component '${component.name}' cannot be loaded because components of type '${logName}' are not allowed`);
    return false;
  });
  return { selected, warnings, duplicates };
}
