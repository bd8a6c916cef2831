import {
  type BulkSecretData,
  type DriverDialect,
  type SecretChange,
  type SecretData,
  SecretStoreError,
  type SecretValues,
  secretTable,
} from '@coffer/core/driver';
import { CollidingPaths, flatten, groupByTop } from './flatten.ts';
import type { LocalFileMetadata } from './metadata.ts';
import type { JsonObject } from './parse-json.ts';

/** The secrets of a file. Answers are shared between calls and must not be changed. */
export interface Content {
  readonly secrets: ReadonlyMap<string, SecretData>;
  readonly all: BulkSecretData;
}

/** Fails with `invalid_argument` when two entries of the file would be one secret. */
export function contentOf(root: JsonObject, metadata: LocalFileMetadata, dialect: DriverDialect['localFile']): Content {
  const rules = { separator: metadata.nestedSeparator || ':', collidingPaths: dialect.collidingPaths };
  try {
    const values = metadata.multiValued
      ? groupByTop(root, { ...rules, scalars: dialect.multiValuedScalars })
      : new Map([...flatten(root, rules)].map(([name, value]) => [name, secretTable([[name, value]])]));
    return {
      secrets: new Map([...values].map(([name, data]) => [name, { data }])),
      all: { data: secretTable(values) },
    };
  } catch (cause) {
    if (!(cause instanceof CollidingPaths)) throw cause;
    throw new SecretStoreError('invalid_argument', `${metadata.secretsFile}: ${cause.message}`, {
      operation: 'init',
      hint: `rename one of them, or set nestedSeparator to something other than "${rules.separator}"`,
      cause,
    });
  }
}

/** What has become of each secret. */
export function changesBetween(before: Content, after: Content): SecretChange[] {
  const gone = [...before.secrets.keys()].filter((name) => !after.secrets.has(name));
  const changed = [...after.secrets].filter(([name, { data }]) => !isEqual(before.secrets.get(name)?.data, data));
  return [
    ...gone.map((name): SecretChange => ({ name, kind: 'removed' })),
    ...changed.map(([name]): SecretChange => ({ name, kind: 'changed' })),
  ];
}

function isEqual(one: SecretValues | null | undefined, other: SecretValues | null): boolean {
  if (!one || !other) return false;
  const keys = Object.keys(other);
  return Object.keys(one).length === keys.length && keys.every((key) => one[key] === other[key]);
}
