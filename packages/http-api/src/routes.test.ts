import type { AccessRule } from '@coffer/core';
import { describe, expect, test } from 'vitest';
import { Router } from './router.ts';
import { INVOKE, isRouteAllowed, ROUTES } from './routes.ts';

const rule = (name: string, version: string, protocol = 'http'): AccessRule => ({ name, version, protocol });
const route = (operation: string) => [...ROUTES, INVOKE].find((each) => each.operation === operation) as (typeof ROUTES)[number];

describe('access rules', () => {
  test.each<[string, AccessRule[], AccessRule[], string[], string[]]>([
    ['none', [], [], ['GetSecret', 'InvokeService'], []],
    ['deny a group', [], [rule('secrets', 'v1')], ['GetMetadata', 'InvokeService'], ['GetSecret', 'GetBulkSecret']],
    ['deny by path', [], [rule('secrets', 'v1.0')], ['GetMetadata'], ['GetSecret', 'GetBulkSecret']],
    ['deny by a piece of the path', [], [rule('secret', 'v1.0')], [], ['GetSecret']],
    ['deny one route', [], [rule('secrets/{secretStoreName}/bulk', 'v1.0')], ['GetSecret'], ['GetBulkSecret']],
    ['protocol in upper case', [], [rule('secrets', 'v1', 'HTTP')], [], ['GetSecret']],
    [
      'another protocol',
      [rule('metadata', 'v1', 'grpc')],
      [rule('secrets', 'v1', 'grpc'), rule('secrets', 'v1', '')],
      ['GetSecret'],
      [],
    ],
    ['name in another case', [], [rule('Secrets', 'v1')], ['GetSecret'], []],
    ['allow one group', [rule('secrets', 'v1')], [], ['GetSecret', 'Healthz'], ['GetMetadata', 'Shutdown', 'InvokeService']],
    ['denied wins', [rule('secrets', 'v1')], [rule('secrets', 'v1')], [], ['GetSecret']],
    ['probes stay', [rule('secrets', 'v1')], [rule('healthz', 'v1')], ['Healthz', 'HealthzOutbound'], []],
    ['empty rule', [], [rule('', '')], ['GetSecret'], []],
    ['version only', [], [rule('', 'v1.0')], ['Healthz', 'TryLock'], ['GetSecret', 'GetMetadata', 'InvokeService']],
    ['alpha group', [], [rule('lock', 'v1alpha1')], ['GetSecret'], ['TryLock']],
  ])('%s', (_, allowed, denied, open, closed) => {
    for (const operation of open)
      expect([operation, isRouteAllowed(route(operation), { allowed, denied })]).toEqual([operation, true]);
    for (const operation of closed)
      expect([operation, isRouteAllowed(route(operation), { allowed, denied })]).toEqual([operation, false]);
  });
});

describe('Router', () => {
  const router = new Router(ROUTES);
  const found = (method: string, path: string) => {
    const match = router.match(method, path);
    return match.route === undefined ? match.allow : [match.route.operation, ...match.parameters];
  };

  test.each<[string, string, string[]]>([
    ['GET', '/v1.0/secrets/s/k', ['GetSecret', 's', 'k']],
    ['GET', '/v1.0/secrets/s/bulk', ['GetBulkSecret', 's']],
    ['GET', '/v1.0/secrets/s/%62ulk', ['GetSecret', 's', '%62ulk']],
    ['GET', '/v1.0/secrets/bulk/bulk', ['GetBulkSecret', 'bulk']],
    ['GET', '/v1.0/secrets/s/BULK', ['GetSecret', 's', 'BULK']],
    ['POST', '/v1.0/secrets/s/k', ['GET']],
    ['get', '/v1.0/secrets/s/k', ['GET']],
    ['HEAD', '/v1.0/healthz', ['GET']],
    ['GET', '/v1.0/metadata/x', ['PUT']],
    ['PUT', '/v1.0/metadata', ['GET']],
    ['GET', '/v1.0/healthz/outbound', ['HealthzOutbound']],
    ['GET', '/v1.0/state/s/bulk', ['GetState', 's', 'bulk']],
    ['POST', '/v1.0/state/s/bulk', ['GetBulkState', 's']],
    ['DELETE', '/v1.0/state/s/k', ['DeleteState', 's', 'k']],
    ['POST', '/v1.0/publish/p/a/b', ['PublishEvent', 'p', 'a', 'b']],
    ['POST', '/v1.0/publish/p', []],
    ['POST', '/v1.0/publish/bulk/p/t', ['BulkPublishEvent', 'p', 't']],
    ['GET', '/', []],
    ['GET', '*', []],
    ['GET', '/v1.0', []],
    ['GET', '/v1.0/secrets', []],
    ['GET', '/v1.0/secrets/s', []],
    ['GET', '/v1.0/secrets/s/k/x', []],
    ['GET', '/v1.0/Secrets/s/k', []],
    ['GET', '/v1/secrets/s/k', []],
    ['GET', '/v1.0-alpha1/secrets/s/k', []],
  ])('%s %s', (method, path, expected) => {
    expect(found(method, path)).toEqual(expected);
  });

  test('without the bulk route its path is a secret called bulk', () => {
    const without = new Router(ROUTES.filter(({ operation }) => operation !== 'GetBulkSecret'));
    expect(without.match('GET', '/v1.0/secrets/s/bulk')).toMatchObject({
      route: { operation: 'GetSecret' },
      parameters: ['s', 'bulk'],
    });
  });
});
