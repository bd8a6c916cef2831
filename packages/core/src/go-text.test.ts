import { describe, expect, it } from 'vitest';
import { formatGoDuration, goQuote } from './go-text.ts';

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

describe('formatGoDuration', () => {
  it.each([
    [0, '0s'],
    [0.0000004, '0s'],
    [0.000001, '1ns'],
    [0.042001, '42.001µs'],
    [10, '10ms'],
    [743.123456, '743.123456ms'],
    [999.9999996, '1s'],
    [1000, '1s'],
    [1500, '1.5s'],
    [59_999, '59.999s'],
    [60_000, '1m0s'],
    [60_000.000001, '1m0.000000001s'],
    [90_000, '1m30s'],
    [3_600_000, '1h0m0s'],
    [86_461_001.5, '24h1m1.0015s'],
    [-250, '-250ms'],
    [-5_400_500, '-1h30m0.5s'],
  ])('%d ms is %s', (milliseconds, text) => expect(formatGoDuration(milliseconds)).toBe(text));
});
