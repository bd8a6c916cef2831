import type { RequestSpan, Tracing } from '@coffer/core';
import { goJson, type SidecarSettings } from '@coffer/core/internal';
import type { AnsweredRequest, ApiLoggingOptions, ApiRequest, ApiResponse, HttpObserver } from './options.ts';
import type { Route } from './routes.ts';
import { decodedPath, type Target } from './target.ts';
import { endSpan } from './tracing.ts';

export const JSON_TYPE = 'application/json';
export const PLAIN_TYPE = 'text/plain; charset=utf-8';

/** What all requests of one API have in common. */
export interface ApiSettings extends SidecarSettings {
  readonly shutdown: (mode: 'graceful' | 'force') => void;
  /** Bytes; `Infinity`: no limit. */
  readonly maxBodySize: number;
  readonly apiLogging: ApiLoggingOptions | undefined;
  readonly observer: HttpObserver | undefined;
  readonly tracing: Tracing | undefined;
}

/** One request and its answer. Exactly one of the answering methods is called, once. */
export class Exchange {
  readonly settings: ApiSettings;
  readonly request: ApiRequest;
  readonly response: ApiResponse;
  readonly target: Target;
  readonly method: string;
  /** Route that matched, `undefined` for the fallback. */
  readonly route: Route | undefined;
  /** Parameters of the route, still encoded. */
  readonly parameters: readonly string[];
  readonly operation: string;
  /** The request target, as a byte string. */
  readonly url: string;
  /** Ends with the answer. */
  span: RequestSpan | undefined = undefined;
  /** Whether the observer hears of the request. */
  observed = true;
  /** More headers of the answer, names and values in a row. */
  headers: (string | number)[] | undefined = undefined;
  /** Whether the API log gets a line; set once the request is past the token check. */
  logged = false;
  /** Why it comes to no route, for the observer. */
  rejection: AnsweredRequest['rejection'] = undefined;
  #errorCode: string | undefined = undefined;
  #path: string | undefined = undefined;
  readonly #start: number;

  constructor(
    settings: ApiSettings,
    request: ApiRequest,
    response: ApiResponse,
    method: string,
    target: Target,
    route: Route | undefined,
    parameters: readonly string[],
    operation: string,
  ) {
    this.settings = settings;
    this.request = request;
    this.url = request.url ?? '/';
    this.response = response;
    this.method = method;
    this.target = target;
    this.route = route;
    this.parameters = parameters;
    this.operation = operation;
    this.#start = settings.observer === undefined && settings.apiLogging === undefined ? 0 : performance.now();
  }

  /** Decoded, without query. */
  get path(): string {
    this.#path ??= decodedPath(this.target);
    return this.#path;
  }

  addHeader(name: string, value: string): void {
    this.headers ??= [];
    this.headers.push(name, value);
  }

  /** Ends the connection after the answer; over HTTP/2 that is never needed. */
  closeAfterwards(): void {
    if (!('stream' in this.response)) this.response.shouldKeepAlive = false;
  }

  json(status: number, body: string): void {
    this.send(status, JSON_TYPE, body);
  }

  empty(status: number): void {
    this.send(status, undefined, '');
  }

  /** A failure in plain text, in the manner of Go's `http.Error`. */
  plain(status: number, text: string): void {
    this.addHeader('X-Content-Type-Options', 'nosniff');
    this.send(status, PLAIN_TYPE, `${text}\n`);
  }

  /** `details` are added as given, already in JSON. */
  error(status: number, errorCode: string, message: string, details = ''): void {
    this.#errorCode = errorCode;
    const more = details === '' ? '' : `,"details":${details}`;
    this.send(status, JSON_TYPE, `{"errorCode":"${errorCode}","message":${goJson(message)}${more}}`);
  }

  send(status: number, contentType: string | undefined, body: string): void {
    const { response } = this;
    const length = Buffer.byteLength(body);
    if (!response.headersSent && !response.writableEnded) {
      if (this.span !== undefined) endSpan(this.span, this, status);
      const headers: (string | number)[] = this.headers ?? [];
      if (contentType !== undefined) headers.push('Content-Type', contentType);
      if (status !== 204) headers.push('Content-Length', length);
      if ('stream' in response) {
        for (let at = 0; at < headers.length; at += 2) response.setHeader(headers[at] as string, headers[at + 1] as string);
        response.statusCode = status;
      } else response.writeHead(status, headers as string[]);
      // Of a HEAD request Node leaves the body out by itself.
      // Text without characters beyond ASCII is the same in both encodings, and is written faster as latin1.
      response.end(body, length === body.length ? 'latin1' : 'utf8');
    }
    this.#report(status, length);
  }

  #report(status: number, responseBytes: number): void {
    const { observer, apiLogging } = this.settings;
    if ((observer === undefined || !this.observed) && !this.logged) return;
    const elapsed = performance.now() - this.#start;
    const { path } = this;
    observer?.answered({
      method: this.method,
      path,
      operation: this.operation,
      status,
      elapsed,
      requestBytes: Number(this.request.headers['content-length'] ?? 0) || 0,
      responseBytes,
      errorCode: this.#errorCode,
      rejection: this.rejection,
    });
    if (!this.logged || apiLogging === undefined) return;
    if (apiLogging.omitHealthChecks && this.route?.healthCheck === true) return;
    apiLogging.logger.info('HTTP API Called', {
      method: apiLogging.obfuscateUrls ? this.operation : `${this.method} ${path}`,
      useragent: this.request.headers['user-agent'] || undefined,
      code: status,
      size: responseBytes,
      duration: Math.trunc(elapsed),
    });
  }
}
