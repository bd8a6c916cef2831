import type { IncomingMetadata } from './metadata.ts';
import type { GrpcError, StatusCode } from './status.ts';

/** One call, as handlers and observers see it. */
export interface ServerCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly unary: boolean;
  readonly metadata: IncomingMetadata;
  /** What `decode` made of the message of a unary call; `undefined` before, and for streaming ones. */
  readonly request: unknown;
  /** Aborts when the client has given up (`AbortError`) or its deadline has passed (`TimeoutError`). */
  readonly signal: AbortSignal;
  /** Milliseconds of `performance.now()` at which the observers were told of the call; 0 without observers. */
  readonly startedAt: number;
  /** Bytes of the request messages so far, without their frames. */
  readonly receivedBytes: number;
  /** Bytes of the response messages so far, without their frames. */
  readonly sentBytes: number;
  /** Adds response metadata. Only before the first message is sent; a name that ends in `-bin` takes bytes. */
  addHeader(name: string, value: string | Uint8Array): void;
}

/** A method with one request and one response. */
export interface UnaryMethod<Request = unknown, Response = unknown> {
  readonly kind: 'unary';
  /** What it throws is answered with Internal `grpc: error unmarshalling request: …`. */
  decode(message: Uint8Array): Request;
  /** What it throws is answered with Internal `grpc: error while marshaling: …`. */
  encode(response: Response): Uint8Array;
  /** Fails with `GrpcError`, or with what `errorOf` of the server knows; anything else is a defect. */
  handle(request: Request, call: ServerCall): Response | Promise<Response>;
}

/** A method with any number of requests and responses. */
export interface StreamingMethod<Request = unknown, Response = unknown> {
  readonly kind: 'streaming';
  decode(message: Uint8Array): Request;
  encode(response: Response): Uint8Array;
  /** The requests end when the client has sent its last, and fail when it gives up. Fails as unary methods do. */
  handle(requests: AsyncIterable<Request>, call: ServerCall): AsyncIterable<Response>;
}

export type Method = UnaryMethod | StreamingMethod;

/**
 * The method of a path; `undefined` is answered with Unimplemented. A promise is for methods whose code is loaded by the
 * first call.
 */
export type MethodLookup = (path: string) => Method | undefined | Promise<Method | undefined>;

/**
 * Told of calls that were admitted: of unary ones once their request is decoded. Asked in order; `finished` is called in
 * the opposite order, once, for every observer whose `started` was called and did not fail.
 */
export interface CallObserver {
  /** A failure is the answer, and ends the asking. */
  started?(call: ServerCall): GrpcError | undefined;
  /** `error` is absent for OK. Must not throw. */
  finished?(call: ServerCall, code: StatusCode, error: GrpcError | undefined): void;
}

/** Milliseconds. */
export interface KeepaliveOptions {
  /** A connection without calls for so long is closed; 180 000 by default. */
  readonly maxIdle?: number | undefined;
  /** Silence of a client after which it is asked whether it is there; 10 000 by default. */
  readonly pingAfter?: number | undefined;
  /** How long it may take to answer; 5 000 by default. */
  readonly pingTimeout?: number | undefined;
  /** Clients that ping more often than this, three times, are sent away; 8 000 by default. */
  readonly minClientPingInterval?: number | undefined;
}

/** What a server serves. */
export interface ServedCalls {
  readonly lookup: MethodLookup;
  /** Asked as soon as the headers of a call are in; a failure is the answer, and the message is not read. */
  readonly admit?: ((call: ServerCall) => GrpcError | undefined) | undefined;
  readonly observers?: readonly CallObserver[] | undefined;
  /** Bytes of one message, both ways; 4 MiB by default, 0: no limit. */
  readonly maxMessageSize?: number | undefined;
  /** Makes a `GrpcError` of what a handler failed with; `undefined` for a defect. */
  readonly errorOf?: ((cause: unknown) => GrpcError | undefined) | undefined;
  /** Told of what a handler threw that is no `GrpcError`; the client is told Unknown `internal error`. */
  readonly onDefect?: ((path: string, cause: unknown) => void) | undefined;
}

export interface GrpcServerOptions extends ServedCalls {
  /** Bytes of a request's headers; 16 KiB by default. */
  readonly maxHeaderListSize?: number | undefined;
  readonly keepalive?: KeepaliveOptions | undefined;
}

export type ListenAddress = { readonly host?: string | undefined; readonly port: number } | { readonly path: string };

/** A gRPC server on any number of addresses. */
export interface GrpcServer {
  /** Opens one more address. Rejects with Node's error (`EADDRINUSE` …). Answers the port in use, or the path of the socket. */
  listen(address: ListenAddress): Promise<number | string>;
  /** Serves this from now on; calls that are running end as they began. */
  serve(calls: ServedCalls): void;
  /**
   * Stops accepting, tells clients to go away and lets running calls finish; whatever is left after `milliseconds`
   * (without limit by default) is cut off. May be called twice.
   */
  close(milliseconds?: number): Promise<void>;
}
