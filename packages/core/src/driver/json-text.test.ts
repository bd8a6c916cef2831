import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonMembers, jsonText } from './json-text.ts';

const members = (text: string) => {
  const found = jsonMembers(text);
  return found === undefined ? undefined : [...found];
};

describe('jsonMembers', () => {
  it.each([
    ['{}', []],
    [' \t\n\r{ \n } ', []],
    ['{"a":1}', [['a', '1']]],
    [
      '{ "a" : 1.50 , "b" : 12345678901234567890 }',
      [
        ['a', '1.50'],
        ['b', '12345678901234567890'],
      ],
    ],
    [
      '{"a":[1, {"b":"]}"}],"c":{"d": "}"}}',
      [
        ['a', '[1, {"b":"]}"}]'],
        ['c', '{"d": "}"}'],
      ],
    ],
    [
      '{"a":"x,\\"}\\\\","b":"\\\\"}',
      [
        ['a', '"x,\\"}\\\\"'],
        ['b', '"\\\\"'],
      ],
    ],
    [
      '{"a\\"}:":null,"":true}',
      [
        ['a"}:', 'null'],
        ['', 'true'],
      ],
    ],
    [
      '{"__proto__":1,"constructor":2}',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
    [
      '{"2":"b","1":"a"}',
      [
        ['2', '"b"'],
        ['1', '"a"'],
      ],
    ],
    [
      '{"a":1,"b":2,"a":3}',
      [
        ['a', '3'],
        ['b', '2'],
      ],
    ],
    ['{"\\ud800":-0}', [['\ufffd', '-0']]],
  ])('%s', (text, expected) => expect(members(text)).toEqual(expected));

  it.each([
    '',
    ' ',
    '[]',
    '"{}"',
    'null',
    '1',
    '{',
    '{}x',
    '{} {}',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '\ufeff{}',
    '{"a":01}',
    '\u00a0{}',
  ])('%j is no object', (text) => expect(jsonMembers(text)).toBeUndefined());

  it('reads what JSON.parse reads, from any object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.constantFrom(undefined, 1, '\t'),
        (value, space) => {
          const text = JSON.stringify(value, undefined, space);
          const read = Object.fromEntries([...(jsonMembers(text) ?? [])].map(([name, source]) => [name, JSON.parse(source)]));
          expect(read).toEqual(
            Object.fromEntries(Object.entries(JSON.parse(text)).map(([name, found]) => [name.toWellFormed(), found])),
          );
        },
      ),
    );
  });

  it('takes values of any size and depth', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const long = `"${'\\"'.repeat(1_000_000)}"`;
    expect(members(`{"deep":${deep},"long":${long},"last":1}`)).toEqual([
      ['deep', deep],
      ['long', long],
      ['last', '1'],
    ]);
  });
});

describe('jsonText', () => {
  it.each([
    ['"a\\n\\u00e9"', 'a\n\u00e9'],
    ['"\\udc00"', '\ufffd'],
    ['1.50', '1.50'],
    ['{"a": 1}', '{"a": 1}'],
    ['null', 'null'],
  ])('%s', (source, text) => expect(jsonText(source)).toBe(text));
});
