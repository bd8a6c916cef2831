import { describe, expect, it } from 'vitest';
import { assignment, paintFor, table, visible } from './text.ts';

describe('visible', () => {
  it.each([
    ['plain, ünï and 🔑', 'plain, ünï and 🔑'],
    ['a\nb\x1b[31m\x7f', 'a\\x0ab\\x1b[31m\\x7f'],
    ['right\u202eleft\u200b', 'right\\u{202e}left\\u{200b}'],
    ['\udcff', '\\u{dcff}'],
  ])('%j', (text, expected) => expect(visible(text)).toBe(expected));
});

describe('assignment', () => {
  it.each([
    ['a', 'plain = text', 'a=plain = text'],
    ['a', '', 'a='],
    ['a', 'two\nlines', 'a="two\\nlines"'],
    ['a', '"quoted"', 'a="\\"quoted\\""'],
    ['a', 'x\u202ey\u{e0041}', 'a="x\\u202ey\\udb40\\udc41"'],
    ['new\nline', 'x', 'new\\x0aline=x'],
  ])('%j %j', (name, value, expected) => {
    const text = assignment(name, value);
    expect(text).toBe(expected);
    const right = text.slice(text.indexOf('=') + 1);
    expect(right.startsWith('"') ? JSON.parse(right) : right).toBe(value);
  });
});

it('aligns columns', () => {
  expect(
    table([
      ['a', 'bb'],
      ['ccc', ''],
      ['d', 'e'],
    ]),
  ).toBe('a    bb\nccc\nd    e\n');
});

describe('paintFor', () => {
  it.each([
    [true, {}, '\x1b[31mx\x1b[0m'],
    [true, { NO_COLOR: '' }, '\x1b[31mx\x1b[0m'],
    [true, { NO_COLOR: '1' }, 'x'],
    [true, { TERM: 'dumb' }, 'x'],
    [false, {}, 'x'],
    [undefined, { FORCE_COLOR: '1' }, 'x'],
  ])('%j %j', (isTerminal, environment, expected) => expect(paintFor(isTerminal, environment)('red', 'x')).toBe(expected));
});
