import {
  type BulkSecretData,
  type SecretChange,
  type SecretData,
  SecretStoreError,
  type SecretValues,
  secretTable,
} from '@coffer/core/driver';
import { CollidingPaths, type FileValue, flatten, groupByTop } from './flatten.ts';

/** The settings that every store of one file has. */
export interface FileMetadata {
  readonly secretsFile: string;
  /** Empty means `:`. */
  readonly nestedSeparator: string;
  readonly multiValued: boolean;
}

/** Where stores of files differ. */
export interface FileRules {
  /** Two paths that flatten to one name: a failure that names it, or the first one in the file wins. */
  readonly collidingPaths: 'error' | 'first';
  /** Multi-valued files: what stands at the top without keys of its own becomes secrets, or is left out. */
  readonly multiValuedScalars: 'kept' | 'dropped';
}

/** The secrets of a file. Answers are shared between calls, and frozen. */
export interface FileContent {
  readonly secrets: ReadonlyMap<string, SecretData>;
  readonly all: BulkSecretData;
}

/**
 * What a file holds as secrets, each with the version of the file when there is one. Fails with `invalid_argument` when two
 * entries of the file would be one secret.
 */
export function contentOf(
  root: ReadonlyMap<string, FileValue>,
  { secretsFile, nestedSeparator, multiValued }: FileMetadata,
  { collidingPaths, multiValuedScalars }: FileRules,
  version?: string,
): FileContent {
  const separator = nestedSeparator || ':';
  const rules = { separator, collidingPaths };
  try {
    const values: Map<string, SecretValues> = multiValued
      ? groupByTop(root, { ...rules, scalars: multiValuedScalars })
      : new Map([...flatten(root, rules)].map(([name, value]) => [name, secretTable([[name, value]])]));
    const known = version === undefined ? {} : { version };
    return {
      secrets: new Map([...values].map(([name, data]) => [name, { data: Object.freeze(data), ...known }])),
      all: { data: Object.freeze(secretTable(values)) },
    };
  } catch (cause) {
    if (!(cause instanceof CollidingPaths)) throw cause;
    throw new SecretStoreError('invalid_argument', `${secretsFile}: ${cause.message}`, {
      operation: 'init',
      hint: `rename one of them, or set nestedSeparator to something other than "${separator}"`,
      cause,
    });
  }
}

/** What has become of each secret. */
export function changesBetween(before: FileContent, after: FileContent): SecretChange[] {
  const gone = [...before.secrets.keys()].filter((name) => !after.secrets.has(name));
  const changed = [...after.secrets].filter(([name, { data }]) => !isEqual(before.secrets.get(name)?.data, data));
  return [
    ...gone.map((name): SecretChange => ({ name, kind: 'removed' })),
    ...changed.map(
      ([name, { version }]): SecretChange => ({ name, kind: 'changed', ...(version === undefined ? {} : { version }) }),
    ),
  ];
}

function isEqual(one: SecretValues | null | undefined, other: SecretValues | null): boolean {
  if (!one || !other) return false;
  const keys = Object.keys(other);
  return Object.keys(one).length === keys.length && keys.every((key) => one[key] === other[key]);
}
