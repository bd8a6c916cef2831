import { describe, expect, it } from 'vitest';
import { compileRules } from '../../src/metrics/label-rules.ts';

const rule = (name: string, regex: Record<string, string>) => ({
  name,
  labels: [{ name: 'path', regex: Object.entries(regex) }],
});

describe('compileRules', () => {
  it('loads nothing without rules', async () => {
    expect(await compileRules([])).toBeUndefined();
  });

  it.each([
    ['dapr_http_server_request_count', 'dapr_http_server_request_count'],
    ['http_server_request_count', 'dapr_http_server_request_count'],
    ['http/server/request_count', 'dapr_http_server_request_count'],
    ['dapr_grpc.io_server_completed_rpcs', 'grpc.io/server/completed_rpcs'],
  ])('a rule for %s holds for %s', async (name, metric) => {
    const rewrite = await compileRules([rule(name, { x: '.+' })]);
    expect(rewrite?.(metric, 'path', '/a')).toBe('x');
    expect(rewrite?.('dapr_other', 'path', '/a')).toBe('/a');
    expect(rewrite?.(metric, 'status', '/a')).toBe('/a');
  });

  it.each([
    ['/u/$1', '^/users/([^/]+)', '/users/7/x', '/u/7/x'],
    ['${1}x', '^/(a)', '/ab', 'axb'],
    ['$1x', '^/(a)', '/ab', 'b'], // the name is `1x`, which no group has
    ['${verb}', '^/(?P<verb>[a-z]+)/.*', '/get/7', 'get'],
    ['$$', 'a', 'aba', '$b$'],
    ['/{id}', '/\\d+', '/a/1/b/22', '/a/{id}/b/{id}'],
    ['', '[[:digit:]]+', 'a1b2', 'ab'],
    ['x', '(?i)SECRET', '/secret', '/x'],
  ])('%s for %s makes of %s: %s', async (replacement, expression, value, expected) => {
    const rewrite = await compileRules([rule('m', { [replacement]: expression })]);
    expect(rewrite?.('m', 'path', value)).toBe(expected);
  });

  it('leaves an empty value empty, and applies expressions one after the other', async () => {
    const rewrite = await compileRules([rule('m', { b: 'a', c: 'b' })]);
    expect(rewrite?.('m', 'path', 'a')).toBe('c');
    expect((await compileRules([rule('m', { x: '^$' })]))?.('m', 'path', '')).toBe('');
  });

  it('takes linear time for an expression that is exponential elsewhere', async () => {
    const rewrite = await compileRules([rule('m', { x: '^(a+)+$' })]);
    expect(rewrite?.('m', 'path', `${'a'.repeat(5000)}!`)).toBe(`${'a'.repeat(5000)}!`);
  });

  it('names the rule whose expression is none', async () => {
    await expect(compileRules([rule('dapr_m', { x: '(' })])).rejects.toThrow('failed to compile regex for rule mpath/x: ');
  });
});
