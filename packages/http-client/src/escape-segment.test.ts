import { describe, expect, it } from 'vitest';
import { escapeSegment } from './escape-segment.ts';

describe('escapeSegment', () => {
  it.each([
    ['plain-name_1.0~', 'plain-name_1.0~'],
    ['a/b?c#d%e', 'a%2Fb%3Fc%23d%25e'],
    ['ü 😀', '%C3%BC%20%F0%9F%98%80'],
    ['a\udcff/b\udc80', 'a%FF%2Fb%80'],
    ['\ud800x\udc7f', '%EF%BF%BDx%EF%BF%BD'],
    ['..', '..'],
    ['', ''],
  ])('%j is %s', (text, escaped) => expect(escapeSegment(text)).toBe(escaped));
});
