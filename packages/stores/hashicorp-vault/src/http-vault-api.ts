import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOptions, textOfBuffer, throwIfAborted } from '@coffer/core/driver';
import {
  Backoff,
  escapeSegment,
  type HttpAnswer,
  type HttpClient,
  HttpFailure,
  type HttpRequest,
  retryAfterOf,
} from '@coffer/http-client';
import { escapedPath } from './escaped-path.ts';
import { type VaultAnswer, type VaultApi, type VaultCall, vaultAnswer } from './vault-api.ts';

export interface VaultServer {
  /** What `/v1/` is put after. */
  readonly address: string;
  readonly namespace: string | undefined;
  readonly http: HttpClient;
  /** Milliseconds for one call with all its tries. */
  readonly timeout: number;
  /** How often a call is tried when the server asks for it; 1 for once. */
  readonly tries: number;
  /** Called before each call. Never fails. */
  readonly prepare?: () => Promise<void>;
}

const MOST_REDIRECTS = 5;
/** Milliseconds. */
const LONGEST_PAUSE = 8_000;

/** The server over HTTP. */
export class HttpVaultApi implements VaultApi {
  readonly #server: VaultServer;
  /** How far the server's storage was at the last write, for replicas that lag behind it. */
  #index: string | undefined;

  constructor(server: VaultServer) {
    this.#server = server;
  }

  async call(call: VaultCall, { signal }: CallOptions): Promise<VaultAnswer> {
    const end = performance.now() + this.#server.timeout;
    await this.#server.prepare?.();
    const request = this.#requestOf(call);
    const backoff = new Backoff(LONGEST_PAUSE);
    for (let attempt = 1; ; attempt++) {
      const { status, headers, body } = await this.#send(request, end, signal);
      const answer = vaultAnswer(status, headers, textOfBuffer(body));
      if (call.method === 'POST') this.#remember(answer);
      if (attempt >= this.#server.tries || !isPassing(call, answer)) return answer;
      const pause = retryAfterOf(answer.headers) ?? backoff.pause();
      // There is no use in waiting for longer than the call may take.
      if (performance.now() + pause >= end) return answer;
      await sleep(pause, undefined, { signal }).catch(() => throwIfAborted(signal));
    }
  }

  close(): void {
    this.#server.http.close();
  }

  #requestOf({ method, path, query = {}, headers, body, token }: VaultCall): HttpRequest {
    const { address, namespace } = this.#server;
    const search = Object.entries(query).map(([name, value]) => `${escapeSegment(name)}=${escapeSegment(value)}`);
    const text = `${address}/v1/${escapedPath(path)}${search.length === 0 ? '' : `?${search.join('&')}`}`;
    return {
      method,
      url: urlOf(text),
      headers: {
        'x-vault-request': 'true',
        ...(namespace === undefined ? {} : { 'x-vault-namespace': bytesOf(namespace) }),
        ...(this.#index === undefined ? {} : { 'x-vault-index': this.#index }),
        ...(token === undefined ? {} : { 'x-vault-token': bytesOf(token) }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }

  /** Follows redirects inside the server only: the token goes nowhere else. */
  async #send(request: HttpRequest, end: number, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    let { url } = request;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#server.http.request(
        { ...request, url },
        { signal, timeout: Math.max(1, end - performance.now()) },
      );
      const target = targetOf(answer, url);
      const isSame = answer.status === 307 || answer.status === 308 || request.body === undefined;
      if (target?.origin !== url.origin || !isSame || redirects === MOST_REDIRECTS) return answer;
      url = target;
    }
  }

  #remember({ headers }: VaultAnswer): void {
    const index = headers['x-vault-index'];
    if (typeof index === 'string') this.#index = index;
  }
}

/** Where an answer sends on to; undefined when it does not. */
function targetOf({ status, headers: { location } }: HttpAnswer, from: URL): URL | undefined {
  if (status < 301 || status > 308 || location === undefined || !URL.canParse(location, from.href)) return undefined;
  return new URL(location, from);
}

/** Whether the answer may be another one soon: a quota, a replica that lags behind, a standby node, a server that has trouble. */
function isPassing({ method }: VaultCall, { status, text }: VaultAnswer): boolean {
  // 472 and 473: a disaster recovery or performance standby that does not serve.
  if ([412, 429, 472, 473].includes(status)) return true;
  // Somebody has to unseal it, or bring the version back; and what a POST did is not known.
  if (method === 'POST' || /Vault is sealed|could not find version data/.test(text)) return false;
  return [500, 502, 503, 504].includes(status);
}

/** Text for a header: Node writes one byte for each character. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function urlOf(text: string): URL {
  if (URL.canParse(text) && !/^\s/.test(text)) return new URL(text);
  throw new HttpFailure('configuration', 'parse the address of the server: invalid URL', {
    hint: 'write vaultAddr as https://vault.example.com:8200',
  });
}
