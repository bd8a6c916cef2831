import type { Plain } from './tree.ts';

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const DECIMAL = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const [SMALLEST, LARGEST] = [-(2n ** 63n), 2n ** 63n - 1n];

export const NULL: Plain = { text: 'null', counted: undefined };

/** A boolean; sops counts it as Python writes it. */
export function booleanPlain(value: boolean): Plain {
  return { text: String(value), counted: value ? 'True' : 'False' };
}

/** The number that a text stands for, or undefined when it is none. It is served as the file writes it. */
export function numberPlain(text: string): Plain | undefined {
  if (INTEGER.test(text)) {
    const integer = BigInt(text);
    return { text, counted: integer >= SMALLEST && integer <= LARGEST ? text : decimalText(Number(text)) };
  }
  return DECIMAL.test(text) ? { text, counted: decimalText(Number(text)) } : undefined;
}

/** The shortest digits that give the number, without an exponent. */
export function decimalText(value: number): string {
  const [, sign = '', digits = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(Object.is(value, -0) ? '-0' : String(value)) ?? [];
  if (digits === '') return value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN';
  const places = fraction.length - Number(exponent);
  const all = digits + fraction;
  if (places <= 0) return `${sign}${all}${'0'.repeat(-places)}`;
  const padded = all.padStart(places + 1, '0');
  return `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`;
}
