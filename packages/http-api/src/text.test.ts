import { expect, test } from 'vitest';
import { bytesOfText, textOfBytes, unescapeQuery } from './text.ts';

test.each([
  ['plain', 'plain'],
  ['a+b', 'a b'],
  ['a%2Bb', 'a+b'],
  ['a%252Fb', 'a%2Fb'],
  ['%C3%BC', 'ü'],
  ['\xc3\xbc', 'ü'],
  ['%F0%9F%98%80', '😀'],
  ['%FF', '\udcff'],
  ['%C3', '\udcc3'],
  ['%C3a', '\udcc3a'],
  ['%ED%A0%80', '\udced\udca0\udc80'],
  ['%F4%90%80%80', '\udcf4\udc90\udc80\udc80'],
  ['%C0%80', '\udcc0\udc80'],
  ['%E2%82%C3%BC', '\udce2\udc82ü'],
  ['%EF%BB%BFx', '\ufeffx'],
  ['%00', '\u0000'],
])('%j is %j', (encoded, text) => {
  expect(unescapeQuery(encoded)).toBe(text);
});

test.each(['%', '%2', '%zz', 'a%', '%u006b', '% 1', '%1 '])('%j has a bad escape', (encoded) => {
  expect(unescapeQuery(encoded)).toBeUndefined();
});

test('texts come from bytes and go back to the same bytes', () => {
  const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
  expect(bytesOfText(textOfBytes(bytes))).toBe(bytes);
  expect(bytesOfText('ü😀')).toBe(Buffer.from('ü😀', 'utf8').toString('latin1'));
});
