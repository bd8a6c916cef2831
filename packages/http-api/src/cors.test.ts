import { describe, expect, test } from 'vitest';
import { createCors } from './cors.ts';

const PREFLIGHT_VARY = ['Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'];

test('an empty list turns CORS off', () => {
  expect(createCors('')).toBeUndefined();
});

test.each([
  ['*', 'https://a', true],
  ['https://a.com,*', 'null', true],
  ['https://example.com', 'https://EXAMPLE.com', true],
  ['https://Example.com', 'https://example.com', true],
  ['https://example.com', 'http://example.com', false],
  ['https://example.com', 'https://example.com:8080', false],
  ['https://example.com', 'https://example.com/', false],
  ['https://example.com', 'https://sub.example.com', false],
  ['https://*.example.com', 'https://sub.example.com', true],
  ['https://*.example.com', 'https://.example.com', true],
  ['https://*.example.com', 'https://example.com', false],
  ['https://ab*ba', 'https://aba', false],
  ['https://*.a.*', 'https://x.a.com', false],
  ['https://*.a.*', 'https://x.a.*', true],
  ['https://a.com, https://b.com', 'https://b.com', false],
  ['https://a.com', '', false],
  ['https://a.com', undefined, false],
])('%j and %j: %j', (allowed, origin, expected) => {
  expect(createCors(allowed)?.allows(origin)).toBe(expected);
});

describe('headers', () => {
  test('of any answer', () => {
    expect(createCors('*')?.headers('GET', 'https://a')).toEqual(['Vary', 'Origin', 'Access-Control-Allow-Origin', '*']);
    expect(createCors('https://a')?.headers('GET', 'https://A')).toEqual([
      'Vary',
      'Origin',
      'Access-Control-Allow-Origin',
      'https://A',
    ]);
    expect(createCors('https://a')?.headers('GET', 'https://b')).toEqual(['Vary', 'Origin']);
    expect(createCors('*')?.headers('TRACE', 'https://a')).toEqual(['Vary', 'Origin']);
  });

  test('of a preflight', () => {
    const cors = createCors('https://a');
    expect(cors?.preflight('https://a', 'get', 'X-One, x-two,X_three,,x!4')).toEqual([
      ...PREFLIGHT_VARY,
      'Access-Control-Allow-Origin',
      'https://a',
      'Access-Control-Allow-Methods',
      'GET',
      'Access-Control-Allow-Headers',
      'X-One, X-Two, X_Three, X4',
    ]);
    expect(cors?.preflight('https://a', 'TRACE', undefined)).toEqual(PREFLIGHT_VARY);
    expect(cors?.preflight('https://b', 'GET', undefined)).toEqual(PREFLIGHT_VARY);
  });
});
