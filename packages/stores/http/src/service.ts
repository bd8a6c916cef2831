import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOptions, throwIfAborted } from '@coffer/core/driver';
import { Backoff, type HttpAnswer, type HttpClient, retryAfterOf } from '@coffer/http-client';
import { RefusedAnswer } from './errors.ts';
import { JsonDocument } from './json-document.ts';
import { hasParameter, withParameter } from './query.ts';
import { UnreadableAnswer } from './unreadable-answer.ts';

export interface ServiceOptions {
  readonly http: HttpClient;
  readonly headers: Readonly<Record<string, string>>;
  /** Parameters that every address gets, unless it has them. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Milliseconds for a request with its retries. */
  readonly timeout: number;
  readonly maxResponse: number;
  /** Media types of JSON, in lower case. */
  readonly contentTypes: ReadonlySet<string>;
  /** Called before each request. Never fails. */
  readonly prepare?: () => Promise<void>;
}

export interface ServiceRequest {
  readonly url: URL;
  /** JSON; with it the request is a POST. */
  readonly body?: string;
}

/** An answer of success. */
export interface ServiceAnswer {
  readonly headers: HttpAnswer['headers'];
  /** Undefined when the answer is empty. */
  readonly document: JsonDocument | undefined;
}

/** How often a request is sent that the service throttles or has trouble with. */
const TRIES = 4;
/** Milliseconds. */
const LONGEST_PAUSE = 8_000;
/** Milliseconds over which requests that were told to wait the same time come back. */
const SPREAD = 100;
/** What may be another answer soon. */
const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** The service: one place, with the credentials of the component. Every request is one that reads, and may be sent again. */
export class Service {
  readonly #options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /** The JSON of an answer. Fails with `RefusedAnswer`, `UnreadableAnswer` or `HttpFailure`. */
  async ask(request: ServiceRequest, options: CallOptions): Promise<ServiceAnswer> {
    const { status, headers, body } = await this.succeed(request, options);
    if (status === 204 || body.length === 0) return { headers, document: undefined };
    const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (!type.endsWith('+json') && !this.#options.contentTypes.has(type)) {
      const what = /^[\w.+-]+\/[\w.+-]{1,60}$/.test(type) ? type : 'of no known kind';
      throw new UnreadableAnswer('foreign', `the answer is ${what}, not JSON`);
    }
    return { headers, document: new JsonDocument(body) };
  }

  /** An answer of success, whatever it holds. Fails with `RefusedAnswer` or `HttpFailure`. */
  async succeed({ url, body }: ServiceRequest, { signal }: CallOptions): Promise<HttpAnswer> {
    const { http, headers, query, timeout, maxResponse, prepare } = this.#options;
    const end = performance.now() + timeout;
    await prepare?.();
    let address = url;
    for (const [name, value] of query) if (!hasParameter(address, name)) address = withParameter(address, name, value);
    const request =
      body === undefined
        ? { url: address, headers }
        : { url: address, method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body, isRepeatable: true };
    const backoff = new Backoff(LONGEST_PAUSE);
    for (let attempt = 1; ; attempt++) {
      const left = Math.max(1, end - performance.now());
      const answer = await http.request(request, { signal, timeout: left, maxResponse });
      if (answer.status >= 200 && answer.status < 300) return answer;
      const asked = retryAfterOf(answer.headers);
      const pause = asked === undefined ? backoff.pause() : asked + Math.random() * SPREAD;
      // There is no use in waiting for longer than the call may take.
      if (attempt >= TRIES || !PASSING.has(answer.status) || performance.now() + pause >= end) {
        throw new RefusedAnswer(answer.status);
      }
      await sleep(pause, undefined, { signal }).catch(() => throwIfAborted(signal));
    }
  }

  close(): void {
    this.#options.http.close();
  }
}
