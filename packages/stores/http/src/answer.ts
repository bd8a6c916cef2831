import { isUtf8 } from 'node:buffer';
import { type SecretData, type SecretValues, secretTable } from '@coffer/core/driver';
import type { JsonDocument } from './json-document.ts';
import type { JsonNode, JsonPath } from './json-path.ts';
import { UnreadableAnswer } from './unreadable-answer.ts';

/** Where the parts of a secret are in an answer. */
export interface SecretPaths {
  readonly value: JsonPath | undefined;
  readonly values: JsonPath | undefined;
  readonly key: JsonPath | undefined;
  readonly version: JsonPath | undefined;
  readonly expiry: JsonPath | undefined;
  readonly encoding: 'text' | 'base64';
}

/** The secret in an answer; undefined when it has no value. Fails with `UnreadableAnswer`. */
export function secretOf(document: JsonDocument, name: string, paths: SecretPaths): SecretData | undefined {
  const data = paths.values === undefined ? single(document, name, paths) : several(document, paths.values, paths);
  if (data === undefined) return undefined;
  const version = paths.version && document.findOne(paths.version);
  const expiry = paths.expiry && document.findOne(paths.expiry);
  const expiresAt = expiry && timeOf(document.textOf(expiry));
  return {
    data,
    ...(version === undefined ? {} : { version: document.textOf(version) }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

function single(document: JsonDocument, name: string, { value, encoding }: SecretPaths): SecretValues | undefined {
  const node = value && document.findOne(value);
  return node && secretTable([[name, decoded(document.textOf(node), encoding)]]);
}

function several(document: JsonDocument, values: JsonPath, paths: SecretPaths): SecretValues | undefined {
  const { key, value, encoding } = paths;
  const entries = key && value ? pairs(document, document.find(values), key, value) : members(document, values);
  return entries && secretTable(entries.map(([name, node]) => [name, decoded(document.textOf(node), encoding)] as const));
}

type Entry = readonly [key: string, value: JsonNode];

/** Members of the one object that there is; what is null has no value. */
function members(document: JsonDocument, path: JsonPath): readonly Entry[] | undefined {
  const node = document.findOne(path);
  if (node === undefined) return undefined;
  const { value, location } = node;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UnreadableAnswer('misread', `${path.setting} finds what is no object`, path.setting);
  }
  return Object.entries(value as object)
    .filter(([, member]) => member !== null)
    .map(([name, member]): Entry => [name.toWellFormed(), { value: member, location: [...location, name] }]);
}

/** A key and a value of each part; a part without one of them is none. Undefined when there are no parts. */
function pairs(document: JsonDocument, parts: readonly JsonNode[], key: JsonPath, value: JsonPath): readonly Entry[] | undefined {
  const entries = parts.flatMap((part): Entry[] => {
    const [name, node] = [document.findOne(key, part), document.findOne(value, part)];
    return name === undefined || node === undefined ? [] : [[document.textOf(name), node]];
  });
  const names = new Set(entries.map(([name]) => name));
  if (names.size < entries.length) throw new UnreadableAnswer('misread', `${key.setting} finds one key twice`, key.setting);
  return parts.length === 0 ? undefined : entries;
}

/** Bytes that are no UTF-8 stay base64. */
function decoded(text: string, encoding: 'text' | 'base64'): string {
  if (encoding === 'text') return text;
  const plain = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(plain)) {
    throw new UnreadableAnswer('misread', 'a value is not base64', 'valueEncoding');
  }
  const bytes = Buffer.from(plain, 'base64');
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('base64');
}

/** Numbers below are seconds (until the year 5138), others milliseconds (from 1973 on). */
const SECONDS_BELOW = 1e11;

/** Milliseconds since the epoch; undefined for what is no moment, or the empty one of a language. */
function timeOf(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return fromNumber(Number(text));
  const time = /^\d{4}-\d\d-\d\d[T ]/i.test(text) ? Date.parse(text) : Number.NaN;
  return time > 0 ? time : undefined;
}

function fromNumber(number: number): number | undefined {
  const time = number < SECONDS_BELOW ? number * 1000 : number;
  return time > 0 && Number.isFinite(time) ? time : undefined;
}
