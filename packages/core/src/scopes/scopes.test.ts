import { describe, expect, it } from 'vitest';
import { decideScope, prepareScopes } from './scopes.ts';

const LISTS = { none: [], 'a only': ['a'], 'a and b': ['a', 'b'], 'other case': ['A'], 'a twice': ['a', 'a'] };

// The reference's rules, written the long way round: an independent reading of the specification.
function expected(access: 'allow' | 'deny', allowed: string[], denied: string[], secret: string): boolean {
  if (allowed.length > 0) return allowed.some((name) => name === secret);
  for (const name of denied) if (name === secret) return false;
  return access === 'allow';
}

describe('decideScope', () => {
  const rows = (['allow', 'deny'] as const).flatMap((access) =>
    Object.entries(LISTS).flatMap(([allowedTitle, allowed]) =>
      Object.entries(LISTS).flatMap(([deniedTitle, denied]) =>
        ['a', 'b', 'c', 'A', '', '__proto__'].map((secret) => ({ access, allowedTitle, allowed, deniedTitle, denied, secret })),
      ),
    ),
  );

  it.each(rows)(
    '$access, allowed $allowedTitle, denied $deniedTitle, secret "$secret"',
    ({ access, allowed, denied, secret }) => {
      const scopes = prepareScopes([
        { storeName: 'vault', defaultAccess: access, allowedSecrets: allowed, deniedSecrets: denied },
      ]);
      expect(decideScope(scopes, 'vault', secret).allowed).toBe(expected(access, allowed, denied, secret));
      expect(decideScope(scopes, 'Vault', secret)).toEqual({ allowed: true, rule: 'no_scope' });
    },
  );

  it.each([
    ['deny', [], [], 'k1', false, 'default_deny'],
    ['deny', ['k1'], [], 'k1', true, 'allowed_list'],
    ['deny', ['k1'], [], 'k2', false, 'not_in_allowed_list'],
    ['allow', ['k1'], [], 'k2', false, 'not_in_allowed_list'],
    ['allow', [], ['k1'], 'k1', false, 'denied_list'],
    ['allow', [], ['k1'], 'k2', true, 'default_allow'],
    ['allow', ['k1'], ['k1'], 'k1', true, 'allowed_list'],
    ['deny', [], ['k1'], 'k2', false, 'default_deny'],
  ] as const)('row of the documented table: %s, %j, %j, %s', (access, allowed, denied, secret, isAllowed, rule) => {
    const scopes = prepareScopes([{ storeName: 's', defaultAccess: access, allowedSecrets: allowed, deniedSecrets: denied }]);
    expect(decideScope(scopes, 's', secret)).toEqual({ allowed: isAllowed, rule });
  });

  it('knows no wildcards, prefixes or trimming', () => {
    const scopes = prepareScopes([
      { storeName: 's', defaultAccess: 'deny', allowedSecrets: ['k*', ' k1', 'k1/'], deniedSecrets: [] },
    ]);
    expect(decideScope(scopes, 's', 'k1').allowed).toBe(false);
  });

  it('treats store names that objects inherit as ordinary names', () => {
    expect(decideScope(prepareScopes([]), '__proto__', 'x')).toEqual({ allowed: true, rule: 'no_scope' });
  });
});
