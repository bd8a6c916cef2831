import { randomBytes } from 'node:crypto';

/** How long tokens of a role last and what they may; times in milliseconds. */
export interface TokenRules {
  readonly ttl?: number;
  readonly maxTtl?: number;
  readonly type?: 'service' | 'batch';
  /** `default` by default, which lets a token look itself up, renew and revoke itself. */
  readonly policies?: readonly string[];
  readonly renewable?: boolean;
  /** Requests that it is good for; without limit by default. */
  readonly uses?: number;
}

export interface Token {
  readonly id: string;
  readonly rules: TokenRules;
  readonly createdAt: number;
  endsAt: number;
  usesLeft: number;
}

const DEFAULT_TTL = 2_764_800_000;

/** Tokens that end by themselves, as those of a server do. */
export class Tokens {
  readonly #tokens = new Map<string, Token>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many are known that have not ended. */
  get size(): number {
    return [...this.#tokens.values()].filter(({ endsAt }) => this.#now() < endsAt).length;
  }

  issue(rules: TokenRules = {}): Token {
    const id = `${rules.type === 'batch' ? 'b' : 's'}.${randomBytes(18).toString('base64url')}`;
    const now = this.#now();
    const token = { id, rules, createdAt: now, endsAt: now + this.#ttlOf(rules, now), usesLeft: rules.uses ?? Infinity };
    this.#tokens.set(id, token);
    return token;
  }

  /** The token when it is known and has not ended; this is one use of it. */
  use(id: string | undefined): Token | undefined {
    const token = id === undefined ? undefined : this.#tokens.get(id);
    if (token === undefined || this.#now() >= token.endsAt || token.usesLeft <= 0) return undefined;
    token.usesLeft--;
    return token;
  }

  /** Prolonged, at most to its longest life. */
  renew(token: Token): void {
    token.endsAt = this.#now() + this.#ttlOf(token.rules, token.createdAt);
  }

  revoke(id: string): void {
    this.#tokens.delete(id);
  }

  /** The `auth` member of an answer. */
  authOf({ id, rules, endsAt, usesLeft }: Token): object {
    const { type = 'service', policies = ['default'], renewable = type === 'service' } = rules;
    return {
      client_token: id,
      accessor: type === 'batch' ? '' : randomBytes(18).toString('base64url'),
      policies,
      token_policies: policies,
      metadata: null,
      lease_duration: Math.ceil((endsAt - this.#now()) / 1000),
      renewable,
      entity_id: '',
      token_type: type,
      orphan: true,
      mfa_requirement: null,
      num_uses: Number.isFinite(usesLeft) ? usesLeft : 0,
    };
  }

  #ttlOf({ ttl = DEFAULT_TTL, maxTtl = DEFAULT_TTL }: TokenRules, createdAt: number): number {
    return Math.max(0, Math.min(ttl, createdAt + maxTtl - this.#now()));
  }
}
