import type { SecretScope } from '../resources/types.ts';

/** Which line of the specification decided. */
export type ScopeRule = 'no_scope' | 'allowed_list' | 'not_in_allowed_list' | 'denied_list' | 'default_allow' | 'default_deny';

export interface ScopeDecision {
  readonly allowed: boolean;
  readonly rule: ScopeRule;
}

/** The scopes of a Configuration, prepared for look-ups. */
export type ScopeTable = ReadonlyMap<string, PreparedScope>;
interface PreparedScope {
  /** Undefined when the list is empty: then it decides nothing. */
  readonly allowedSecrets: ReadonlySet<string> | undefined;
  readonly deniedSecrets: ReadonlySet<string>;
  readonly denyByDefault: boolean;
}

const DECISIONS: { readonly [Rule in ScopeRule]: ScopeDecision } = {
  no_scope: { allowed: true, rule: 'no_scope' },
  allowed_list: { allowed: true, rule: 'allowed_list' },
  not_in_allowed_list: { allowed: false, rule: 'not_in_allowed_list' },
  denied_list: { allowed: false, rule: 'denied_list' },
  default_allow: { allowed: true, rule: 'default_allow' },
  default_deny: { allowed: false, rule: 'default_deny' },
};

/** Prepares `spec.secrets.scopes`; the loader has already refused a store that is named twice. */
export function prepareScopes(scopes: readonly SecretScope[]): ScopeTable {
  return new Map(
    scopes.map((scope) => [
      scope.storeName,
      {
        allowedSecrets: scope.allowedSecrets.length === 0 ? undefined : new Set(scope.allowedSecrets),
        deniedSecrets: new Set(scope.deniedSecrets),
        denyByDefault: scope.defaultAccess === 'deny',
      },
    ]),
  );
}

/**
 * May the application read this secret of this store? Names are compared exactly, with case: the name is the one given
 * to the API, never a key inside the secret. A list of allowed secrets decides alone; else the denied list; else the default.
 */
export function decideScope(scopes: ScopeTable, store: string, secret: string): ScopeDecision {
  const scope = scopes.get(store);
  if (scope === undefined) return DECISIONS.no_scope;
  if (scope.allowedSecrets !== undefined) {
    return scope.allowedSecrets.has(secret) ? DECISIONS.allowed_list : DECISIONS.not_in_allowed_list;
  }
  if (scope.deniedSecrets.has(secret)) return DECISIONS.denied_list;
  return scope.denyByDefault ? DECISIONS.default_deny : DECISIONS.default_allow;
}
