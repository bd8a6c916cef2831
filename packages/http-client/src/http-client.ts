import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { osErrorText } from '@coffer/core/driver';
import { agentFor, retire, TLS_NAMES, type TlsSettings } from './agents.ts';
import { readBody } from './body.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { HttpFailure } from './failure.ts';
import { proxyFor } from './proxy.ts';

export interface HttpClientOptions {
  readonly tls?: TlsSettings;
  /** `environment`: as HTTP_PROXY, HTTPS_PROXY and NO_PROXY say, which is the default. Never for link-local addresses. */
  readonly proxy?: 'environment' | 'none' | URL;
  /** For the proxy variables; `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds for one request with its answer; 30,000 by default. */
  readonly timeout?: number;
  /** Bytes of one answer; 32 MiB by default. */
  readonly maxResponse?: number;
  readonly idleConnections?: number;
  readonly maxConnections?: number;
  /** Finds the addresses of a server's name, when no proxy does; the operating system by default. It may fail with `HttpFailure`. */
  readonly lookup?: LookupFunction;
}

export interface HttpRequest {
  /** GET by default. */
  readonly method?: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Whether it does no harm when it is carried out twice; by default all but POST. */
  readonly isRepeatable?: boolean;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeout?: number;
  readonly maxResponse?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What may be sent again when a kept connection turns out to be closed. A POST may have been carried out. */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'LIST', 'PUT', 'DELETE']);

/**
 * Sends requests over kept connections. Redirects are not followed: they would carry credentials away. Fails with
 * `HttpFailure`, whose message is what the reference's client says: `Get "https://…": dial tcp …`.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  /** By origin. */
  readonly #agents = new Map<string, http.Agent>();
  #tls: TlsSettings;

  constructor(options: HttpClientOptions = {}) {
    this.#options = options;
    this.#tls = options.tls ?? {};
  }

  /** The whole answer, whatever its status. */
  async request(request: HttpRequest, options: RequestOptions = {}): Promise<HttpAnswer> {
    const { timeout = this.#options.timeout ?? 30_000, maxResponse = this.#options.maxResponse ?? 32 * 2 ** 20 } = options;
    const deadline = startDeadline(options.signal, timeout);
    try {
      const response = await this.open(request, deadline);
      const body = await readBody(response, maxResponse);
      return { status: response.statusCode ?? 0, headers: response.headers, body };
    } catch (cause) {
      throw failureOf(request, cause, deadline);
    } finally {
      deadline.clear();
    }
  }

  /** The answer with its body still to be read; the caller's deadline holds for both. What it throws goes through `failureOf`. */
  async open(request: HttpRequest, deadline: Deadline): Promise<http.IncomingMessage> {
    const { method = 'GET', url, headers = {}, body, isRepeatable = REPEATABLE.has(method) } = request;
    const agent = this.#agentFor(url);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    for (let attempt = 1; ; attempt++) {
      const options = { agent, method, headers: { 'user-agent': 'coffer', ...headers, ...length }, signal: deadline.signal };
      const sent = (url.protocol === 'https:' ? https : http).request(url, options);
      try {
        return await answerOf(sent, body);
      } catch (cause) {
        // The server closed a kept connection at the same moment.
        const isStale = sent.reusedSocket && cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET';
        if (!isStale || !isRepeatable || attempt > (this.#options.idleConnections ?? 10)) throw cause;
      }
    }
  }

  /** Other certificates from now on; requests that run go on as they were sent. */
  useTls(tls: TlsSettings): void {
    if (TLS_NAMES.every((name) => this.#tls[name] === tls[name])) return;
    this.#tls = tls;
    this.close();
  }

  /** Ends idle connections; those in use end with their requests. */
  close(): void {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    agents.forEach(retire);
  }

  #agentFor(url: URL): http.Agent {
    const known = this.#agents.get(url.origin);
    if (known !== undefined) return known;
    const { proxy = 'environment', environment = process.env, idleConnections = 10, maxConnections = 64, lookup } = this.#options;
    const through = proxy === 'environment' ? proxyFor(url, environment) : proxy === 'none' ? undefined : proxy;
    const names = lookup === undefined ? {} : { lookup };
    const agent = agentFor(url, through, { idleConnections, maxConnections, ...names, ...this.#tls });
    this.#agents.set(url.origin, agent);
    return agent;
  }
}

function answerOf(request: http.ClientRequest, body: string | Buffer | undefined): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays: a body that breaks off makes the request fail once more.
    request.on('error', reject);
    // Node writes headers in the encoding of a text that is sent along with them.
    request.end(typeof body === 'string' ? Buffer.from(body) : body);
  });
}

/** What a failure of a request means, the reading of its answer included. */
export function failureOf({ method = 'GET', url }: HttpRequest, cause: unknown, deadline: Deadline): HttpFailure {
  const start = `${method.charAt(0)}${method.slice(1).toLowerCase()} "${shown(url)}"`;
  const known = cause instanceof HttpFailure ? cause : deadline.failure(cause, start);
  if (known instanceof HttpFailure) return known;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (/CERT|SELF_SIGNED|VERIFY|ISSUER|ERR_TLS|ERR_OSSL|ERR_SSL|EPROTO/.test(code)) {
    return new HttpFailure('untrusted', `${start}: tls: failed to verify certificate: ${textOf(cause)}`, { cause });
  }
  const text = code === 'ECONNREFUSED' ? `dial tcp ${url.host}: connect: connection refused` : textOf(cause);
  return new HttpFailure('unavailable', `${start}: ${text}`, { cause });
}

function textOf(cause: unknown): string {
  if (cause instanceof Error && cause.message === 'aborted') return 'the connection broke off';
  // Happy eyeballs: one failure for each address.
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  return osErrorText(first);
}

/** Without the credentials that an address may hold, and without the query: the same trouble has the same text. */
function shown(url: URL): string {
  const plain = new URL(url);
  plain.search = '';
  plain.username = '';
  plain.password = '';
  return plain.href;
}
