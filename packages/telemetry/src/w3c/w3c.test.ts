import { describe, expect, it } from 'vitest';
import { parseBaggage } from './baggage.ts';
import { formatBinaryContext, parseBinaryContext } from './binary-context.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import { parseTracestate } from './tracestate.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('traceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
    [`00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-00`],
    [`00-${TRACE}-${SPAN}-FF`, `00-${TRACE}-${SPAN}-ff`],
    [`01-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
    [`01-${TRACE}-${SPAN}-01-more-of-it`, `00-${TRACE}-${SPAN}-01`],
    [`fe-${TRACE}-${SPAN}-0103`, `00-${TRACE}-${SPAN}-01`],
    [`0A-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
    [`00-${TRACE}-${SPAN}-01-more`, undefined],
    [`ff-${TRACE}-${SPAN}-01`, undefined],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, undefined],
    [`00-${TRACE}-${SPAN.toUpperCase()}-01`, undefined],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, undefined],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
    [`00-${TRACE}-${SPAN}`, undefined],
    [`00-${TRACE}-${SPAN}-`, undefined],
    [`00-${TRACE}-${SPAN}-0`, undefined],
    [`00-${TRACE}-${SPAN}-0g`, undefined],
    [`0-${TRACE}-${SPAN}-01`, undefined],
    [` 00-${TRACE}-${SPAN}-01`, undefined],
    ['x', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s -> %s', (header, expected) => {
    const context = parseTraceparent(header, undefined);
    expect(context && formatTraceparent(context)).toBe(expected);
  });
});

describe('tracestate', () => {
  const members = (count: number) => Array.from({ length: count }, (_, at) => `k${at}=v`).join(',');
  it.each([
    ['a=b,c=d', 'a=b,c=d'],
    ['a=b , c=d', 'a=b,c=d'],
    ['a= b,,c=d,', 'a= b,c=d'],
    ['0tenant@system=v', '0tenant@system=v'],
    [`a=${'b'.repeat(256)}`, `a=${'b'.repeat(256)}`],
    [members(32), members(32)],
    [`a=${'b'.repeat(257)}`, ''],
    [members(33), ''],
    ['===', ''],
    ['a', ''],
    ['a=', ''],
    ['A=b', ''],
    ['0=b', ''],
    ['a=b,a=c', ''],
    ['a=\u00fc', ''],
    ['a @b=c', ''],
    [`${'a'.repeat(257)}=b`, ''],
    [undefined, ''],
  ])('%s -> %s', (header, expected) => expect(parseTracestate(header)).toBe(expected));
});

describe('grpc-trace-bin', () => {
  const bytes = `0000${TRACE}01${SPAN}0201`;

  it('is read and written', () => {
    const context = parseBinaryContext(Buffer.from(bytes, 'hex'));
    expect(context).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1, state: '' });
    expect(Buffer.from(formatBinaryContext({ traceId: TRACE, spanId: SPAN, flags: 1 })).toString('hex')).toBe(bytes);
    expect(parseBinaryContext(Buffer.from(`0000${TRACE}01${SPAN}`, 'hex'))?.flags).toBe(0);
  });

  it.each([
    '',
    '00',
    `0100${TRACE}01${SPAN}0201`,
    `0001${TRACE}01${SPAN}0201`,
    `0000${TRACE}`,
    `0000${TRACE}02${SPAN}0201`,
    `0000${'0'.repeat(32)}01${SPAN}0201`,
    `0000${TRACE}01${'0'.repeat(16)}0201`,
  ])('is none: %s', (hex) => expect(parseBinaryContext(Buffer.from(hex, 'hex'))).toBeUndefined());
});

describe('baggage', () => {
  const written = (header: string) => [...parseBaggage(header).members.values()].join(',');

  it.each([
    ['a=b', 'a=b'],
    ['a=b,c=d', 'a=b,c=d'],
    [' a = b ;p=1 , c=d ', 'a=b;p=1,c=d'],
    ['a=b; p ; q = 2 ', 'a=b;p;q=2'],
    ['a=', 'a='],
    ['a=b=c', 'a=b=c'],
    ['a=%20b', 'a=%20b'],
    ['a=%41%c3%bc', 'a=A%C3%BC'],
    ['a=%ff', 'a=%EF%BF%BD'],
    ['a=1,b=2,a=3', 'a=3,b=2'],
    ['a=b;', 'a=b;'],
    ['a=b;p=%25', 'a=b;p=%25'],
    ['', ''],
  ])('%s is valid, written anew: %s', (header, expected) => {
    expect(parseBaggage(header).problem).toBeUndefined();
    expect(written(header)).toBe(expected);
  });

  it.each([
    ['===', 'invalid key: ""'],
    ['a', 'invalid baggage list-member: "a"'],
    ['=b', 'invalid key: ""'],
    ['a b=c', 'invalid key: "a b"'],
    ['a=\u00c3\u00bc', 'invalid value: "\u00fc"'],
    ['a="x"', 'invalid value: "\\"x\\""'],
    ['a=b,', 'invalid baggage list-member: ""'],
    ['a=b c', 'invalid value: "b c"'],
    ['a=%zz', 'invalid value: invalid URL escape "%zz"'],
    ['a=%2', 'invalid value: invalid URL escape "%2"'],
    ['a=b;p q', 'invalid baggage list-member property: "p q"'],
    ['a=b;=1', 'invalid baggage list-member property: "=1"'],
    ['x,y', 'invalid baggage list-member: "x"\ninvalid baggage list-member: "y"'],
    [`a=${'b'.repeat(8191)}`, 'baggage-string too large: 8193'],
    [Array.from({ length: 65 }, (_, at) => `k${at}=v`).join(','), 'too many list-members in baggage-string'],
    [`a=${'%ff'.repeat(1000)},b=1`, 'baggage-string too large'],
  ])('%s is refused', (header, problem) => expect(parseBaggage(header).problem).toBe(problem));

  it('tells a bounded number of problems', () => {
    const { problem } = parseBaggage(new Array(9).fill('x').join(','));
    expect(problem?.split('\n')).toHaveLength(6);
    expect(problem?.endsWith('\nand 4 more invalid member(s)')).toBe(true);
  });

  it('takes what is as long as it may be', () => {
    expect(parseBaggage(`a=${'b'.repeat(8190)}`).problem).toBeUndefined();
    expect(parseBaggage(Array.from({ length: 64 }, (_, at) => `k${at}=v`).join(',')).problem).toBeUndefined();
  });
});
