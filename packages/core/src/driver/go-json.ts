/*
 * JSON as Go's encoding/json writes it: no white space, members sorted by the bytes of their UTF-8 names, `<` `>` `&`
 * U+2028 and U+2029 escaped, other controls as lower-case \u00xx, what is not valid Unicode as \ufffd.
 */

const NEEDS_CARE = /[^\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\x5b\x5d-\x7f]/;
const ESCAPED = /["\\<>&\u0000-\u001f\u2028\u2029]|\p{Surrogate}/gu;
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A value as Go would marshal it. Numbers must be finite; `undefined` members are left out. */
export function goJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return goJsonString(value);
    case 'number':
      return goJsonNumber(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
      return goJsonObject(value as Readonly<Record<string, unknown>>);
    default:
      throw new TypeError(`a ${typeof value} has no JSON form`);
  }
}

function goJsonObject(value: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(value);
  if (names.length > 1) names.sort(compareUtf8);
  let text = '{';
  for (const name of names) {
    const member = value[name];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${goJsonString(name)}:${typeof member === 'string' ? goJsonString(member) : goJson(member)}`;
  }
  return `${text}}`;
}

function goJsonString(text: string): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`;
  const escaped = text.replace(ESCAPED, (char) => {
    const code = char.charCodeAt(0);
    if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
    return SHORT[char] ?? `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

/** Go writes exponents below 1e-6 and from 1e21 on, without the zero that it pads them with. */
function goJsonNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Order of the UTF-8 bytes, which differs from JavaScript's order only between surrogates and U+E000 to U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for characters beyond the basic plane, which sort last. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
