import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AccessRule, AppConnection, Logger, SecretsRuntime, Tracing } from '@coffer/core';

export type ApiRequest = IncomingMessage | Http2ServerRequest;
export type ApiResponse = ServerResponse | Http2ServerResponse;

export interface HttpApiOptions {
  readonly runtime: SecretsRuntime;
  /** API token that requests must carry in `dapr-api-token`; empty or absent: none is asked for. */
  readonly token?: string | undefined;
  /** Origins that browsers may call from, as `--allowed-origins` takes them; empty (the default): no CORS. */
  readonly allowedOrigins?: string | undefined;
  /**
   * Names by which clients may call when there is no token, beside IP addresses, `localhost` and `*.localhost`;
   * `any` for listeners that a browser cannot reach, such as unix sockets. Only asked where the dialect has a host guard.
   */
  readonly trustedHosts?: readonly string[] | 'any' | undefined;
  /** Largest request body in bytes, 4 MiB by default; 0: no limit. */
  readonly maxBodySize?: number | undefined;
  /** `spec.api` of the Configuration. */
  readonly access?: { readonly allowed: readonly AccessRule[]; readonly denied: readonly AccessRule[] } | undefined;
  readonly apiLogging?: ApiLoggingOptions | undefined;
  /** Shown as `runtimeVersion` by the metadata API; `edge` by default. */
  readonly runtimeVersion?: string | undefined;
  /** The application beside us, for the metadata API. */
  readonly app?: AppConnection | undefined;
  /** Whether the process still waits for the application to listen. */
  readonly isWaitingForApp?: (() => boolean) | undefined;
  /** Called after `POST /v1.0/shutdown` is answered. Without it the route does not exist. */
  readonly shutdown?: ((mode: 'graceful' | 'force') => void) | undefined;
  readonly observer?: HttpObserver | undefined;
  /** Traces requests: the `requests` of `@coffer/telemetry`'s `startTracing`. */
  readonly tracing?: Tracing | undefined;
  /** Told of defects, which are answered with 500 `ERROR`. */
  readonly logger?: Logger | undefined;
  /** Serve what the public port serves: healthz and metadata, without token, CORS, body limit or API log. */
  readonly public?: boolean | undefined;
}

export interface ApiLoggingOptions {
  readonly enabled: boolean;
  /** Log the operation (`GetSecret`) in place of method and path. */
  readonly obfuscateUrls: boolean;
  readonly omitHealthChecks: boolean;
  /** Receives `HTTP API Called` at info. */
  readonly logger: Logger;
}

/** Told of every request that was answered, but for those that HTTP itself or their baggage had refused; must not throw. */
export interface HttpObserver {
  answered(request: AnsweredRequest): void;
}

export interface AnsweredRequest {
  readonly method: string;
  /** Decoded, without query. */
  readonly path: string;
  /** `GetSecret` …; empty for a route that does not exist. */
  readonly operation: string;
  readonly status: number;
  /** Milliseconds, with fractions. */
  readonly elapsed: number;
  /** What the request's `Content-Length` says, 0 without one. */
  readonly requestBytes: number;
  /** Size of the body. */
  readonly responseBytes: number;
  /** `errorCode` of the body. */
  readonly errorCode: string | undefined;
  /** Why the request came to no route: its token, or that it came from a foreign host or origin. */
  readonly rejection: 'token' | 'foreign' | undefined;
}

export interface HttpApi {
  /**
   * Answers a request of node:http, node:http2 or a framework on top of them. With `next`, requests that match no route
   * go there, untouched, in place of the 404.
   */
  handle(request: ApiRequest, response: ApiResponse, next?: () => void): void;
}

export interface HttpListenerOptions {
  readonly api: HttpApi;
  /** Bytes that request line and headers may take; 4096 more are tolerated. 4096 by default. */
  readonly readBufferSize?: number | undefined;
  /** Serve HTTP/2 without TLS on the same port: with prior knowledge and by `Upgrade: h2c`. On by default. */
  readonly h2c?: boolean | undefined;
  /** How HTTP/1.1 is read: `dialect.http.parser`. `strict` by default. */
  readonly parser?: 'strict' | 'lenient' | undefined;
  /** Milliseconds a client may take to send its request line and headers; 10 000 by default. */
  readonly headerTimeout?: number | undefined;
}

export type ListenAddress = { readonly host?: string | undefined; readonly port: number } | { readonly path: string };

/** One API on any number of addresses. */
export interface HttpListener {
  /** Opens one more address. Rejects with Node's error (`EADDRINUSE` …). Answers the port in use, or the path of the socket. */
  listen(address: ListenAddress): Promise<number | string>;
  /**
   * Stops accepting, lets running requests finish and ends idle connections; whatever is left after `milliseconds`
   * (10 000 by default) is cut off. May be called twice.
   */
  close(milliseconds?: number): Promise<void>;
}
