import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapedPath } from './escaped-path.ts';
import { segmentsOf, segmentsOfName } from './path.ts';

const hostile = fc.string({
  unit: fc.constantFrom('/', '.', '..', '%2e', '%2F', '?', '#', '\\', ';', '\t', '\n', ' ', 'a', 'é', '\udcff', '\ud800', '😀'),
});
const name = fc.oneof(hostile, fc.string({ unit: 'binary' }));

describe('a name in a URL', () => {
  it('is refused, or stays below its folder, with every part in its place', () => {
    fc.assert(
      fc.property(name, (name) => {
        const segments = segmentsOfName(name);
        if (segments === undefined) return;
        const { pathname, search, hash, host } = new URL(`http://vault/v1/secret/data/dapr/${escapedPath(segments)}?version=0`);
        expect([host, search, hash]).toEqual(['vault', '?version=0', '']);
        const parts = pathname.split('/').slice(5);
        expect(pathname.startsWith('/v1/secret/data/dapr/')).toBe(true);
        expect(parts).toHaveLength(name.split('/').length);
        if (name.isWellFormed()) expect(parts.map(decodeURIComponent).join('/')).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  it('two names that differ reach two paths', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const [first, second] = [a, b].map((name) => segmentsOfName(name.toWellFormed()));
        if (first === undefined || second === undefined || a.toWellFormed() === b.toWellFormed()) return;
        expect(escapedPath(first)).not.toBe(escapedPath(second));
      }),
      { numRuns: 2000 },
    );
  });

  it('may not go up, whoever asks', () => {
    for (const segment of ['.', '..']) expect(() => escapedPath(['secret', segment, 'x'])).toThrow(TypeError);
  });
});

describe('a path in a setting', () => {
  it.each([
    ['', []],
    ['/', []],
    ['/a//b/', ['a', 'b']],
    ['a', ['a']],
  ])('%j', (path, segments) => expect(segmentsOf(path)).toEqual(segments));
});
