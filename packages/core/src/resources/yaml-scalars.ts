import { YamlError, type YamlScalar } from './yaml-document.ts';

/** What a plain scalar means to Go's YAML 1.1 reader. `int` keeps exact digits. */
export type Meaning =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string };

const spellings = (...words: string[]): string[] =>
  words.flatMap((word) => [word, word[0]?.toUpperCase() + word.slice(1), word.toUpperCase()]);
const TRUE: ReadonlySet<string> = new Set(spellings('y', 'yes', 'true', 'on'));
const FALSE: ReadonlySet<string> = new Set(spellings('n', 'no', 'false', 'off'));
const NULL: ReadonlySet<string> = new Set(['', '~', ...spellings('null')]);
const NAN: ReadonlySet<string> = new Set(['.nan', '.NaN', '.NAN']);
const INFINITY = /^([-+]?)\.(?:inf|Inf|INF)$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const MOST_UINT64 = 2n ** 64n - 1n;
const MOST_INT64 = 2n ** 63n - 1n;
const LEAST_INT64 = -(2n ** 63n);

const TAG = 'tag:yaml.org,2002:';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The meaning of a scalar of a component file (YAML 1.1: `yes` is true, `0777` is 511, dates and `1:30` are text).
 * Fails with `YamlError` when the text does not fit an explicit tag.
 */
export function meaningOf(scalar: YamlScalar): Meaning {
  const { text, plain } = scalar;
  const tag = scalar.tag.startsWith(TAG) ? scalar.tag.slice(TAG.length) : scalar.tag;
  if (tag === '') return plain ? plainMeaning(text) : { kind: 'text', value: text };
  if (tag === 'binary') return { kind: 'text', value: binaryText(scalar) };
  if (tag !== 'bool' && tag !== 'int' && tag !== 'float' && tag !== 'null') return { kind: 'text', value: text };
  const meaning = plainMeaning(text);
  if (meaning.kind === 'int' && tag === 'float') return { kind: 'float', value: Number(meaning.value) };
  if (meaning.kind !== tag) throw new YamlError(`the value does not fit its tag !!${tag}`, scalar);
  return meaning;
}

function binaryText(scalar: YamlScalar): string {
  const encoded = scalar.text.replace(/[\r\n]/g, '');
  if (!BASE64.test(encoded)) throw new YamlError('!!binary value contains invalid base64 data', scalar);
  return Buffer.from(encoded, 'base64').toString('utf8');
}

function plainMeaning(text: string): Meaning {
  if (NULL.has(text)) return { kind: 'null' };
  if (TRUE.has(text)) return { kind: 'bool', value: true };
  if (FALSE.has(text)) return { kind: 'bool', value: false };
  if (NAN.has(text)) return { kind: 'float', value: Number.NaN };
  const infinite = INFINITY.exec(text);
  if (infinite) return { kind: 'float', value: infinite[1] === '-' ? -Infinity : Infinity };
  return numberOf(text) ?? { kind: 'text', value: text };
}

function numberOf(text: string): Meaning | undefined {
  if (!/^[-+.0-9]/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const [, sign, hex, binary, octal, decimal] = INTEGER.exec(plain) ?? [];
  if (sign !== undefined) {
    const digits = hex ? `0x${hex}` : binary ? `0b${binary}` : octal ? `0o${octal}` : (decimal as string);
    const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
    const most = sign === '' ? MOST_UINT64 : MOST_INT64;
    if (value >= LEAST_INT64 && value <= most) return { kind: 'int', value };
  }
  if (!FLOAT.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? { kind: 'float', value } : undefined;
}

/** The text of a member name. Fails with `YamlError` for null and for numbers beyond 64 bits with a sign. */
export function keyTextOf(key: YamlScalar): string {
  const meaning = meaningOf(key);
  if (meaning.kind === 'null' || (meaning.kind === 'int' && meaning.value > MOST_INT64)) {
    throw new YamlError('null and very large numbers cannot be member names', key);
  }
  if (meaning.kind !== 'float' || Number.isFinite(meaning.value)) return textOf(meaning);
  return Number.isNaN(meaning.value) ? '.nan' : meaning.value > 0 ? '.inf' : '-.inf';
}

/** The text that a scalar becomes where a string is expected; null becomes the empty string. */
export function textOf(meaning: Meaning): string {
  switch (meaning.kind) {
    case 'null':
      return '';
    case 'float':
      return float32Text(meaning.value);
    default:
      return String(meaning.value);
  }
}

/** Go's `strconv.FormatFloat(value, 'g', -1, 32)`: the shortest digits that give the same 32-bit float. */
function float32Text(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '+Inf' : '-Inf';
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  let digits = '';
  for (let precision = 1; precision <= 9; precision++) {
    digits = single.toExponential(precision - 1);
    if (Math.fround(Number(digits)) === single) break;
  }
  const [mantissa = '', exponentText = '0'] = digits.split('e');
  const exponent = Number(exponentText);
  // %g of the shortest form has an exponent below 1e-4 and from 1e6 on, and writes it with two digits.
  if (exponent < -4 || exponent >= 6) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return plainDecimal(mantissa, exponent);
}

function plainDecimal(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
