import { type CallOptions, SecretStoreError } from '@coffer/core/driver';
import { refusesToken } from './errors.ts';
import type { TokenSource } from './token-source.ts';
import { type VaultAnswer, type VaultApi, type VaultCall, vaultAnswer } from './vault-api.ts';

export interface SessionOptions {
  readonly api: VaultApi;
  readonly tokens: TokenSource;
  /** Whether wrapped answers are unwrapped. */
  readonly unwraps: boolean;
  /** Milliseconds for which answers are to be wrapped; 0 for not at all. */
  readonly wrapTtl: number;
}

/** Calls with a token. Fails with `HttpFailure` when there is no answer, with a `SecretStoreError` when there is no token. */
export class VaultSession {
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  async ask(given: VaultCall, options: CallOptions): Promise<VaultAnswer> {
    const { api, tokens, unwraps, wrapTtl } = this.#options;
    const call = wrapTtl > 0 ? { ...given, headers: { 'x-vault-wrap-ttl': `${Math.ceil(wrapTtl / 1000)}s` } } : given;
    let token = sendable(await tokens.token(options));
    let answer = await api.call({ ...call, token }, options);
    if (token !== undefined && refusesToken(answer) && (await tokens.rejected(token, options))) {
      token = sendable(await tokens.token(options));
      answer = await api.call({ ...call, token }, options);
    }
    const wrapping = unwraps ? wrappingToken(answer) : undefined;
    if (wrapping === undefined) return withoutToken(answer, token);
    const inside = await api.call({ method: 'POST', path: ['sys', 'wrapping', 'unwrap'], token: wrapping }, options);
    return withoutToken(inside, wrapping);
  }

  async close(): Promise<void> {
    await this.#options.tokens.close();
    this.#options.api.close();
  }
}

/** A token as a header may have it. */
function sendable(token: string | undefined): string | undefined {
  if (token === undefined || !/[\0-\x08\x0a-\x1f\x7f]/.test(token)) return token;
  const detail = 'couldn\'t get secret: net/http: invalid header field value for "X-Vault-Token"';
  throw new SecretStoreError('unauthenticated', detail, {
    hint: 'the token has a line break or another control character in it',
  });
}

/** A token that is shorter is a word, for a test. */
const SHORT = 8;

/** A failed answer goes into messages, and what is between here and the server may repeat what it was sent. */
function withoutToken(answer: VaultAnswer, token: string | undefined): VaultAnswer {
  const { status, headers, text } = answer;
  if (status === 200 || token === undefined || token.length < SHORT || !text.includes(token)) return answer;
  return vaultAnswer(status, headers, text.replaceAll(token, '…'));
}

/** What to open the answer with, when the server was told to wrap what it answers. */
function wrappingToken({ status, text, json }: VaultAnswer): string | undefined {
  if (status !== 200 || !/"wrap_info"\s*:\s*\{/.test(text)) return undefined;
  const { wrap_info: info } = json as { readonly wrap_info?: { readonly token?: unknown } | null };
  return typeof info?.token === 'string' ? info.token : undefined;
}
