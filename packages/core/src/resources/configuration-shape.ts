import { nearestOf } from '../driver/index.ts';
import { joinPath, shapeError, type UnknownMember } from './decode.ts';
import type { YamlValue } from './yaml-document.ts';

/** What a member of a Configuration may be. */
export type Shape = 'string' | 'boolean' | 'integer' | 'any' | { readonly list: Shape } | { readonly members: Members };
export interface Members {
  readonly [name: string]: Shape;
}
export type Decoded = string | boolean | number | null | readonly Decoded[] | { readonly [name: string]: Decoded };

const NULL: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);
const WORDS: Readonly<Record<string, boolean>> = { true: true, True: true, TRUE: true, false: false, False: false, FALSE: false };
/** Accepted where a boolean is expected, quoted or not; elsewhere they are text. */
const OLD_WORDS: Readonly<Record<string, boolean>> = {
  y: true,
  Y: true,
  yes: true,
  on: true,
  n: false,
  N: false,
  no: false,
  off: false,
};

const isNull = (value: YamlValue): boolean => value.kind === 'scalar' && value.plain && NULL.has(value.text);

/**
 * Decodes a value on top of what earlier files gave: maps merge member by member, lists are replaced, null clears. Member
 * names keep their case; numbers and booleans are accepted as text. Fails with `YamlError` on a wrong shape.
 */
export function decodeOnto(
  previous: Decoded | undefined,
  value: YamlValue,
  shape: Shape,
  path: string,
  unknown: UnknownMember,
): Decoded | undefined {
  if (isNull(value)) return undefined;
  if (shape === 'any') return plainOf(value);
  if (shape === 'string') {
    if (value.kind !== 'scalar') throw shapeError(path, value, 'a string');
    return value.text;
  }
  if (shape === 'boolean') return booleanOf(value, path);
  if (shape === 'integer') {
    if (value.kind !== 'scalar' || !/^[-+]?\d+$/.test(value.text)) throw shapeError(path, value, 'a whole number');
    return Number(value.text);
  }
  if ('list' in shape) {
    if (value.kind !== 'list') throw shapeError(path, value, 'a list');
    return value.items.map((item, index) => decodeOnto(undefined, item, shape.list, `${path}[${index}]`, unknown) ?? null);
  }
  if (value.kind !== 'map') throw shapeError(path, value, 'a map');
  const decoded: Record<string, Decoded> = { ...(isRecord(previous) ? previous : {}) };
  for (const [key, member] of value.entries) {
    const memberPath = joinPath(path, key.text);
    const memberShape = Object.hasOwn(shape.members, key.text) ? shape.members[key.text] : undefined;
    if (memberShape === undefined) {
      unknown(memberPath, member, nearestOf(key.text, Object.keys(shape.members)));
      continue;
    }
    const result = decodeOnto(decoded[key.text], member, memberShape, memberPath, unknown);
    if (result === undefined) delete decoded[key.text];
    else decoded[key.text] = result;
  }
  return decoded;
}

export function isRecord(value: Decoded | undefined): value is { readonly [name: string]: Decoded } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function booleanOf(value: YamlValue, path: string): boolean {
  if (value.kind === 'scalar') {
    const word = (value.plain ? WORDS[value.text] : undefined) ?? OLD_WORDS[value.text];
    if (word !== undefined) return word;
  }
  throw shapeError(path, value, 'true or false');
}

function plainOf(value: YamlValue): Decoded {
  switch (value.kind) {
    case 'list':
      return value.items.map(plainOf);
    case 'map':
      return Object.fromEntries(value.entries.map(([key, member]) => [key.text, plainOf(member)]));
    case 'scalar':
      if (isNull(value)) return null;
      return (value.plain ? WORDS[value.text] : undefined) ?? value.text;
  }
}
