import { expect, test } from 'vitest';
import { type MESSAGES, protoJsonProblem } from './proto-json.ts';

const problem = (body: string | Buffer, message: keyof typeof MESSAGES = 'GetSecret') =>
  protoJsonProblem(Buffer.from(body as string), message);

test.each([
  '{}',
  ' {} \r\n\t',
  '{"key":"k2","storeName":"x"}',
  '{"store_name":"x"}',
  '{"key":null,"metadata":null}',
  '{"unknown":1,"unknown":2}',
  '{"x":{"y":[1,-2.5e+3,{"z":null}],"":true}}',
  '{"x":[]}',
  '{"x":{}}',
  '{"metadata":{"a":"b","__proto__":"c"}}',
  '{"key":"\\ud83d\\ude00\\n\\u0000"}',
  '{"key":"ü"}',
  `{"x":"${'y'.repeat(1_000_000)}"}`,
  `{"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
])('accepts %.60s', (body) => {
  expect(problem(body)).toBeUndefined();
});

test.each([
  '  ',
  'not json',
  'null',
  '[]',
  '"x"',
  '{}{}',
  '{} x',
  '{',
  '{"key"',
  '{"key":',
  '{"key":"k1"',
  '{"key":"k1",}',
  '{,}',
  '{"x":[1,]}',
  '{"x":[1}',
  '{"x":01}',
  '{"x":1.}',
  '{"x":+1}',
  '{"x":NaN}',
  '{"x":tru}',
  '{"x":nulls}',
  '{"key":5}',
  '{"key":["a"]}',
  '{"key":"a","key":"b"}',
  '{"key":null,"key":"b"}',
  '{"storeName":"a","store_name":"b"}',
  '{"metadata":"x"}',
  '{"metadata":{"a":1}}',
  '{"metadata":{"a":null}}',
  '{"metadata":{"a":"1","a":"2"}}',
  '{"key":"\\ud800"}',
  '{"key":"\\udc00\\ud800"}',
  '{"key":"\\x"}',
  '{"key":"a\nb"}',
  "{'key':'a'}",
  '/* */{}',
  '\ufeff{}',
  '\u0000',
  `{"x":${'['.repeat(10_001)}${']'.repeat(10_001)}}`,
])('refuses %.60j', (body) => {
  expect(problem(body)).toEqual(expect.any(String));
});

test('bytes that are not UTF-8 are refused', () => {
  expect(problem(Buffer.from('7b226b6579223a22ff227d', 'hex'))).toBe('invalid UTF-8');
});

test('each message knows its own members', () => {
  expect(problem('{"key":5}', 'GetBulkSecret')).toBeUndefined();
  expect(problem('{"metadata":5}', 'GetBulkSecret')).toContain('metadata');
  expect(problem('{"storeName":5}', 'GetMetadata')).toBeUndefined();
});

test('a problem quotes no value', () => {
  for (const body of ['{"key":"hush" "hush"}', '{"metadata":{"a":hush}}', 'hush', '{"key":["hush"]}']) {
    expect(problem(body)).not.toContain('hush');
  }
});
