import type { Answer, SeenRequest } from '../fake-service.ts';
import { success } from './answers.ts';
import type { FakeMethod } from './login-methods.ts';
import { failure, listed } from './messages.ts';
import { type Token, Tokens } from './tokens.ts';
import { Wrappings } from './wrapping.ts';

export { appRole, aws, certificate, type FakeMethod, jwt, kubernetes, userpass } from './login-methods.ts';
export { type SigningKey, verifySignature } from './sigv4.ts';
export type { Token, TokenRules } from './tokens.ts';

const DENIED = failure(403, ['permission denied']);
/** What a token that is known hears. */
const NOT_ALLOWED = listed(403, 'permission denied');

export interface LoginOptions {
  /** By mount path, without `auth/`; in front of it the namespace and a slash, when it is in one. */
  readonly methods?: Readonly<Record<string, FakeMethod>>;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

/** The part of a Vault server that logs in and keeps tokens: logins, look-ups, renewals, revocations, wrapping. */
export class VaultLogins {
  readonly tokens: Tokens;
  readonly wrappings: Wrappings;
  /** May be replaced while it serves. */
  methods: Readonly<Record<string, FakeMethod>>;
  readonly #now: () => number;

  constructor({ methods = {}, now = () => Date.now() }: LoginOptions = {}) {
    this.methods = methods;
    this.#now = now;
    this.tokens = new Tokens(now);
    this.wrappings = new Wrappings(now);
  }

  /** The answer, when the request is one of these; else undefined. */
  handle(request: SeenRequest): Answer | undefined {
    const path = request.path.replace(/^\/v1\//, '');
    const name = path.replace('auth/token/', '');
    if (path.startsWith('auth/token/') && ['lookup-self', 'renew-self', 'revoke-self'].includes(name))
      return this.#own(name, request);
    if (path === 'sys/wrapping/lookup') return this.wrappings.lookUp(String(bodyOf(request).token ?? tokenOf(request)));
    if (path === 'sys/wrapping/unwrap') return this.wrappings.unwrap(String(bodyOf(request).token ?? tokenOf(request)));
    return path.startsWith('auth/') ? this.#logIn(path.slice('auth/'.length), request) : undefined;
  }

  /** The token of a request, when it is known; this is one use of it. */
  authenticate(request: SeenRequest): Token | undefined {
    return this.tokens.use(tokenOf(request));
  }

  #own(name: string, request: SeenRequest): Answer {
    const token = this.authenticate(request);
    if (token === undefined) return DENIED;
    if (!(token.rules.policies ?? ['default']).includes('default')) return NOT_ALLOWED;
    if (name === 'lookup-self') {
      const ttl = Math.ceil((token.endsAt - this.#now()) / 1000);
      return success({ data: { ttl, renewable: token.rules.renewable ?? true, type: token.rules.type ?? 'service' } });
    }
    if (token.rules.type === 'batch')
      return failure(400, [`batch tokens cannot be ${name === 'renew-self' ? 'renewed' : 'revoked'}`]);
    if (name === 'revoke-self') {
      this.tokens.revoke(token.id);
      return { status: 204 };
    }
    if (token.rules.renewable === false) return failure(400, ['lease is not renewable']);
    this.tokens.renew(token);
    return success({ auth: this.tokens.authOf(token) });
  }

  #logIn(path: string, request: SeenRequest): Answer {
    const [, mount = '', name = ''] = /^(.+)\/login(?:\/([^/]+))?$/.exec(path) ?? [];
    const namespace = request.headers['x-vault-namespace'];
    const method = this.methods[namespace === undefined ? mount : `${String(namespace)}/${mount}`];
    if (method === undefined || !['POST', 'PUT'].includes(request.method)) return DENIED;
    const result = method({ name: decodeURIComponent(name), body: bodyOf(request), request, now: this.#now() });
    if (isRefusal(result)) return failure(result[0], [result[1]]);
    return success({ auth: this.tokens.authOf(this.tokens.issue(result)) });
  }
}

function isRefusal(result: ReturnType<FakeMethod>): result is readonly [number, string] {
  return Array.isArray(result);
}

function tokenOf({ headers }: SeenRequest): string | undefined {
  const header = headers['x-vault-token'];
  return typeof header === 'string' ? header : undefined;
}

function bodyOf({ body }: SeenRequest): Readonly<Record<string, unknown>> {
  return body.length === 0 ? {} : JSON.parse(body.toString());
}
