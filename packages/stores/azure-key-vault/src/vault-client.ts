import { setTimeout as sleep } from 'node:timers/promises';
import { textOfBuffer } from '@coffer/core/driver';
import {
  Backoff,
  type Deadline,
  escapeSegment,
  type HttpAnswer,
  type HttpClient,
  retryAfterOf,
  startDeadline,
} from '@coffer/http-client';
import type { AccessTokens } from './access-tokens.ts';
import { VaultFailure } from './vault-failure.ts';
import { type ListedSecret, listedSecretsOf, type ReadSecret, readSecretOf } from './wire.ts';

export interface VaultClientOptions {
  readonly http: HttpClient;
  readonly url: URL;
  readonly tokens: AccessTokens;
  /** Milliseconds for one request, its retries included. */
  readonly timeout: number;
}

/** The most secrets that a page can have. */
export const PAGE = 25;
/** What every vault of every cloud speaks. */
const API_VERSION = '7.5';
const ATTEMPTS = 4;
/** Statuses after which the same request may succeed. */
const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const LONGEST_PAUSE = 4_000;

/** Reads secrets of one vault. Fails with `VaultFailure`, `HttpFailure`, or what the credential fails with. */
export class VaultClient {
  readonly #options: VaultClientOptions;
  /** The vault has had enough of everybody until then. */
  #quiet: { readonly until: number; readonly answer: HttpAnswer } | undefined;

  constructor(options: VaultClientOptions) {
    this.#options = options;
  }

  /** The current version when `version` is empty. */
  async get(name: string, version: string, signal: AbortSignal | undefined): Promise<ReadSecret> {
    const url = this.#url(`/secrets/${escapeSegment(name)}/${escapeSegment(version)}`);
    return readSecretOf(await this.#ask(url, signal), url);
  }

  /** Page by page, with `size` secrets at most in each. A next link is a path in this vault, whatever host it names. */
  async *pages(size: number, signal: AbortSignal | undefined): AsyncGenerator<readonly ListedSecret[]> {
    const seen = new Set<string>();
    let url = this.#url('/secrets');
    if (size < PAGE) url.searchParams.set('maxresults', String(size));
    for (;;) {
      const { secrets, next } = listedSecretsOf(await this.#ask(url, signal), url);
      yield secrets;
      if (next === undefined) return;
      if (seen.has(next.search)) throw new VaultFailure({ message: 'the list of secrets does not end: a page came twice' });
      seen.add(next.search);
      url = new URL(`${next.pathname}${next.search}`, this.#options.url);
    }
  }

  #url(path: string): URL {
    return new URL(`${path}?api-version=${API_VERSION}`, this.#options.url);
  }

  /** The text of a good answer. */
  async #ask(url: URL, signal: AbortSignal | undefined): Promise<string> {
    const deadline = startDeadline(signal, this.#options.timeout);
    try {
      const { status, body } = await this.#send(url, deadline);
      if (status !== 200) throw VaultFailure.of(url, status, textOfBuffer(body));
      return textOfBuffer(body);
    } catch (cause) {
      throw deadline.failure(cause, `Get "${url.origin}${url.pathname}"`);
    } finally {
      deadline.clear();
    }
  }

  async #send(url: URL, deadline: Deadline): Promise<HttpAnswer> {
    const { http, tokens } = this.#options;
    const backoff = new Backoff(LONGEST_PAUSE);
    for (let attempt = 1; ; attempt++) {
      const refusal = await this.#untilWelcome(deadline);
      if (refusal !== undefined) return refusal;
      const token = await tokens.get(deadline.signal);
      const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
      const answer = await http.request({ url, headers }, { signal: deadline.signal, timeout: deadline.left() });
      const { status } = answer;
      if (status === 401 && attempt < ATTEMPTS && tokens.reject(token, claimsOf(answer))) continue;
      if (!PASSING.has(status) || attempt >= ATTEMPTS) return answer;
      const pause = retryAfterOf(answer.headers) ?? backoff.pause();
      if (status === 429) this.#quiet = { until: performance.now() + pause, answer };
      if (pause >= deadline.left()) return answer;
      if (status !== 429) await sleep(pause, undefined, { signal: deadline.signal });
    }
  }

  /**
   * Waits while the vault is throttling: one answer of that kind holds everybody back, so that many reads do not all learn it
   * for themselves. That answer, when the wait would outlast the deadline.
   */
  async #untilWelcome(deadline: Deadline): Promise<HttpAnswer | undefined> {
    for (let quiet = this.#quiet; quiet !== undefined; quiet = this.#quiet) {
      const pause = quiet.until - performance.now();
      if (pause >= deadline.left()) return quiet.answer;
      if (pause > 0) await sleep(pause * (1 + Math.random() / 10), undefined, { signal: deadline.signal });
      if (this.#quiet === quiet && quiet.until <= performance.now()) this.#quiet = undefined;
    }
    return undefined;
  }
}

/** What a token must hold to be taken, where a policy of the tenant has changed since it was made. */
function claimsOf({ headers }: HttpAnswer): string | undefined {
  const challenge = headers['www-authenticate'] ?? '';
  if (!/\berror="insufficient_claims"/.test(challenge)) return undefined;
  const claims = /\bclaims="([A-Za-z0-9+/=_-]+)"/.exec(challenge)?.[1];
  return claims === undefined ? undefined : Buffer.from(claims, 'base64').toString();
}
