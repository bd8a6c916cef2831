import { goQuote } from '@coffer/core/internal';

const MOST_BYTES = 8192;
const MOST_MEMBERS = 64;
/** Of more problems, only their number is told. */
const MOST_PROBLEMS = 5;

const KEY_CHARACTERS = "!#$%&'*+\\-.0-9A-Z^_`a-z|~";
const VALUE_CHARACTERS = '\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x5b\\x5d-\\x7e';
const KEY = new RegExp(`^[${KEY_CHARACTERS}]+$`);
const VALUE = new RegExp(`^[${VALUE_CHARACTERS}]*$`);
const PROPERTY = new RegExp(`^[ \\t]*([${KEY_CHARACTERS}]+)[ \\t]*(?:=[ \\t]*([${VALUE_CHARACTERS}]*)[ \\t]*)?$`);
const NOT_IN_VALUE = new RegExp(`[^${VALUE_CHARACTERS}]|%`, 'g');

export interface Baggage {
  /** Each member written anew, by its key: of two with one key the last one counts. */
  readonly members: ReadonlyMap<string, string>;
  /** What is wrong with it, a line for each problem; `undefined` when nothing is. */
  readonly problem: string | undefined;
}

/** Reads `baggage` (a byte string) as strictly as the reference does: an empty member, as after a comma at the end, is a problem. */
export function parseBaggage(header: string): Baggage {
  const members = new Map<string, string>();
  if (header === '') return { members, problem: undefined };
  if (header.length > MOST_BYTES) return { members, problem: `baggage-string too large: ${header.length}` };
  const problems: string[] = [];
  let invalid = 0;
  let bytes = 0;
  for (const text of header.split(',')) {
    if (members.size >= MOST_MEMBERS) {
      problems.push('too many list-members in baggage-string');
      break;
    }
    const member = parseMember(text);
    if ('problem' in member) {
      invalid++;
      if (invalid <= MOST_PROBLEMS) problems.push(member.problem);
      continue;
    }
    const before = members.get(member.key);
    bytes += member.text.length - (before?.length ?? 0) + (before === undefined && members.size > 0 ? 1 : 0);
    if (bytes > MOST_BYTES) {
      problems.push('baggage-string too large');
      break;
    }
    members.set(member.key, member.text);
  }
  if (invalid > MOST_PROBLEMS) problems.push(`and ${invalid - MOST_PROBLEMS} more invalid member(s)`);
  return { members, problem: problems.length === 0 ? undefined : problems.join('\n') };
}

type Member = { readonly key: string; readonly text: string } | { readonly problem: string };

function parseMember(text: string): Member {
  const [pair = '', ...properties] = text.split(';');
  const written: string[] = [];
  for (const property of properties) {
    if (property === '') continue;
    const [, key, value] = PROPERTY.exec(property) ?? [];
    const decoded = value === undefined ? '' : decode(value);
    if (key === undefined || decoded === undefined) {
      return { problem: `invalid baggage list-member property: ${quoted(property)}` };
    }
    written.push(value === undefined ? key : `${key}=${encode(decoded)}`);
  }
  const equals = pair.indexOf('=');
  if (equals < 0) return { problem: `invalid baggage list-member: ${quoted(text)}` };
  const [key, value] = [trimmed(pair.slice(0, equals)), trimmed(pair.slice(equals + 1))];
  if (!KEY.test(key)) return { problem: `invalid key: ${quoted(key)}` };
  if (!VALUE.test(value)) return { problem: `invalid value: ${quoted(pair.slice(equals + 1))}` };
  const decoded = decode(value);
  if (decoded === undefined) return { problem: `invalid value: invalid URL escape ${quoted(badEscape(value))}` };
  const tail = properties.length === 0 ? '' : `;${written.join(';')}`;
  return { key, text: `${key}=${encode(decoded)}${tail}` };
}

const trimmed = (text: string): string => text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '');

/** Percent escapes as text; bytes that are not UTF-8 become U+FFFD. `undefined` when one is none. */
function decode(value: string): string | undefined {
  if (!value.includes('%')) return value;
  if (/%(?![\da-fA-F]{2})/.test(value)) return undefined;
  const bytes = value.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The first escape that is none, as far as it goes. */
const badEscape = (value: string): string => /%(?![\da-fA-F]{2}).{0,2}/.exec(value)?.[0] ?? '';

function encode(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return bytes.replace(NOT_IN_VALUE, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

const quoted = (bytes: string): string => goQuote(Buffer.from(bytes, 'latin1').toString('utf8'));
