import { setTimeout as sleep } from 'node:timers/promises';
import { isSecretStoreError, type Redacted, SecretStoreError, throwIfAborted } from '@coffer/core/driver';
import { Backoff, type HttpAnswer, HttpClient, HttpFailure, type HttpRequest, retryAfterOf } from '@coffer/http-client';
import { acmeErrorFrom } from './errors.ts';

export interface AcmeCall {
  readonly method?: string;
  readonly path: string;
  readonly body?: object;
}

const ATTEMPTS = 3;

/** Calls of the service, with the token. Fails with `SecretStoreError`. */
export class AcmeClient {
  readonly url: string;
  readonly http: HttpClient;
  readonly #token: Redacted<string>;

  constructor(url: string, token: Redacted<string>, timeout: number) {
    this.url = url;
    this.#token = token;
    this.http = new HttpClient({ timeout, proxy: 'none', maxResponse: 4 * 2 ** 20 });
  }

  async call(
    { method = 'GET', path, body }: AcmeCall,
    operation: string,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown>> {
    try {
      const headers = { authorization: `Bearer ${this.#token.reveal()}` };
      const request = {
        method,
        url: new URL(path, this.url),
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const answer = await this.#unthrottled(request, signal);
      if (answer.status !== 200) throw acmeErrorFrom(answer.status, operation);
      return objectOf(answer.body, operation);
    } catch (cause) {
      if (isSecretStoreError(cause)) throw cause;
      const failure = cause instanceof HttpFailure ? cause : undefined;
      throw new SecretStoreError(failure?.code ?? 'internal', failure?.message ?? 'unexpected failure', { operation, cause });
    }
  }

  /** Comes back when it is asked to, a few times. */
  async #unthrottled(request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const backoff = new Backoff();
    for (let attempt = 1; ; attempt++) {
      const answer = await this.http.request(request, { signal });
      if (answer.status !== 429 || attempt === ATTEMPTS) return answer;
      try {
        await sleep(retryAfterOf(answer.headers) ?? backoff.pause(), undefined, { signal });
      } catch (cause) {
        throwIfAborted(signal);
        throw cause;
      }
    }
  }
}

/** JSON.parse quotes the text in its messages. */
function objectOf(bytes: Buffer, operation: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString());
  } catch {
    throw new SecretStoreError('unavailable', 'acme answered with text that is no JSON', { operation });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new SecretStoreError('unavailable', 'acme answered with no JSON object', { operation });
  }
  return parsed as Record<string, unknown>;
}
