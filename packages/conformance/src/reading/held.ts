import { Feature, type SecretValues, secretTable } from '@coffer/core/driver';
import { type CheckContext, freshValue } from '../check-context.ts';

/**
 * Values that the backend holds under this name: one, under the secret's own name, or where a secret has keys of its own and
 * takes no such key, under a plain one. Undefined when it refuses the name.
 */
export function heldValues(
  { backend, definition }: CheckContext,
  name: string,
  value: string = freshValue(),
): SecretValues | undefined {
  const keys = definition.features.includes(Feature.multipleKeyValuesPerSecret) ? [name, 'value'] : [name];
  return keys.map((key) => secretTable([[key, value]])).find((values) => backend.refuses?.(name, values) === undefined);
}

/** Puts those of the names that the backend holds. Gives what it put, by name. */
export async function seedHeld(context: CheckContext, names: readonly string[]): Promise<ReadonlyMap<string, SecretValues>> {
  const held = new Map<string, SecretValues>();
  for (const name of names) {
    const values = heldValues(context, name);
    if (values === undefined) continue;
    held.set(name, values);
    await context.seed({ name, values });
  }
  return held;
}
