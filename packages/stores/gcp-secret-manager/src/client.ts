import { setTimeout as sleep } from 'node:timers/promises';
import { SecretStoreError } from '@coffer/core/driver';
import {
  Backoff,
  type Deadline,
  escapeSegment,
  type HttpAnswer,
  type HttpClient,
  type HttpRequest,
  isJsonObject,
  type JsonObject,
  jsonObjectOf,
  type Renewed,
  startDeadline,
} from '@coffer/http-client';
import { crc32c } from './checksum.ts';
import type { AccessToken } from './credentials/types.ts';
import { ServiceFailure, serviceFailure } from './service-failure.ts';

export interface ClientOptions {
  readonly http: HttpClient;
  /** Absent: requests carry no credentials. */
  readonly tokens: Renewed<AccessToken> | undefined;
  /** Scheme, host and port. */
  readonly address: URL;
  /** Project whose quota is used; empty for the one of the secrets. */
  readonly quotaProject: string;
  /** Milliseconds for a request with its retries. */
  readonly timeout: number;
  readonly verifyChecksums: boolean;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The payload of a version, and the version's full name, which has the project's number. */
export interface Payload {
  readonly name: string;
  readonly bytes: Buffer;
}

/** How often a call is sent that the service throttles or is too busy for. */
const ATTEMPTS = 4;
const LONGEST_PAUSE = 8_000;
/** Milliseconds over which calls that were told to wait the same time come back. */
const SPREAD = 100;
/** Names on one page; the service would give 25,000. A bulk read begins with the first page while the next is asked for. */
const PAGE_SIZE = 1000;

/** Secret Manager's REST API: the calls that a reader of secrets makes. */
export class SecretManagerClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The payload of a version such as `projects/p/secrets/s/versions/latest`. */
  async access(version: string, { signal }: CallOptions): Promise<Payload> {
    const path = `${version.split('/').map(escapeSegment).join('/')}:access`;
    const first = payloadOf(await this.#call({ path }, signal));
    if (!this.#options.verifyChecksums || isWhole(first)) return first;
    const second = payloadOf(await this.#call({ path }, signal));
    if (isWhole(second)) return second;
    throw new SecretStoreError(
      'unavailable',
      'rpc error: code = DataLoss desc = the payload does not match the checksum that came with it',
      { hint: 'something between here and Secret Manager changes answers: check proxies and endpoint' },
    );
  }

  /** Ids of the secrets of a parent, page by page. Fails when the service gives a page token twice. */
  async *list(parent: string, filter: string, { signal }: CallOptions): AsyncGenerator<readonly string[]> {
    const seen = new Set<string>();
    for (let token = ''; ; ) {
      const query = {
        pageSize: String(PAGE_SIZE),
        fields: 'secrets/name,nextPageToken',
        ...given('filter', filter),
        ...given('pageToken', token),
      };
      const { secrets, nextPageToken } = await this.#call({ path: `${parent}/secrets`, query }, signal);
      const names = Array.isArray(secrets) ? secrets.filter(isJsonObject).map(({ name }) => String(name)) : [];
      if (names.length > 0) yield names;
      if (typeof nextPageToken !== 'string' || nextPageToken === '') return;
      if (seen.has(nextPageToken)) throw new ServiceFailure('INTERNAL', 'the same page token came twice');
      seen.add(nextPageToken);
      token = nextPageToken;
    }
  }

  /** Succeeds when the service takes the credentials. Anybody may ask this, and also of a secret that does not exist. */
  async ping(parent: string, { signal }: CallOptions): Promise<void> {
    const body = { permissions: ['secretmanager.versions.access'] };
    await this.#call({ path: `${parent}/secrets/coffer-ping:testIamPermissions`, body }, signal);
  }

  close(): void {
    this.#options.tokens?.close();
    this.#options.http.close();
  }

  async #call({ path, query = {}, body }: Call, signal: AbortSignal | undefined): Promise<JsonObject> {
    const { address, tokens } = this.#options;
    const url = new URL(`/v1/${path}`, address);
    for (const [name, text] of Object.entries(query)) url.searchParams.set(name, text);
    const request = body === undefined ? { url } : { url, method: 'POST', body: JSON.stringify(body) };
    const deadline = startDeadline(signal, this.#options.timeout);
    const backoff = new Backoff(LONGEST_PAUSE);
    try {
      for (let attempt = 1, renewed = false; ; ) {
        const token = await tokens?.current(deadline.signal);
        const answer = await this.#send(request, token?.text, deadline);
        if (answer.status === 200) return answerOf(answer);
        const failure = serviceFailure(answer);
        if (failure.code === 'unauthenticated' && token !== undefined && !renewed && tokens?.refuse(token)) {
          // A token may end before its time: a key was revoked, a clock is wrong.
          renewed = true;
          continue;
        }
        const pause = failure.retryAfter === undefined ? backoff.pause() : failure.retryAfter + Math.random() * SPREAD;
        if (!isPassing(failure) || attempt >= ATTEMPTS || pause >= deadline.left()) throw failure;
        attempt++;
        await sleep(pause, undefined, { signal: deadline.signal });
      }
    } catch (cause) {
      throw deadline.failure(cause, `${request.method === undefined ? 'Get' : 'Post'} "${url.origin}${url.pathname}"`);
    } finally {
      deadline.clear();
    }
  }

  async #send(request: HttpRequest, token: string | undefined, { signal, left }: Deadline): Promise<HttpAnswer> {
    const { http, quotaProject } = this.#options;
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(quotaProject === '' ? {} : { 'x-goog-user-project': quotaProject }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    return await http.request({ ...request, headers }, { signal, timeout: Math.max(1, left()) });
  }
}

interface Call {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

interface CheckedPayload extends Payload {
  /** Absent when the service, an emulator, gave none. */
  readonly checksum: number | undefined;
}

function payloadOf({ name, payload }: JsonObject): CheckedPayload {
  const { data = '', dataCrc32c } = isJsonObject(payload) ? payload : {};
  if (typeof name !== 'string' || typeof data !== 'string') throw unreadable();
  const checksum = dataCrc32c === undefined ? undefined : Number(dataCrc32c);
  return { name, bytes: Buffer.from(data, 'base64'), checksum };
}

function isWhole({ bytes, checksum }: CheckedPayload): boolean {
  return checksum === undefined || crc32c(bytes) === checksum;
}

function answerOf({ body }: HttpAnswer): JsonObject {
  const answer = jsonObjectOf(body);
  if (answer === undefined) throw unreadable();
  return answer;
}

function unreadable(): ServiceFailure {
  return new ServiceFailure('INTERNAL', 'the answer is not that of Secret Manager', { reason: 'not-google' });
}

function isPassing({ code }: ServiceFailure): boolean {
  return code === 'unavailable' || code === 'resource_exhausted';
}

function given(name: string, text: string): Readonly<Record<string, string>> {
  return text === '' ? {} : { [name]: text };
}
