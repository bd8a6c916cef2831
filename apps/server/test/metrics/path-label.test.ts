import { describe, expect, it } from 'vitest';
import { createPathLabel, withoutNames } from '../../src/metrics/path-label.ts';
import { createPathMatcher } from '../../src/metrics/path-matcher.ts';

describe('withoutNames', () => {
  it.each([
    ['', ''],
    ['/', '/'],
    ['/nope/a/b', '/nope/a/b'],
    ['nope', '/nope'],
    ['//v1.0//secrets/s//k', '/v1.0/secrets/s'],
    ['/v1.0/secrets/s', '/v1.0/secrets/s'],
    ['/v1.0/secrets/s/a/b/c/d', '/v1.0/secrets/s'],
    ['/v1.0/secrets/', '/v1.0/secrets/'],
    ['/v1.0-alpha1/state/store/key', '/v1.0-alpha1/state/store'],
    ['/v1.0/actors/T/1', '/v1.0/actors/T/1'],
    ['/v1.0/actors/T/1/timers/n', '/v1.0/actors/T/{id}/timers'],
    ['/actors/T/1/method/m/more', 'actors/T/{id}/method/m/more'],
    ['/v1.0/workflows/w', '/v1.0/workflows/w'],
    ['/v1.0/workflows/w/1', '/v1.0/workflows/w/{instanceId}'],
    ['/v1.0/workflows/w/name/start', '/v1.0/workflows/w/name/start'],
    ['/v1.0/workflows/w/1/purge', '/v1.0/workflows/w/{instanceId}/purge'],
    ['/v1.0/workflows/w/1/raiseEvent/e', '/v1.0/workflows/w/{instanceId}/raiseEvent/{eventName}'],
  ])('%s -> %s', (path, label) => expect(withoutNames(path)).toBe(label));
});

describe('patterns', () => {
  const labelOf = (patterns: string[], increasedCardinality = false) =>
    createPathLabel({ increasedCardinality, matcher: createPathMatcher(patterns) });

  it.each([
    [['/orders/{id}'], '/orders/1', '/orders/{id}'],
    [['/orders/{id}'], '/orders/1/items', ''],
    [['/orders/{id}', '/orders/new'], '/orders/new', '/orders/new'],
    [['/orders/'], '/orders/1/items', '/orders/'],
    [['/orders/'], '/orders', '/orders/'],
    [['/orders/{rest...}'], '/orders/a/b', '/orders/{rest...}'],
    [['/orders/{$}'], '/orders/', '/orders/{$}'],
    [['/orders/{$}'], '/orders/1', ''],
    [['/', '/orders/{id}'], '/else', '/'],
    [['/a/{x}/c', '/a/b/{y}'], '/a/b/c', '/a/b/{y}'],
    [['/a/b/d', '/a/{x}/c'], '/a/b/c', '/a/{x}/c'],
    [['/orders/{id}'], '/v1.0/invoke/shop/method/orders/7', '/v1.0/invoke/{app_id}/method/orders/{id}'],
    [['/v1.0/secrets/s'], '/v1.0/secrets/s/name', '/v1.0/secrets/s'],
    [['/orders/{id}'], '//orders/../orders//1', '/orders/{id}'],
    [['/orders/{id}'], '/healthz', '/healthz'],
    [['orders/{id}'], '/orders/1', '/orders/{id}'],
  ])('of %j, %s is counted as %j', (patterns, path, label) => expect(labelOf(patterns)(path)).toBe(label));

  it('falls back to the path without names while cardinality is increased', () => {
    const label = labelOf(['/orders/{id}'], true);
    expect(label('/orders/1')).toBe('/orders/{id}');
    expect(label('/else/x')).toBe('/else/x');
    expect(label('/v1.0/secrets/s/name')).toBe('/v1.0/secrets/s');
  });

  it('refuses what is no pattern', () => {
    expect(() => createPathMatcher(['/a/{b'])).toThrow('invalid path pattern "/a/{b" in spec.metrics.http.pathMatching');
    expect(() => createPathMatcher(['/a/{b...}/c'])).toThrow('invalid path pattern');
    expect(createPathMatcher([])).toBeUndefined();
  });
});
