import { describe, expect, it } from 'vitest';
import { goQuote } from './go-text.ts';

describe('goQuote', () => {
  it.each([
    ['k1', '"k1"'],
    ['', '""'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['\x07\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
    ['\x00\x1f\x7f', '"\\x00\\x1f\\x7f"'],
    ['ü😀 �', '"ü😀 �"'],
    ['\udcff\udc80', '"\\xff\\x80"'],
    ['\u00a0\u2028\ufeff', '"\\u00a0\\u2028\\ufeff"'],
    ['\u{e0001}', '"\\U000e0001"'],
  ])('%j', (text, quoted) => expect(goQuote(text)).toBe(quoted));
});
