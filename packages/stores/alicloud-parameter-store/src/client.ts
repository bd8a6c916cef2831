import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from '@coffer/core/driver';
import {
  Backoff,
  type Deadline,
  type HttpAnswer,
  type HttpClient,
  HttpFailure,
  type JsonObject,
  jsonObjectOf,
  type Renewed,
  startDeadline,
} from '@coffer/http-client';
import type { Credentials } from './credentials/types.ts';
import { type ServiceFailure, serviceFailure, unreadable } from './service-failure.ts';
import { canonicalQuery, type Keys, signedHeaders } from './signature.ts';

export interface ClientOptions {
  readonly http: HttpClient;
  readonly credentials: Renewed<Credentials>;
  /** Where requests go. */
  readonly address: URL;
  /** The service's own name: what is sent as Host, and signed. */
  readonly host: string;
  /** Milliseconds for a request with its retries. */
  readonly timeout: number;
  /** Whether throttled answers and those of a busy service are waited out. */
  readonly retries: 'some' | 'none';
}

/** Names and values of a call. */
export type Arguments = Readonly<Record<string, string>>;

const API_VERSION = '2019-06-01';
/** How often a call is sent that the service throttles or is too busy for. */
const ATTEMPTS = 4;
const LONGEST_PAUSE = 8_000;
/** Milliseconds over which calls that were told to wait the same time come back. */
const SPREAD = 100;

/** Calls of OOS, each a signed POST without a body. They only read, so that any of them may be sent again. */
export class OosClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The answer to an action. Fails with `ServiceFailure` and `HttpFailure`, and as the credentials do. */
  async call(action: string, parameters: Arguments, { signal }: CallOptions): Promise<JsonObject> {
    const { credentials, retries, timeout, address } = this.#options;
    const deadline = startDeadline(signal, timeout);
    const backoff = new Backoff(LONGEST_PAUSE);
    const attempts = retries === 'some' ? ATTEMPTS : 1;
    try {
      for (let attempt = 1, renewed = false; ; ) {
        const keys = await credentials.current(deadline.signal);
        const answer = await this.#sendTwice(action, parameters, keys, deadline);
        if (answer.status === 200) return answerOf(answer);
        const failure = serviceFailure(answer, [keys.token, keys.secret]);
        if (failure.code === 'unauthenticated' && !renewed && credentials.refuse(keys)) {
          // Temporary credentials may end before their time.
          renewed = true;
          continue;
        }
        const pause = failure.retryAfter === undefined ? backoff.pause() : failure.retryAfter + Math.random() * SPREAD;
        if (!isPassing(failure) || attempt >= attempts || pause >= deadline.left()) throw failure;
        attempt++;
        await sleep(pause, undefined, { signal: deadline.signal });
      }
    } catch (cause) {
      throw deadline.failure(cause, `Post "${address.origin}/"`);
    } finally {
      deadline.clear();
    }
  }

  close(): void {
    this.#options.credentials.close();
    this.#options.http.close();
  }

  /**
   * A kept connection may be closed by the service at the moment in which it is used: once more, then, on another. Not by the
   * client for HTTP, which would send the same nonce again: the service takes each once.
   */
  async #sendTwice(action: string, parameters: Arguments, keys: Keys, deadline: Deadline): Promise<HttpAnswer> {
    try {
      return await this.#send(action, parameters, keys, deadline);
    } catch (cause) {
      if (!(cause instanceof HttpFailure) || cause.reason !== 'unavailable') throw cause;
      return await this.#send(action, parameters, keys, deadline);
    }
  }

  async #send(action: string, parameters: Arguments, keys: Keys, { signal, left }: Deadline): Promise<HttpAnswer> {
    const { http, address, host } = this.#options;
    const query = canonicalQuery(parameters);
    const date = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const nonce = randomBytes(16).toString('hex');
    const signable = { host, action, version: API_VERSION, query, date, nonce };
    const headers = { accept: 'application/json', ...signedHeaders(signable, keys) };
    const request = { method: 'POST', url: new URL(`/?${query}`, address), headers, body: '' };
    return await http.request(request, { signal, timeout: Math.max(1, left()) });
  }
}

function answerOf({ body }: HttpAnswer): JsonObject {
  const fields = jsonObjectOf(body);
  if (fields === undefined) throw unreadable('the answer is not that of the service: it is no JSON object');
  return fields;
}

function isPassing({ code }: ServiceFailure): boolean {
  return code === 'unavailable' || code === 'resource_exhausted';
}
