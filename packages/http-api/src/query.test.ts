import { expect, test } from 'vitest';
import { queryValue, requestMetadata } from './query.ts';

test.each<[string, [string, string][]]>([
  ['', []],
  ['x=1', []],
  ['metadata.version_id=7&metadata.version_id=8&x=1', [['version_id', '7']]],
  ['Metadata.a=1&METADATA.b=1&metadata=x&metadata', []],
  ['metadata.a=1;b=2&metadata.c=x+y', [['c', 'x y']]],
  ['metadata.=x', [['', 'x']]],
  ['metadata.a', [['a', '']]],
  ['metadata.a=%20+%2B', [['a', '  +']]],
  ['metadata.a=%zz&metadata.b=1', [['b', '1']]],
  ['metadata.%zz=1', []],
  ['%6detadata%2E%61=1', [['a', '1']]],
  [
    'metadata.A=1&metadata.a=2',
    [
      ['A', '1'],
      ['a', '2'],
    ],
  ],
  [
    'metadata.a=1&&metadata.b=2&',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  ['metadata.a=1=2?x#y', [['a', '1=2?x#y']]],
  ['metadata.a=\xc3\xbc', [['a', 'ü']]],
  [
    'metadata.__proto__=1&metadata.constructor=2',
    [
      ['__proto__', '1'],
      ['constructor', '2'],
    ],
  ],
])('%j gives %j', (query, expected) => {
  expect(Object.entries(requestMetadata(query))).toEqual(expected);
});

test('queryValue is the first value, or nothing', () => {
  expect(queryValue('a=1&appid=x&appid=y', 'appid')).toBe('x');
  expect(queryValue('appid', 'appid')).toBe('');
  expect(queryValue('appId=x', 'appid')).toBeUndefined();
});
