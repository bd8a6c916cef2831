import type { SecretValues } from '@coffer/core/driver';
import { secretTable } from '@coffer/core/driver';

/** A JSON value whose numbers are still the text of the file, so that no digit is lost. */
export type JsonValue = string | JsonText | null | boolean | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** An object or an array: something with values below it. */
export type JsonTree = readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** The text of a number as the file writes it. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Two paths of a file that give one name. */
export class CollidingPaths extends Error {
  override readonly name = 'CollidingPaths';
  readonly path: string;
  constructor(path: string) {
    super(`two entries of the file have the name ${path}`);
    this.path = path;
  }
}

export interface FlattenRules {
  readonly separator: string;
  readonly collidingPaths: 'error' | 'first';
}

/** Every value below an object by its joined path; array items by their index. Fails with `CollidingPaths`. */
export function flatten(root: JsonTree, rules: FlattenRules): Map<string, string> {
  const values = new Map<string, string>();
  // An explicit stack: a file may be nested deeper than calls may be.
  const stack: [path: string, value: JsonValue][] = childrenOf('', root, rules.separator, true);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [path, value] = next;
    if (value !== null && typeof value === 'object' && !(value instanceof JsonText)) {
      stack.push(...childrenOf(path, value, rules.separator, false));
    } else if (!values.has(path)) {
      values.set(path, textOf(value));
    } else if (rules.collidingPaths === 'error') {
      throw new CollidingPaths(path);
    }
  }
  return values;
}

/** Last first, so that the stack gives them in the order of the file. */
function childrenOf(path: string, value: JsonTree, separator: string, isRoot: boolean): [string, JsonValue][] {
  return Object.entries(value)
    .map(([name, child]): [string, JsonValue] => [(isRoot ? '' : path + separator) + name.toWellFormed(), child])
    .reverse();
}

/** Strings as they are, everything else as its JSON text. */
export function textOf(value: string | JsonText | null | boolean): string {
  return value instanceof JsonText ? value.text : String(value);
}

/** A multi-valued file: every object at the top is one secret. */
export function groupByTop(
  root: { readonly [name: string]: JsonValue },
  rules: FlattenRules & { readonly scalars: 'kept' | 'dropped' },
): Map<string, SecretValues> {
  const secrets = new Map<string, SecretValues>();
  for (const [name, value] of Object.entries(root)) {
    const isTree = value !== null && typeof value === 'object' && !(value instanceof JsonText);
    if (typeof value !== 'string' && !(isTree && !Array.isArray(value)) && rules.scalars === 'dropped') continue;
    secrets.set(name.toWellFormed(), secretTable(isTree ? flatten(value, rules) : [[name.toWellFormed(), textOf(value)]]));
  }
  return secrets;
}
