import type { Component } from '../resources/types.ts';

/** The components of these names, and the stores that their references read, and theirs; in the given order. */
export function neededComponents(components: readonly Component[], names: readonly string[]): readonly Component[] {
  const byName = new Map(components.map((component) => [component.name, component]));
  const needed = new Set<Component>();
  const wanted = [...names];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const component = byName.get(name);
    if (component === undefined || needed.has(component)) continue;
    needed.add(component);
    wanted.push(component.secretStore);
  }
  return components.filter((component) => needed.has(component));
}
