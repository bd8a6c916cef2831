import { describe, expect, it } from 'vitest';
import { JsonSyntaxError, JsonText, type JsonValue, parseJson } from './parse-json.ts';

/** As JSON.parse would give it, with numbers and words read from their text. */
function plain(value: JsonValue): unknown {
  if (typeof value === 'string') return value;
  if (value instanceof JsonText) return JSON.parse(value.text);
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, child]) => [name, plain(child)]));
  return (value as readonly JsonValue[]).map(plain);
}

function failureOf(text: string): JsonSyntaxError {
  try {
    parseJson(text);
  } catch (cause) {
    if (cause instanceof JsonSyntaxError) return cause;
    throw cause;
  }
  throw new Error(`was read: ${text}`);
}

const SAMPLE = ' {"a":[1,-0.5e+3,{}, [ ]],"b\\u00e9\\n":"x\\\\","c":{"":"\\"","t":true,"f":false,"n":null}}\r\n\t';

describe('parseJson', () => {
  it.each([SAMPLE, '0', '-0', '1.5E-3', '"\\/"', '[]', '{}', 'null', '{"a":1,"a":{"b":2}}', '"\u2028\ud83d\ude00\x7f"'])(
    'reads %s',
    (text) => expect(plain(parseJson(text))).toEqual(JSON.parse(text)),
  );

  // Every text that is one character away from a good one: read alike, or refused alike.
  it('agrees with JSON.parse about every slip', () => {
    let refused = 0;
    for (let at = 0; at <= SAMPLE.length; at++) {
      for (const put of ['', ...'"\\{}[],:x01-+.eu\n\t ', '\u0000', '\u00a0', '//', '"x"']) {
        for (const dropped of [0, 1]) {
          const text = SAMPLE.slice(0, at) + put + SAMPLE.slice(at + dropped);
          let expected: unknown;
          try {
            expected = JSON.parse(text);
          } catch {
            const { line, column } = failureOf(text);
            expect([line, column].every((count) => count >= 1)).toBe(true);
            refused++;
            continue;
          }
          expect(plain(parseJson(text)), text).toEqual(expected);
        }
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it('keeps the text of numbers and the order of names', () => {
    const root = parseJson('{"2":1.50,"1":12345678901234567890,"__proto__":1E2,"2":-0}') as ReadonlyMap<string, JsonText>;
    expect([...root].map(([name, value]) => [name, value.text])).toEqual([
      ['2', '-0'],
      ['1', '12345678901234567890'],
      ['__proto__', '1E2'],
    ]);
  });

  it('gives U+FFFD for each lone surrogate, also in names', () => {
    expect(parseJson('{"\\ud800a":"\\udc00\\ud800","\\ud83d\\ude00":""}')).toEqual(
      new Map([
        ['\ufffda', '\ufffd\ufffd'],
        ['😀', ''],
      ]),
    );
  });

  it.each([
    ['', 1, 1, 'the file is empty: write {} for no secrets'],
    [' \n ', 2, 2, 'the file is empty: write {} for no secrets'],
    ['\ufeff{}', 1, 1, 'remove the byte order mark'],
    ['{\n  // canary\n}', 2, 3, 'comments are not JSON'],
    ['{"a":"canary", # x', 1, 16, 'comments are not JSON'],
    ['{\n  "a": "canary",\n}', 3, 1, 'remove the comma before this'],
    ['{"a": ["canary",]}', 1, 17, 'remove the comma before this'],
    ["{'canary': 1}", 1, 2, 'JSON has double quotes only'],
    ['{canary: 1}', 1, 2, 'a name in double quotes, or }, is expected here'],
    ['{"a": canary}', 1, 7, 'a value is expected here: text in double quotes, a number, true, false, null, { or ['],
    ['{"canary" 1}', 1, 11, 'a colon is expected here'],
    ['{"a": 1 "canary": 2}', 1, 9, 'a comma or } is expected here'],
    ['["canary" "b"]', 1, 11, 'a comma or ] is expected here'],
    ['{"a": "canary', 1, 14, 'the file ends inside a string'],
    ['{"a": "canary",', 1, 16, 'the file ends too early'],
    ['{"a": "canary,\n  "b": 1}', 1, 15, 'the string is not closed on this line'],
    ['{"a": "C:\\canary"}', 1, 10, 'a backslash is written \\\\'],
    ['{"a": "can\tary"}', 1, 11, 'control characters are written as \\u and four digits'],
    ['{"a": 1e400}', 1, 7, 'the number is out of range: write it as text, in double quotes'],
    ['{} {}', 1, 4, 'nothing may follow the end of the JSON object'],
  ])('says where %j is wrong and quotes nothing', (text, line, column, message) => {
    expect(failureOf(text)).toMatchObject({ line, column, message });
  });

  it('reads 10,000 levels and refuses more', () => {
    const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
    expect(parseJson(nested(10_000))).toBeInstanceOf(Array);
    expect(failureOf(nested(10_002)).message).toBe('the file is nested deeper than 10,000 levels');
    expect(failureOf('['.repeat(1_000_000)).message).toBe('the file is nested deeper than 10,000 levels');
  });

  it('reads strings of megabytes', () => {
    for (const unit of ['x', '\\n', '\\\\', '\\"', 'é']) {
      expect(parseJson(`"${unit.repeat(2_000_000)}"`)).toHaveLength(2_000_000);
    }
  });
});
