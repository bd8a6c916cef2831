import { SecretStoreError } from '@coffer/core/driver';
import { JSONPathEnvironment, JSONPathError } from 'json-p3';

/** A value in a document, and the way to it: names of members and indices. */
export interface JsonNode {
  readonly value: unknown;
  readonly location: readonly (string | number)[];
}

/** A JSONPath, compiled. */
export interface JsonPath {
  /** The setting that it is. */
  readonly setting: string;
  /** What it finds in a value, in the order of the document. */
  find(value: unknown): readonly JsonNode[];
}

const environment = new JSONPathEnvironment();
// A pattern of the service's, or one of ours on a text of the service's, could hold up the whole process.
for (const name of ['match', 'search']) environment.functionRegister.delete(name);

/** Reads the text of a setting as RFC 9535 has it. Fails with `invalid_argument`, and says where it is wrong. */
export function jsonPathOf(setting: string, text: string): JsonPath {
  try {
    const query = environment.compile(text);
    return { setting, find: (value) => query.query(value as Parameters<typeof query.query>[0]).nodes };
  } catch (cause) {
    if (!(cause instanceof JSONPathError)) throw cause;
    const hint = 'write it as RFC 9535 does, such as $.data.value; match and search are not available';
    const detail = `setting ${setting} is no JSONPath: ${cause.message}`;
    throw new SecretStoreError('invalid_argument', detail, { operation: 'init', hint });
  }
}
