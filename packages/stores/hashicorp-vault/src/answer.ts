import { type DriverDialect, jsonMembers, jsonText, type SecretTable, type SecretValues, secretTable } from '@coffer/core/driver';

/** One secret as the server sent it. */
export interface SecretText {
  /** Source text of the map of values; undefined when the answer has none. */
  readonly data: string | undefined;
  readonly version: string | undefined;
  /** Milliseconds since the epoch at which the server deletes this version. */
  readonly expiresAt: number | undefined;
}

/** What an answer holds can't be understood. The message is the reference's and quotes nothing of the answer. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

/** The secret in an answer to a read. Fails with `UnreadableAnswer` when it is not JSON. */
export function secretOf(text: string, engineVersion: '1' | '2'): SecretText {
  const answer = objectOf(text).get('data');
  if (engineVersion === '1') return { data: answer, version: undefined, expiresAt: undefined };
  const secret = answer === undefined ? undefined : jsonMembers(answer);
  const metadata = jsonMembers(secret?.get('metadata') ?? '');
  const version = metadata?.get('version');
  const deletion = Date.parse(jsonText(metadata?.get('deletion_time') ?? ''));
  return {
    data: secret?.get('data'),
    version: version !== undefined && /^\d+$/.test(version) ? version : undefined,
    expiresAt: Number.isNaN(deletion) ? undefined : deletion,
  };
}

/**
 * The map of values, null for null or for none. Null in it is empty text; what else is no text is its JSON text, or fails with
 * `UnreadableAnswer`, as the dialect says.
 */
export function valuesOf(
  data: string | undefined,
  nonStrings: DriverDialect['hashicorpVault']['nonStringValues'],
): SecretValues | null {
  if (data === undefined || data === 'null') return null;
  const members = jsonMembers(data);
  if (members === undefined) throw wrongKind(data, ' of type map[string]string');
  const values: SecretTable<string> = secretTable();
  for (const [key, source] of members) {
    const isText = source.startsWith('"') || source === 'null';
    if (!isText && nonStrings === 'error') throw wrongKind(source, ' of type string');
    values[key] = source === 'null' ? '' : jsonText(source);
  }
  return values;
}

/** The names in an answer to a list; those of folders end in a slash. Fails with `UnreadableAnswer`. */
export function keysOf(text: string): readonly string[] {
  objectOf(text);
  const { data } = JSON.parse(text) as { data?: { keys?: unknown } | null };
  const keys = data?.keys ?? [];
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== 'string'))
    throw new UnreadableAnswer('data.keys is no list of names');
  return keys;
}

function objectOf(text: string): ReadonlyMap<string, string> {
  const members = jsonMembers(text);
  if (members === undefined) throw new UnreadableAnswer('the answer is not a JSON object');
  return members;
}

function wrongKind(source: string, wanted: string): UnreadableAnswer {
  const first = source.charAt(0);
  const kind = { '[': 'array', '{': 'object', '"': 'string', t: 'bool', f: 'bool' }[first] ?? 'number';
  return new UnreadableAnswer(`json: cannot unmarshal ${kind} into Go struct field .data.data${wanted}`);
}
