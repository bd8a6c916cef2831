import type { Resiliency } from './types.ts';

export interface ResiliencyChange {
  readonly name: string;
  readonly event: 'CREATED' | 'UPDATED' | 'DELETED';
}

/** What has become of the resources, by name. Empty when the same policies are in force, in the same order. */
export function resiliencyChanges(before: readonly Resiliency[], after: readonly Resiliency[]): readonly ResiliencyChange[] {
  const [old, current] = [contentsOf(before), contentsOf(after)];
  const gone = [...old.keys()].filter((name) => !current.has(name));
  const changed = [...current].filter(([name, content]) => old.get(name) !== content);
  const changes = [
    ...gone.map((name) => ({ name, event: 'DELETED' as const })),
    ...changed.map(([name]) => ({ name, event: old.has(name) ? ('UPDATED' as const) : ('CREATED' as const) })),
  ];
  if (changes.length > 0) return changes;
  // Later resources overrule earlier ones, so their order counts.
  const moved = after.find(({ name }, at) => name !== before[at]?.name);
  return moved === undefined ? [] : [{ name: moved.name, event: 'UPDATED' }];
}

/** Where a resource stands in its file does not count. */
function contentsOf(resiliencies: readonly Resiliency[]): ReadonlyMap<string, string> {
  const plain = (_: string, value: unknown) => (value instanceof Map ? [...value] : value);
  return new Map(resiliencies.map(({ source: _, ...content }) => [content.name, JSON.stringify(content, plain)]));
}
