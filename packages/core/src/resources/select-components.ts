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
  /** Components of denied types, and a warning for each. */
  readonly denied: readonly Component[];
  readonly warnings: readonly string[];
  /** One text for each component whose name an earlier one has. */
  readonly duplicates: readonly string[];
  /** Those components. */
  readonly repeated: readonly Component[];
}

/** Which components concern this application. The order of the rules matters: duplicates are looked for before scopes. */
export function selectComponents(components: readonly Component[], rules: SelectionRules): Selection {
  const kept: Component[] = [];
  const byName = new Map<string, Component>();
  const repeated: Component[] = [];
  const duplicates: string[] = [];
  for (const component of components) {
    const { name, namespace, scopes } = component;
    if (rules.namespace !== '' && namespace !== '' && namespace !== rules.namespace) continue;
    const existing = byName.get(name);
    if (existing) {
      repeated.push(component);
      duplicates.push(`duplicate definition of Component name ${logNameOf(component)} with existing ${logNameOf(existing)}`);
      continue;
    }
    if (scopes.length > 0 && !scopes.includes(rules.appId)) continue;
    byName.set(name, component);
    kept.push(component);
  }

  const rejected = rules.denied.map((entry) => entry.split('/')).filter(([type, , more]) => type !== '' && more === undefined);
  const isDenied = ({ type, version }: Component): boolean =>
    rejected.some(([deniedType, deniedVersion = '']) => deniedType === type && ['', version].includes(deniedVersion));
  const candidates = rules.denied.length === 0 ? kept : kept.filter(({ type, version }) => type !== '' && version !== '');
  const denied = candidates.filter(isDenied);
  const warnings = denied.map((component) => {
    const logName = logNameOf(component);
    return `component '${component.name}' cannot be loaded because components of type '${logName}' are not allowed`;
  });
  return { selected: candidates.filter((component) => !isDenied(component)), denied, warnings, duplicates, repeated };
}
