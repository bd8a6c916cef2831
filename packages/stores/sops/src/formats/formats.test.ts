import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIni } from './ini.ts';
import { parseJson } from './json.ts';
import { decimalText, numberPlain } from './scalar.ts';
import { isList, isPlain, type SopsMap, type SopsNode } from './tree.ts';
import { parseYaml } from './yaml.ts';

/** A tree as JSON.parse would give it. */
function plainOf(node: SopsNode): unknown {
  if (typeof node === 'string') return node;
  if (isPlain(node)) return JSON.parse(node.text);
  if (isList(node)) return node.map(plainOf);
  return Object.fromEntries([...(node as SopsMap)].map(([name, below]) => [name, plainOf(below)]));
}

const wellFormed = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(/\\u[d][89a-f]../g, '\\ufffd'));

describe('numbers', () => {
  it.each([
    ['5', '5'],
    ['-0', '-0'],
    ['0.1', '0.1'],
    ['-1.50', '-1.5'],
    ['1e21', `1${'0'.repeat(21)}`],
    ['1.5e-7', '0.00000015'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', '9223372036854775808'.replace(/5808$/, '6000')],
    ['5e-324', `0.${'0'.repeat(323)}5`],
    ['1e400', '+Inf'],
  ])('%s counts as %s', (text, counted) => expect(numberPlain(text)).toEqual({ text, counted }));

  it.each(['', '+', '.', '1_000', '0x1f', '1e', 'Infinity', 'NaN', '١'])('%j is none', (text) =>
    expect(numberPlain(text)).toBeUndefined(),
  );

  it('are the same number without an exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(decimalText(value))).toBe(value);
        expect(decimalText(value)).toMatch(/^-?\d+(?:\.\d+)?$/);
      }),
    );
  });
});

describe('JSON', () => {
  it('is read as JSON.parse reads it, and keeps the order', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.constantFrom(0, 2, '\t'), (value, space) => {
        fc.pre(Object.keys(value).every((name) => name.isWellFormed()));
        expect(plainOf(parseJson(JSON.stringify(value, undefined, space)))).toEqual(wellFormed(value));
      }),
    );
    expect([...parseJson('{"b":"","2":"","1":"","__proto__":""}').keys()]).toEqual(['b', '2', '1', '__proto__']);
  });

  it('takes long texts', () => {
    const text = '\\"'.repeat(2_000_000);
    expect(parseJson(`{"a":"${text}"}`).get('a')).toHaveLength(2_000_000);
  });
});

describe('YAML', () => {
  it('keeps texts as texts, and knows the values that sops writes', () => {
    const [map] = parseYaml('a: yes\nb: "5"\nc: 5\nd: ~\ne:\nf: !!str 5\ng: !!binary AAE=\nh: -.inf\ni: True\nj: |\n  x\n');
    expect(Object.fromEntries(map as SopsMap)).toEqual({
      a: 'yes',
      b: '5',
      c: { text: '5', counted: '5' },
      d: { text: 'null', counted: undefined },
      e: { text: 'null', counted: undefined },
      f: '5',
      g: { text: 'AAE=', counted: Buffer.from([0, 1]) },
      h: { text: '-.inf', counted: '-Inf' },
      i: { text: 'true', counted: 'True' },
      j: 'x\n',
    });
  });

  it('reads 20,000 keys of one object in seconds', () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `key-${index}: value\n`).join('');
    expect(parseYaml(text)[0]?.size).toBe(20_000);
  });
});

describe('INI', () => {
  it('reads quotes, signs and comments', () => {
    const text = '; c\n# c\ntop: 1\r\n[a b]\n  x = y  \n`k=1`=`v;w`\n"""q""" = "  s  "\nt = """one\ntwo"""\nu = "\nempty =\n';
    expect(plainOf(parseIni(text))).toEqual({
      DEFAULT: { top: '1' },
      'a b': { x: 'y', 'k=1': 'v;w', q: '  s  ', t: 'one\ntwo', u: '"', empty: '' },
    });
  });
});
