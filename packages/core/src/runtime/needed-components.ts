import type { Component } from '../resources/types.ts';

/** The components of these names, each after the stores that its references read. Names that nothing has are left out. */
export function neededComponents(components: readonly Component[], names: readonly string[]): readonly Component[] {
  const byName = new Map(components.map((component) => [component.name, component]));
  const seen = new Set<Component>();
  const needed: Component[] = [];
  const visit = (name: string): void => {
    const component = byName.get(name);
    if (component === undefined || seen.has(component)) return;
    seen.add(component);
    visit(component.secretStore);
    needed.push(component);
  };
  for (const name of names) visit(name);
  return needed;
}
