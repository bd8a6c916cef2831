import { type SecretValues, secretTable } from '@coffer/core/driver';
import { type JsonObject, JsonText, type JsonValue } from './parse-json.ts';

/** Something with values below it. */
type JsonTree = Exclude<JsonValue, string | JsonText>;

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
export function flatten(root: JsonTree, { separator, collidingPaths }: FlattenRules): Map<string, string> {
  const values = new Map<string, string>();
  // An explicit stack: a file may be nested deeper than calls may be.
  const open: { prefix: string; children: IterableIterator<[number | string, JsonValue]> }[] = [
    { prefix: '', children: root.entries() },
  ];
  for (let tree = open.at(-1); tree !== undefined; tree = open.at(-1)) {
    const next = tree.children.next();
    if (next.done) {
      open.pop();
      continue;
    }
    const [name, value] = next.value;
    const path = `${tree.prefix}${name}`;
    if (isTree(value)) open.push({ prefix: path + separator, children: value.entries() });
    else if (!values.has(path)) values.set(path, textOf(value));
    else if (collidingPaths === 'error') throw new CollidingPaths(path);
  }
  return values;
}

/** A multi-valued file: every object at the top is one secret. Fails with `CollidingPaths`. */
export function groupByTop(
  root: JsonObject,
  rules: FlattenRules & { readonly scalars: 'kept' | 'dropped' },
): Map<string, SecretValues> {
  const secrets = new Map<string, SecretValues>();
  for (const [name, value] of root) {
    if (rules.scalars === 'dropped' && (value instanceof JsonText || Array.isArray(value))) continue;
    secrets.set(name, secretTable(isTree(value) ? flatten(value, rules) : [[name, textOf(value)]]));
  }
  return secrets;
}

function isTree(value: JsonValue): value is JsonTree {
  return typeof value !== 'string' && !(value instanceof JsonText);
}

/** Strings as they are, everything else as its JSON text. */
function textOf(value: string | JsonText): string {
  return typeof value === 'string' ? value : value.text;
}
