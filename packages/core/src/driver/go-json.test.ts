import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goJson } from './go-json.ts';

// A second reading of encoding/json's rules, one character at a time.
function plainly(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    const short = { 34: '\\"', 92: '\\\\', 8: '\\b', 12: '\\f', 10: '\\n', 13: '\\r', 9: '\\t' }[code];
    if (short) out += short;
    else if (code >= 0xd800 && code <= 0xdfff) out += '\\ufffd';
    else if (code < 0x20 || code === 0x2028 || code === 0x2029 || [60, 62, 38].includes(code))
      out += `\\u${code.toString(16).padStart(4, '0')}`;
    else out += char;
  }
  return `${out}"`;
}

describe('goJson', () => {
  it.each([
    [{ k2: '<a&b>' }, '{"k2":"\\u003ca\\u0026b\\u003e"}'],
    [{ b: '1', a: '2', 10: 'x', 9: 'y' }, '{"10":"x","9":"y","a":"2","b":"1"}'],
    [{ '\u{1f600}': '', '\uffff': '', é: '' }, '{"é":"","\uffff":"","\u{1f600}":""}'],
    [{ a: '\u2028\u2029\u007f\u0000\u001f\b\f\n\r\t"\\/' }, '{"a":"\\u2028\\u2029\u007f\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\/"}'],
    [{ a: 'x\udcffy', b: '\ud83d' }, '{"a":"x\\ufffdy","b":"\\ufffd"}'],
    [{ a: null, b: [1, true, 'x'], c: undefined }, '{"a":null,"b":[1,true,"x"]}'],
    [[1e21, 1e-7, -0, 123456789012345680000], '[1e+21,1e-7,-0,123456789012345680000]'],
    [Object.assign(Object.create(null), { constructor: '1' }), '{"constructor":"1"}'],
  ])('%j', (value, text) => expect(goJson(value)).toBe(text));

  it('keeps __proto__ as a member', () => {
    const table = Object.create(null);
    table.__proto__ = 'x';
    expect(goJson(table)).toBe('{"__proto__":"x"}');
  });

  it('refuses what has no JSON form', () => {
    expect(() => goJson(Number.NaN)).toThrow(TypeError);
    expect(() => goJson(() => 1)).toThrow(TypeError);
  });

  it('agrees with a plain reading of the rules, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(goJson(text)).toBe(plainly(text));
      }),
      { seed: 1, numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '\udc80', 'é', '"', '\u2028', 'a', '\ud800', '\u{1f600}') }), (text) => {
        expect(goJson(text)).toBe(plainly(text));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('sorts members as their UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme-composite' }), { maxLength: 8 }), (names) => {
        const written = Object.keys(JSON.parse(goJson(Object.fromEntries(names.map((name) => [`.${name}`, ''])))));
        const sorted = [...names.map((name) => `.${name}`)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(written).toEqual(sorted);
      }),
      { seed: 3 },
    );
  });
});
