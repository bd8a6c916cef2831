import { type SecretValues, secretTable } from '@coffer/core/driver';

/** What a file holds below its top: in the order of the file, and in Maps, so that `__proto__` is a name as any other. */
export type FileTree = ReadonlyMap<string, FileValue> | readonly FileValue[];
/** A text, a number or the like as its text, or something with values below it. */
export type FileValue = string | { readonly text: string } | FileTree;

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

/** Every value below a tree by its joined path; array items by their index. Fails with `CollidingPaths`. */
export function flatten(root: FileTree, { separator, collidingPaths }: FlattenRules): Map<string, string> {
  const values = new Map<string, string>();
  // An explicit stack: a file may be nested deeper than calls may be.
  const open: { prefix: string; children: IterableIterator<[number | string, FileValue]> }[] = [
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

/** A multi-valued file: everything at the top with values below it is one secret. Fails with `CollidingPaths`. */
export function groupByTop(
  root: ReadonlyMap<string, FileValue>,
  rules: FlattenRules & { readonly scalars: 'kept' | 'dropped' },
): Map<string, SecretValues> {
  const secrets = new Map<string, SecretValues>();
  for (const [name, value] of root) {
    if (rules.scalars === 'kept' || isObjectOrText(value))
      secrets.set(name, secretTable(isTree(value) ? flatten(value, rules) : [[name, textOf(value)]]));
  }
  return secrets;
}

function isObjectOrText(value: FileValue): boolean {
  return typeof value === 'string' || value instanceof Map;
}

function isTree(value: FileValue): value is FileTree {
  return value instanceof Map || Array.isArray(value);
}

function textOf(value: string | { readonly text: string }): string {
  return typeof value === 'string' ? value : value.text;
}
