import { nearestOf } from '../driver/index.ts';
import { compareUtf8, goJson } from '../go-json.ts';
import { YamlError, type YamlMap, type YamlValue } from './yaml-document.ts';
import { meaningOf, textOf } from './yaml-scalars.ts';

/** Told of a member that the document has and Coffer does not know. */
export type UnknownMember = (path: string, value: YamlValue, hint: string | undefined) => void;

/** A value of the wrong shape. The message names the member, never the value. */
export function shapeError(path: string, value: YamlValue, expected: string): YamlError {
  const given = value.kind === 'scalar' ? kindOfScalar(value) : value.kind;
  const where = path === '' ? 'the document' : path;
  return new YamlError(`line ${value.line}: ${where} is a ${given}, not ${expected}`, value.line, value.column);
}

function kindOfScalar(value: YamlValue & { kind: 'scalar' }): string {
  const { kind } = meaningOf(value);
  return kind === 'text' ? 'string' : kind === 'int' || kind === 'float' ? 'number' : kind;
}

export function isNull(value: YamlValue | undefined): boolean {
  return value === undefined || (value.kind === 'scalar' && meaningOf(value).kind === 'null');
}

/**
 * The members of a map by the names the reference knows, which ignore case; of several spellings the last in byte order
 * wins, as it does in Go's JSON decoder. Null and absent are the same.
 */
export function membersOf<Name extends string>(
  value: YamlValue | undefined,
  path: string,
  names: readonly Name[],
  unknown?: UnknownMember,
): Partial<Record<Name, YamlValue>> {
  if (value === undefined || isNull(value)) return {};
  if (value.kind !== 'map') throw shapeError(path, value, 'a map');
  const known = new Map(names.map((name) => [name.toLowerCase(), name]));
  const members: Partial<Record<Name, YamlValue>> = {};
  for (const [key, member] of lastOfEach(value)) {
    const name = known.get(key.toLowerCase());
    if (name === undefined) unknown?.(joinPath(path, key), member, nearestOf(key, names));
    else if (!isNull(member)) members[name] = member;
  }
  return members;
}

/** Members by the text of their key, in byte order of the keys; of equal keys the last counts. */
export function lastOfEach(map: YamlMap): [string, YamlValue][] {
  const members = new Map<string, YamlValue>();
  for (const [key, value] of map.entries) members.set(textOf(meaningOf(key)), value);
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

export function stringListOf(value: YamlValue | undefined, path: string): string[] {
  if (value === undefined || isNull(value)) return [];
  if (value.kind !== 'list') throw shapeError(path, value, 'a list');
  return value.items.map((item, index) => stringOf(item, `${path}[${index}]`));
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
