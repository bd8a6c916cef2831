import { describe, expect, it } from 'vitest';
import { parseGoDuration } from './duration.ts';
import { nearestOf } from './nearest.ts';
import { parseQuantity } from './quantity.ts';

describe('parseGoDuration', () => {
  it.each([
    ['0', 0],
    ['+0', 0],
    ['5s', 5000],
    ['1h15m30.5s', 4_530_500],
    ['.5s', 500],
    ['1.s', 1000],
    ['-1m', -60_000],
    ['100ms', 100],
    ['1us', 0.001],
    ['1µs', 0.001],
    ['1ns', 0.000001],
  ])('%s is %d ms', (text, milliseconds) => expect(parseGoDuration(text)).toBeCloseTo(milliseconds, 9));

  it.each(['', '5', 's', '1 s', '5S', 'PT5S', '.s', '1d', '1e3s', '--1s', '1s '])('%j is none', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });
});

describe('parseQuantity', () => {
  it.each([
    ['100', 100],
    ['4Mi', 4_194_304],
    ['1M', 1_000_000],
    ['1e2', 100],
    ['0.5Ki', 512],
    ['100m', 0.1],
    ['-5', -5],
    ['+1Ki', 1024],
  ])('%s is %d', (text, value) => expect(parseQuantity(text)).toBeCloseTo(value, 9));

  it.each(['', '4 Mi', '4MB', 'Mi', '1.2.3', '1ki', '0x10', '1e'])('%j is none', (text) =>
    expect(parseQuantity(text)).toBeUndefined(),
  );
});

describe('nearestOf', () => {
  it.each([
    ['secretsfile', ['secretsFile', 'prefix'], 'secretsFile'],
    ['prefx', ['secretsFile', 'prefix'], 'prefix'],
    ['zzz', ['secretsFile', 'prefix'], undefined],
    ['x', [], undefined],
  ])('%s', (given, candidates, nearest) => expect(nearestOf(given, candidates)).toBe(nearest));
});
