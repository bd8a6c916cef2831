import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff, escapeSegment, type HttpAnswer, type HttpClient, startDeadline } from '@coffer/http-client';
import type { KeySource } from './key-source.ts';
import { type ServiceFailure, serviceFailure } from './service-failure.ts';
import { type Keys, sign } from './sign.ts';

export interface ApiOptions {
  readonly http: HttpClient;
  readonly keys: KeySource;
  /** Milliseconds for a request with its retries. */
  readonly timeout: number;
  readonly retries: 'some' | 'none';
  /** Where everything is sent, whatever its host is: a test's. */
  readonly address?: URL | undefined;
}

export interface Call {
  /** Scheme, host and port of the service. */
  readonly service: URL;
  /** Steps of the path, unescaped. */
  readonly segments: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  /** Headers beside those of every request, in small letters; they are signed. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How often a call is sent that the service throttles or is too busy for. */
const ATTEMPTS = 4;
const LONGEST_PAUSE = 8_000;
/** Milliseconds over which calls that were told to wait the same time come back. */
const SPREAD = 100;

/** Sends signed requests to services of Huawei Cloud. */
export class HuaweiApi {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** An answer of status 200. Any other is a `ServiceFailure`, after the retries that make sense. */
  async get(call: Call, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { keys, timeout } = this.#options;
    const deadline = startDeadline(signal, timeout);
    const backoff = new Backoff(LONGEST_PAUSE);
    try {
      for (let attempt = 1, renewed = false; ; ) {
        const current = await keys.current(deadline.signal);
        const answer = await this.#send(call, current, { signal: deadline.signal, timeout: Math.max(1, deadline.left()) });
        if (answer.status === 200) return answer;
        const failure = serviceFailure(answer);
        if (failure.code === 'unauthenticated' && !renewed && keys.refuse(current)) {
          renewed = true;
          continue;
        }
        const pause = failure.retryAfter === undefined ? backoff.pause() : failure.retryAfter + Math.random() * SPREAD;
        if (!this.#mayPass(failure) || attempt >= ATTEMPTS || pause >= deadline.left()) throw failure;
        attempt++;
        await sleep(pause, undefined, { signal: deadline.signal });
      }
    } catch (cause) {
      throw deadline.failure(cause, `Get "${call.service.origin}/${call.segments.map(escapeSegment).join('/')}"`);
    } finally {
      deadline.clear();
    }
  }

  /** When there are keys. */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    await this.#options.keys.current(signal);
  }

  close(): void {
    this.#options.keys.close();
    this.#options.http.close();
  }

  #send(call: Call, keys: Keys, options: { readonly signal: AbortSignal; readonly timeout: number }): Promise<HttpAnswer> {
    const { http, address } = this.#options;
    const { service, segments, query, headers } = call;
    const request = { method: 'GET', segments, ...(query && { query }), headers: { ...headers, host: service.host } };
    const signed = sign(request, keys, Date.now());
    const url = new URL(signed.target, address ?? service);
    return http.request({ url, headers: { ...signed.headers, 'content-type': 'application/json' } }, options);
  }

  #mayPass({ status }: ServiceFailure): boolean {
    return this.#options.retries === 'some' && (status === 429 || (status >= 500 && status !== 501));
  }
}
