import { setTimeout as sleep } from 'node:timers/promises';
import { goJson } from '@coffer/core/driver';
import {
  Backoff,
  type Deadline,
  type HttpAnswer,
  type HttpClient,
  HttpFailure,
  type JsonObject,
  retryAfterOf,
  startDeadline,
} from '@coffer/http-client';
import { responseOf } from './answer.ts';
import type { KeySource, Keys } from './credentials/keys.ts';
import { Pace } from './pace.ts';
import { ServiceFailure } from './service-failure.ts';
import { authorizationOf, CONTENT_TYPE } from './signature.ts';

export interface ClientOptions {
  readonly http: HttpClient;
  readonly keys: KeySource;
  readonly address: URL;
  /** What is signed and sent as Host. */
  readonly host: string;
  /** Empty: the service decides. */
  readonly region: string;
  /** Of the service's messages. */
  readonly language: 'en-US' | 'zh-CN';
  /** Milliseconds for a call with its retries. */
  readonly timeout: number;
  readonly retries: boolean;
}

export type Action = 'GetSecretValue' | 'ListSecrets' | 'ListSecretVersionIds';

const SERVICE = 'ssm';
const API_VERSION = '2019-09-23';
/** Calls of one action in a second. The service takes 300; they do not arrive as regularly as they are sent. */
const MOST_A_SECOND = 280;
const ATTEMPTS = 4;
const LONGEST_PAUSE = 4_000;

/** Calls of the service's API. Fails with `ServiceFailure`, `HttpFailure`, or what the source of keys fails with. */
export class SsmClient {
  readonly #options: ClientOptions;
  readonly #paces: Readonly<Record<Action, Pace>> = {
    GetSecretValue: new Pace(MOST_A_SECOND),
    ListSecrets: new Pace(MOST_A_SECOND),
    ListSecretVersionIds: new Pace(MOST_A_SECOND),
  };
  /** The service has had enough of everybody until then. */
  #quietUntil = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async call(action: Action, input: JsonObject, signal: AbortSignal | undefined): Promise<JsonObject> {
    const { address, timeout } = this.#options;
    const body = goJson(input);
    const deadline = startDeadline(signal, timeout);
    try {
      return await this.#untilAnswered(action, body, deadline);
    } catch (cause) {
      throw deadline.failure(cause, `Post "${address.href}"`);
    } finally {
      deadline.clear();
    }
  }

  close(): void {
    this.#options.keys.close();
    this.#options.http.close();
  }

  async #untilAnswered(action: Action, body: string, deadline: Deadline): Promise<JsonObject> {
    const { keys: source } = this.#options;
    const backoff = new Backoff(LONGEST_PAUSE);
    for (let attempt = 1, broken = 0, refused = false; ; ) {
      await this.#untilWelcome(action, deadline);
      const keys = await source.current(deadline.signal);
      let answer: HttpAnswer | undefined;
      try {
        answer = await this.#send(action, body, keys, deadline);
        return responseOf(answer);
      } catch (cause) {
        if (cause instanceof ServiceFailure && isRefusal(cause) && !refused && source.refuse(keys)) {
          refused = true;
          continue;
        }
        if (!this.#options.retries) throw cause;
        // A kept connection that the service closed at the same moment. Every call here only reads.
        if (isBroken(cause) && broken++ === 0) continue;
        const isThrottled = cause instanceof ServiceFailure && isThrottling(cause);
        if (!(isThrottled || (cause instanceof ServiceFailure && isPassing(cause))) || attempt++ >= ATTEMPTS) throw cause;
        const pause = (answer && retryAfterOf(answer.headers)) ?? backoff.pause();
        if (pause >= deadline.left()) throw cause;
        if (isThrottled) this.#quietUntil = Math.max(this.#quietUntil, performance.now() + pause);
        else await sleep(pause, undefined, { signal: deadline.signal });
      }
    }
  }

  /** One answer of throttling holds everybody back, so that many reads do not all learn it for themselves. */
  async #untilWelcome(action: Action, { signal }: Deadline): Promise<void> {
    if (!this.#options.retries) return;
    for (let pause = this.#quietUntil - performance.now(); pause > 0; pause = this.#quietUntil - performance.now()) {
      await sleep(pause * (1 + Math.random() / 10), undefined, { signal });
    }
    await this.#paces[action].wait(signal);
  }

  async #send(action: Action, body: string, keys: Keys, { signal, left }: Deadline): Promise<HttpAnswer> {
    const { http, address: url, host, region, language } = this.#options;
    const timestamp = Math.floor(Date.now() / 1000);
    const headers = {
      authorization: authorizationOf(keys, { service: SERVICE, host, body, timestamp }),
      host,
      'content-type': CONTENT_TYPE,
      'x-tc-action': action,
      'x-tc-version': API_VERSION,
      'x-tc-timestamp': String(timestamp),
      'x-tc-language': language,
      'x-tc-requestclient': 'coffer',
      ...given('x-tc-region', region),
      ...given('x-tc-token', keys.token),
    };
    return await http.request({ method: 'POST', url, headers, body }, { signal, timeout: Math.max(1, left()) });
  }
}

function isThrottling({ code, status }: ServiceFailure): boolean {
  return code.startsWith('RequestLimitExceeded') || status === 429;
}

function isPassing({ code, status }: ServiceFailure): boolean {
  return code.startsWith('InternalError') || code === 'ServiceUnavailable' || status >= 500;
}

/** Another key may be taken where this one is not. */
function isRefusal({ code }: ServiceFailure): boolean {
  return code.startsWith('AuthFailure') && code !== 'AuthFailure.UnauthorizedOperation';
}

function isBroken(cause: unknown): boolean {
  const broke = cause instanceof HttpFailure ? cause.cause : undefined;
  return broke instanceof Error && 'code' in broke && (broke.code === 'ECONNRESET' || broke.code === 'EPIPE');
}

function given(name: string, text: string): Readonly<Record<string, string>> {
  return text === '' ? {} : { [name]: text };
}
