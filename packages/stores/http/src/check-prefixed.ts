import { type MetadataProblem, nearestOf } from '@coffer/core/driver';
import { type HttpMetadata, metadata as schema } from './metadata.ts';
import type { PrefixedSettings } from './prefixed.ts';

/** Headers that say how the message travels: they are the client's own. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const PREFIXES = ['header.', 'query.', 'default.'];

/**
 * What is wrong with the settings that are named by a prefix, and with those that nothing knows. `placeholders` are what requests
 * fill in, when that is known.
 */
export function checkPrefixed(
  given: PrefixedSettings,
  { token, username = '' }: Pick<HttpMetadata, 'token' | 'username'>,
  placeholders: ReadonlySet<string> | undefined,
): MetadataProblem[] {
  const problems: MetadataProblem[] = given.unknown.map(unknownSetting);
  const error = (name: string, message: string, hint: string) => problems.push({ severity: 'error', name, message, hint });
  for (const { setting, value } of [...given.header, ...given.query, ...given.default]) {
    if (value === '') error(setting, `setting ${setting} is empty`, 'give it a value, or remove it');
    else if (/\p{Cc}/u.test(value)) {
      error(setting, `setting ${setting} has a line break or another control character`, 'give the value alone');
    }
  }
  for (const { setting, name } of [...given.query, ...given.default]) {
    if (/[\p{Cc}\s]/u.test(name)) error(setting, 'a setting has white space in its name', 'remove it');
  }
  for (const { setting, name } of given.default) {
    const isUsed = name !== 'name' && placeholders?.has(name) !== false;
    if (!isUsed)
      error(setting, `setting ${setting} stands for nothing`, 'it is for a placeholder of its name in url, body or listUrl');
  }
  for (const { setting, name } of given.header) {
    if (!TOKEN.test(name)) error(setting, `setting ${setting} names no header`, 'such as header.X-Api-Key');
    else if (FRAMING.has(name.toLowerCase())) {
      error(setting, `setting ${setting} is not for components to set`, 'the client sends this header as it must be');
    } else if (name.toLowerCase() === 'authorization' && (token !== undefined || username !== '')) {
      const other = token === undefined ? 'username' : 'token';
      error(setting, `setting ${setting} and ${other} are two ways to log in`, 'keep one of them');
    }
  }
  for (const [settings, isSame] of [
    [given.header, (a: string, b: string) => a.toLowerCase() === b.toLowerCase()],
    [given.query, Object.is],
    [given.default, Object.is],
  ] as const) {
    const twice = settings.find(({ name }, at) => settings.findIndex((other) => isSame(other.name, name)) !== at);
    if (twice !== undefined) error(twice.setting, `setting ${twice.setting} is given twice`, 'keep one of them');
  }
  return problems;
}

/** As the other drivers' settings are told of. */
function unknownSetting(name: string): MetadataProblem {
  const likely = likelyName(name);
  return likely === undefined
    ? { severity: 'warning', name, message: `setting ${name} is not known and is ignored` }
    : { severity: 'warning', name, message: `setting ${name} is not known`, hint: `did you mean ${likely}?`, doubtful: true };
}

function likelyName(name: string): string | undefined {
  const [, start = '', rest = ''] = /^([^.]*\.)(.*)$/s.exec(name) ?? [];
  const prefix = start === '' ? undefined : nearestOf(start, PREFIXES);
  if (prefix !== undefined) return `${prefix}${rest || 'NAME'}`;
  return nearestOf(
    name,
    Object.keys(schema).filter((known) => known !== 'prefixed'),
  );
}
