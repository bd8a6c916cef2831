import { parseGoDuration } from '../driver/index.ts';
import { isNull, joinPath, type Notice, noticeUnknown, shapeError } from './decode.ts';
import type { YamlMap, YamlScalar, YamlValue } from './yaml-document.ts';
import { meaningOf } from './yaml-scalars.ts';

type ScalarShape = 'string' | 'boolean' | 'integer' | 'duration';
/**
 * What a member of a Configuration may be. Null clears a value, but leaves a scalar without `?` and a `required` object as
 * they are.
 */
export type Shape =
  | 'any'
  | ScalarShape
  | `${ScalarShape}?`
  | { readonly list: Shape }
  | { readonly mapOf: 'string' }
  | { readonly members: Members; readonly required?: true };
export interface Members {
  readonly [name: string]: Shape;
}
export type Decoded = string | boolean | number | null | readonly Decoded[] | DecodedRecord;
export interface DecodedRecord {
  readonly [name: string]: Decoded;
}

const wordMap = (yes: readonly string[], no: readonly string[]): ReadonlyMap<string, boolean> =>
  new Map([...yes.map((word) => [word, true] as const), ...no.map((word) => [word, false] as const)]);
const WORDS = wordMap(['true', 'True', 'TRUE'], ['false', 'False', 'FALSE']);
/** Accepted where a boolean is expected, quoted or not; elsewhere they are text. */
const OLD_WORDS = wordMap(['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'], ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']);

/**
 * Decodes a value on top of what earlier files gave: maps merge member by member, lists are replaced, null clears
 * (undefined). Member names keep their case; numbers and booleans are accepted as text. Fails with `YamlError` on a wrong
 * shape.
 */
export function decodeOnto(
  previous: Decoded | undefined,
  value: YamlValue,
  shape: Shape,
  path: string,
  notice: Notice,
): Decoded | undefined {
  if (isNull(value)) return keepsOnNull(shape) ? previous : undefined;
  if (shape === 'any') return plainOf(value);
  if (typeof shape === 'string') return scalarOf(value, shape.replace('?', '') as ScalarShape, path);
  if ('list' in shape) {
    if (value.kind !== 'list') throw shapeError(path, value, 'a list');
    const items = value.items.map((item, index) => decodeOnto(undefined, item, shape.list, `${path}[${index}]`, notice));
    return items.filter((item) => item !== undefined);
  }
  if (value.kind !== 'map') throw shapeError(path, value, 'a map');
  if ('mapOf' in shape) return { ...recordOf(previous), ...textsOf(value, path) };
  return membersOnto(recordOf(previous), value, shape.members, path, notice);
}

function keepsOnNull(shape: Shape): boolean {
  if (typeof shape === 'string') return shape !== 'any' && !shape.endsWith('?');
  return 'required' in shape;
}

function membersOnto(previous: DecodedRecord, map: YamlMap, members: Members, path: string, notice: Notice): DecodedRecord {
  const decoded: Record<string, Decoded> = { ...previous };
  for (const [{ text: name }, value] of map.entries) {
    const field = joinPath(path, name);
    const shape = Object.hasOwn(members, name) ? members[name] : undefined;
    if (shape === undefined) {
      noticeUnknown(notice, value, field, Object.keys(members));
      continue;
    }
    const result = decodeOnto(decoded[name], value, shape, field, notice);
    if (result === undefined) delete decoded[name];
    else decoded[name] = result;
  }
  return decoded;
}

function scalarOf(value: YamlValue, shape: ScalarShape, path: string): Decoded {
  const expected = { string: 'a string', boolean: 'true or false', integer: 'a whole number', duration: 'a duration such as 5s' };
  const decoded = value.kind === 'scalar' ? SCALARS[shape](value) : undefined;
  if (decoded === undefined) throw shapeError(path, value, expected[shape]);
  return decoded;
}

const SCALARS: Readonly<Record<ScalarShape, (value: YamlScalar) => Decoded | undefined>> = {
  string: textOf,
  boolean: ({ text, plain }) => (plain ? WORDS.get(text) : undefined) ?? OLD_WORDS.get(text),
  integer: (value) => {
    const meaning = meaningOf(value);
    return meaning.kind === 'int' || meaning.kind === 'float' ? Math.trunc(Number(meaning.value)) : undefined;
  },
  duration: ({ text }) => (parseGoDuration(text) === undefined ? undefined : text),
};

/** The text as written; only `!!binary` is decoded. */
function textOf(value: YamlScalar): string {
  const meaning = value.tag.endsWith(':binary') ? meaningOf(value) : undefined;
  return meaning?.kind === 'text' ? meaning.value : value.text;
}

function textsOf(map: YamlMap, path: string): DecodedRecord {
  const texts = map.entries.map(([{ text: name }, value]): [string, Decoded] => {
    return [name, isNull(value) ? '' : scalarOf(value, 'string', joinPath(path, name))];
  });
  return Object.fromEntries(texts);
}

export function recordOf(value: Decoded | undefined): DecodedRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as DecodedRecord) : {};
}

function plainOf(value: YamlValue): Decoded {
  switch (value.kind) {
    case 'list':
      return value.items.map(plainOf);
    case 'map':
      return Object.fromEntries(value.entries.map(([key, member]) => [key.text, plainOf(member)]));
    case 'scalar':
      if (isNull(value)) return null;
      return (value.plain ? WORDS.get(value.text) : undefined) ?? value.text;
  }
}
