import { describe, expect, it } from 'vitest';
import { parseSamplingRate, ratioSampler, samplerDescription } from './sampler.ts';

describe('parseSamplingRate', () => {
  it.each([
    ['1', 1],
    ['0', 0],
    ['0.0', 0],
    ['-0', -0],
    ['.5', 0.5],
    ['1e-3', 0.001],
    ['1e-999', 0],
    ['inf', Number.POSITIVE_INFINITY],
    ['abc', 1e-4],
    ['', 1e-4],
    [' 1', 1e-4],
    ['NaN', 1e-4],
    ['1e999', 1e-4],
  ])('%j -> %s', (text, rate) => expect(parseSamplingRate(text)).toBe(rate));
});

describe('ratioSampler', () => {
  const id = (lower: string) => `ffffffffffffffff${lower}`;

  it('compares the lower eight bytes, halved, with the rate', () => {
    const half = ratioSampler(0.5);
    expect(half(id('0000000000000000'))).toBe(true);
    expect(half(id('7fffffffffffffff'))).toBe(true);
    expect(half(id('8000000000000000'))).toBe(false);
    expect(half(id('ffffffffffffffff'))).toBe(false);
    const small = ratioSampler(1e-7);
    // 1e-7 * 2^63 = 922337203685.4775, of which the fraction is dropped.
    expect(small(id((922337203684n * 2n).toString(16).padStart(16, '0')))).toBe(true);
    expect(small(id((922337203685n * 2n).toString(16).padStart(16, '0')))).toBe(false);
  });

  it('samples all from 1 on, and none up to 0', () => {
    for (const rate of [1, 7, Number.POSITIVE_INFINITY]) expect(ratioSampler(rate)(id('ffffffffffffffff'))).toBe(true);
    for (const rate of [0, -1, Number.NEGATIVE_INFINITY]) expect(ratioSampler(rate)(id('0000000000000000'))).toBe(false);
  });
});

describe('samplerDescription', () => {
  it.each([
    [1, '1'],
    [5, '1'],
    [-1, '0'],
    [0.25, '0.25'],
    [1e-4, '0.0001'],
    [1e-7, '1e-07'],
    [1.5e-12, '1.5e-12'],
  ])('of %s', (rate, text) => {
    expect(samplerDescription(rate)).toBe(
      `ParentBased{root:TraceIDRatioBased{${text}},remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}`,
    );
  });
});
