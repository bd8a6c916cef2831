import { describe, expect, test } from 'vitest';
import { decodedPath, parseTarget } from './target.ts';

describe('parseTarget', () => {
  test.each([
    ['/v1.0/secrets/s/k', '/v1.0/secrets/s/k'],
    ['/', '/'],
    ['//v1.0///secrets//s/k', '/v1.0/secrets/s/k'],
    ['/a/./b/../c/', '/a/c'],
    ['/../../a', '/a'],
    ['/a/..', '/'],
    ['/a/.', '/a'],
    ['/a//', '/a'],
    ['/a/...', '/a/...'],
    ['/a/.k', '/a/.k'],
    ['/a/k..', '/a/k..'],
    ['/a%2Fb', '/a%2Fb'],
    ['/%2e%2e/x', '/%2e%2e/x'],
    ['/a%2Bb', '/a%2Bb'],
    ['/a#b', '/a#b'],
    ['/x"y|z', '/x"y|z'],
    // An escape beside a character that should have been one: encoded anew from the decoded form.
    ['/a%2Fb|', '/a/b|'],
    ['/a%2Bb|', '/a+b|'],
    ['/a%25b|', '/a%25b|'],
    ['/x|/%2e%2e/y', '/y'],
    ['/%C3%BC\xfc', '/\xc3\xbc\xfc'],
    // Absolute form and the like.
    ['http://host:80/a', '/a'],
    ['any+thing://[::1]:1/a/../b', '/b'],
    ['http://host', '/'],
    ['mailto:v1.0/secrets', '/'],
    ['*', '*'],
  ])('%j routes as %j', (target, path) => {
    expect(parseTarget(target)?.path).toBe(path);
  });

  test.each(['/%zz', '/%2', '/%', '/a%', '/a\u0000', '/a b', '/a\u007f', '/a?\u0001', 'noslash', '', '1:x', 'http://a b/'])(
    '%j is refused',
    (target) => {
      expect(parseTarget(target)).toBeUndefined();
    },
  );

  test('the query starts at the first question mark, and may hold anything', () => {
    expect(parseTarget('/a?x=/../&y=%zz?z#f')).toMatchObject({ path: '/a', query: 'x=/../&y=%zz?z#f' });
    expect(parseTarget('/a?')).toMatchObject({ path: '/a', query: '' });
  });

  test('the authority of an absolute target is kept', () => {
    expect(parseTarget('http://evil.example:1/a')?.authority).toBe('evil.example:1');
    expect(parseTarget('/a')?.authority).toBeUndefined();
  });

  test('decodedPath reads as text', () => {
    const decoded = (target: string) => decodedPath(parseTarget(target) as NonNullable<ReturnType<typeof parseTarget>>);
    expect(decoded('/v1.0/%C3%BC/a%2Fb+c?x')).toBe('/v1.0/ü/a/b+c');
    expect(decoded('/%FF')).toBe('/\udcff');
  });
});
