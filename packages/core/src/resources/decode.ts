import { compareUtf8, goJson } from '../driver/go-json.ts';
import { nearestOf } from '../driver/index.ts';
import { YamlError, type YamlMap, type YamlValue } from './yaml-document.ts';
import { keyTextOf, meaningOf, textOf } from './yaml-scalars.ts';

/** Told of what a document has and nothing reads. */
export type Notice = (at: YamlValue, field: string, message: string, hint?: string) => void;

/** A value of the wrong shape. The message names the member, never the value. */
export function shapeError(field: string, value: YamlValue, expected: string): YamlError {
  const given = value.kind === 'scalar' ? kindOfScalar(value) : value.kind;
  return new YamlError(`${field || 'the document'} is a ${given}, not ${expected}`, value, field);
}

function kindOfScalar(value: YamlValue & { kind: 'scalar' }): string {
  const { kind } = meaningOf(value);
  return kind === 'text' ? 'string' : kind === 'int' || kind === 'float' ? 'number' : kind;
}

export function isNull(value: YamlValue | undefined): boolean {
  return value === undefined || (value.kind === 'scalar' && meaningOf(value).kind === 'null');
}

/** Says that a member is not known, with the nearest name that is. */
export function noticeUnknown(notice: Notice | undefined, at: YamlValue, field: string, names: readonly string[]): void {
  const nearest = nearestOf(field.slice(field.lastIndexOf('.') + 1), names);
  notice?.(
    at,
    field,
    `${field} is not a known member and is ignored`,
    nearest === undefined ? undefined : `did you mean ${nearest}?`,
  );
}

/**
 * The members of a map by the names the reference knows, which ignore case; of several spellings the last in byte order
 * wins, as it does in Go's JSON decoder. Null and absent are the same. The others are ignored, but have to have a JSON
 * form: no infinity, no null as a name.
 */
export function membersOf<Name extends string>(
  value: YamlValue | undefined,
  path: string,
  names: readonly Name[],
  notice?: Notice,
): Partial<Record<Name, YamlValue>> {
  if (value === undefined || isNull(value)) return {};
  if (value.kind !== 'map') throw shapeError(path, value, 'a map');
  const known = new Map(names.map((name) => [name.toLowerCase(), name]));
  const members: Partial<Record<Name, YamlValue>> = {};
  for (const [key, member] of lastOfEach(value, path, notice)) {
    const name = known.get(key.toLowerCase());
    if (name === undefined) {
      const field = joinPath(path, key);
      plainOf(member, field);
      noticeUnknown(notice, member, field, names);
    } else if (!isNull(member)) members[name] = member;
  }
  return members;
}

/** Members by the text of their key, in byte order of the keys; of equal keys the last counts. */
export function lastOfEach(map: YamlMap, path = '', notice?: Notice): [string, YamlValue][] {
  const members = new Map<string, YamlValue>();
  for (const [key, value] of map.entries) {
    const name = keyTextOf(key);
    const field = joinPath(path, name);
    if (members.has(name)) notice?.(value, field, `${field} is given twice, and the last one counts`, 'keep one of them');
    members.set(name, value);
  }
  return [...members].sort(([a], [b]) => compareUtf8(a, b));
}

export function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** A scalar as text, coerced; `fallback` when absent. Maps and lists are refused. */
export function stringOf(value: YamlValue | undefined, path: string, fallback = ''): string {
  if (value === undefined) return fallback;
  if (value.kind !== 'scalar') throw shapeError(path, value, 'a string');
  return textOf(meaningOf(value));
}

/** True or false as YAML 1.1 spells them; a quoted word is a string and refused. */
export function booleanOf(value: YamlValue | undefined, path: string, fallback: boolean): boolean {
  if (value === undefined || isNull(value)) return fallback;
  const meaning = value.kind === 'scalar' ? meaningOf(value) : undefined;
  if (meaning?.kind !== 'bool') throw shapeError(path, value, 'true or false without quotes');
  return meaning.value;
}

/** Text where the reference coerces nothing: only strings, and null as the empty string. */
export function strictStringOf(value: YamlValue | undefined, path: string): string {
  if (value === undefined || isNull(value)) return '';
  const meaning = value.kind === 'scalar' ? meaningOf(value) : undefined;
  if (meaning?.kind !== 'text') throw shapeError(path, value, 'a string: put it in quotes');
  return meaning.value;
}

export function listOf<Item>(
  value: YamlValue | undefined,
  path: string,
  itemOf: (item: YamlValue, path: string) => Item,
): Item[] {
  if (value === undefined || isNull(value)) return [];
  if (value.kind !== 'list') throw shapeError(path, value, 'a list');
  return value.items.map((item, index) => itemOf(item, `${path}[${index}]`));
}

export function stringMapOf(value: YamlValue | undefined, path: string): Record<string, string> {
  if (value === undefined || isNull(value)) return {};
  if (value.kind !== 'map') throw shapeError(path, value, 'a map');
  return Object.fromEntries(lastOfEach(value).map(([name, member]) => [name, stringOf(member, joinPath(path, name))]));
}

/** Any value as the text a property gets: a string as it is, null as undefined, the rest as compact JSON. */
export function propertyTextOf(value: YamlValue, path: string): string | undefined {
  if (value.kind === 'scalar') {
    const meaning = meaningOf(value);
    if (meaning.kind === 'null') return undefined;
    if (meaning.kind === 'text') return meaning.value;
  }
  return goJson(plainOf(value, path));
}

function plainOf(value: YamlValue, path: string): unknown {
  switch (value.kind) {
    case 'list':
      return value.items.map((item, index) => plainOf(item, `${path}[${index}]`));
    case 'map': {
      const plain: Record<string, unknown> = Object.create(null);
      for (const [name, member] of lastOfEach(value)) plain[name] = plainOf(member, joinPath(path, name));
      return plain;
    }
    case 'scalar': {
      const meaning = meaningOf(value);
      if (meaning.kind === 'null') return null;
      if (meaning.kind === 'float' && !Number.isFinite(meaning.value)) throw shapeError(path, value, 'a finite number');
      return meaning.value;
    }
  }
}
