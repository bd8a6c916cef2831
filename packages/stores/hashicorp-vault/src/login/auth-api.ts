import type { CallOptions } from '@coffer/core/driver';
import type { VaultAnswer, VaultApi, VaultCall } from '../vault-api.ts';
import { type AnswerContext, callErrorFrom, LoginError, loginErrorFrom } from './errors.ts';
import { grantOf, type TokenGrant } from './grant.ts';

/** What a login shows to the server. */
export interface LoginCall {
  /** Segments below the mount of the method: `['login']`. */
  readonly path: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
  /** What of it is secret. */
  readonly secrets: readonly string[];
  /** What to check when the server refuses. */
  readonly hint: string;
}

export interface AuthPlace {
  /** Segments of the mount path, without `auth`. */
  readonly mount: readonly string[];
  /** Namespace of the auth method; that of every call of the store when absent. */
  readonly namespace: string | undefined;
}

/** The part of the server's API that concerns tokens. Fails with `SecretStoreError`. */
export class AuthApi {
  readonly place: AuthPlace;
  readonly #api: VaultApi;

  constructor(api: VaultApi, place: AuthPlace) {
    this.#api = api;
    this.place = place;
  }

  /** As messages name the auth method. */
  get name(): string {
    return `auth/${this.place.mount.join('/')}`;
  }

  async logIn({ path, body, secrets, hint }: LoginCall, options: CallOptions): Promise<TokenGrant> {
    const context: AnswerContext = { what: `couldn't log in at ${this.name}`, hint, secrets };
    const answer = await this.post(['auth', ...this.place.mount, ...path], { body }, context, options);
    return grantIn(answer, context);
  }

  async renew(token: string, options: CallOptions): Promise<TokenGrant> {
    const context: AnswerContext = { what: "couldn't renew the token", hint: '', secrets: [token] };
    return grantIn(await this.post(['auth', 'token', 'renew-self'], { body: {}, token }, context, options), context);
  }

  /** Whether the server knows the token: false also for one that may not ask about itself. */
  async knows(token: string, options: CallOptions): Promise<boolean> {
    const context: AnswerContext = { what: "couldn't look the token up", hint: '', secrets: [token] };
    const answer = await this.#call({ method: 'GET', path: ['auth', 'token', 'lookup-self'], token }, context.what, options);
    if (answer.status === 403) return false;
    if (answer.status !== 200) throw loginErrorFrom(answer, context);
    return true;
  }

  async revoke(token: string, options: CallOptions): Promise<void> {
    const context: AnswerContext = { what: "couldn't revoke the token", hint: '', secrets: [token] };
    await this.post(['auth', 'token', 'revoke-self'], { body: {}, token }, context, options);
  }

  /** An answer of success to a POST with this JSON. */
  async post(
    path: readonly string[],
    parts: Pick<VaultCall, 'body' | 'token'>,
    context: AnswerContext,
    options: CallOptions,
  ): Promise<VaultAnswer> {
    const answer = await this.#call({ method: 'POST', path, ...parts }, context.what, options);
    if (answer.status < 200 || answer.status > 299) throw loginErrorFrom(answer, context);
    return answer;
  }

  async #call(call: VaultCall, what: string, options: CallOptions): Promise<VaultAnswer> {
    const { namespace } = this.place;
    // Node writes one byte for each character.
    const bytes = namespace === undefined ? undefined : Buffer.from(namespace, 'utf8').toString('latin1');
    const headers = bytes === undefined ? {} : { headers: { 'x-vault-namespace': bytes } };
    try {
      return await this.#api.call({ ...call, ...headers }, options);
    } catch (cause) {
      throw callErrorFrom(cause, what);
    }
  }
}

function grantIn(answer: VaultAnswer, { what }: AnswerContext): TokenGrant {
  const auth = typeof answer.json === 'object' && answer.json !== null && 'auth' in answer.json ? answer.json.auth : undefined;
  const grant = grantOf(auth);
  if (grant !== undefined) return grant;
  if (asksForMore(auth)) {
    const hint = 'a program can not give a second factor: take the login out of the MFA enforcement';
    throw new LoginError('failed_precondition', `${what}: the server asks for multi-factor authentication`, { hint });
  }
  const hint = 'the answer is not that of a Vault server: check vaultAddr';
  throw new LoginError('unavailable', `${what}: the answer holds no token`, { hint });
}

function asksForMore(auth: unknown): boolean {
  return typeof auth === 'object' && auth !== null && 'mfa_requirement' in auth && auth.mfa_requirement !== null;
}
