import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from 'node:http2';
import type { Connection } from './connection.ts';
import { IncomingMetadata } from './metadata.ts';
import { GrpcError, StatusCode } from './status.ts';
import type { CallObserver, Method, ServerCall } from './types.ts';
import { encodeStatusMessage } from './wire.ts';

/** What the calls of one server have in common. */
export interface CallSettings {
  readonly observers: readonly CallObserver[];
  /** Bytes; `Infinity`: no limit. */
  readonly maxMessageSize: number;
  readonly errorOf: (cause: unknown) => GrpcError | undefined;
  readonly onDefect: (path: string, cause: unknown) => void;
}

/** What is known of a call when its headers are in. */
export interface CallHead {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** Milliseconds; `undefined` without a deadline. */
  readonly timeout: number | undefined;
  /** Of the response. */
  readonly contentType: string;
  /** Whether the client has sent everything with the headers. */
  readonly endsWithHeaders: boolean;
}

/** Node's types lack `sendDate`: gRPC has no such header. */
type ResponseOptions = ServerStreamResponseOptions & { readonly sendDate: boolean };
const WITH_TRAILERS: ResponseOptions = { waitForTrailers: true, sendDate: false };
/** For responses that are a status and nothing else. */
export const ENDED: ResponseOptions = { endStream: true, sendDate: false };
const USUAL_HEADERS: OutgoingHttpHeaders = { ':status': 200, 'content-type': 'application/grpc' };
const OK_TRAILERS: OutgoingHttpHeaders = { 'grpc-status': '0' };
const LONGEST_TIMER = 2 ** 31 - 1;

/** What unary and streaming calls share: deadline, cancellation, and the two ways to end. */
export abstract class BaseCall implements ServerCall {
  readonly path: string;
  abstract readonly unary: boolean;
  readonly settings: CallSettings;
  readonly stream: ServerHttp2Stream;
  readonly head: CallHead;
  request: unknown = undefined;
  startedAt = 0;
  receivedBytes = 0;
  sentBytes = 0;
  /** Whether the client has sent everything. */
  clientEnded: boolean;
  /** Whether the status is decided, or nobody waits for it any more. */
  answered = false;
  #metadata: IncomingMetadata | undefined;
  #controller: AbortController | undefined;
  #abortReason: DOMException | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #headers: OutgoingHttpHeaders | undefined;
  #trailers: OutgoingHttpHeaders = OK_TRAILERS;

  readonly #connection: Connection;

  constructor(settings: CallSettings, connection: Connection, stream: ServerHttp2Stream, head: CallHead) {
    this.settings = settings;
    this.#connection = connection;
    this.stream = stream;
    this.head = head;
    this.path = head.path;
    this.clientEnded = head.endsWithHeaders;
    if (head.timeout !== undefined) this.#deadline = setTimeout(passDeadline, Math.min(head.timeout, LONGEST_TIMER), this);
    connection.opened();
    (stream as CallStream)[CALL] = this;
    stream.on('close', onClose).on('error', onError).on('wantTrailers', onWantTrailers);
  }

  /** Begins to read what the client sends. */
  abstract run(method: Method): void;

  get metadata(): IncomingMetadata {
    this.#metadata ??= new IncomingMetadata(this.head.headers, this.head.rawHeaders);
    return this.#metadata;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  addHeader(name: string, value: string | Uint8Array): void {
    const text = typeof value === 'string' ? value : toBase64(value);
    this.#headers ??= {};
    const before = this.#headers[name];
    this.#headers[name] = before === undefined ? text : [before, text].flat().map(String);
  }

  /** The client is gone: whoever works for it may stop. */
  closed(): void {
    this.#connection.released();
    if (this.answered) return;
    this.answered = true;
    this.#abort('AbortError', 'the client has cancelled the call');
  }

  deadlinePassed(): void {
    if (this.answered) return;
    this.fail(new GrpcError(StatusCode.deadlineExceeded, 'context deadline exceeded'));
    this.#abort('TimeoutError', 'the deadline of the call has passed');
  }

  /** Sends the headers of a response that has messages. */
  begin(): void {
    const { contentType } = this.head;
    const isUsual = this.#headers === undefined && contentType === USUAL_HEADERS['content-type'];
    const headers = isUsual ? USUAL_HEADERS : { ...USUAL_HEADERS, 'content-type': contentType, ...this.#headers };
    this.stream.respond(headers, WITH_TRAILERS);
  }

  /** Ends the response with a status that is not OK. */
  fail(error: GrpcError): void {
    this.settle();
    const { stream } = this;
    if (stream.destroyed || stream.closed) return;
    const trailers = errorTrailers(error);
    if (stream.headersSent || this.#headers !== undefined) {
      this.#trailers = trailers;
      if (!stream.headersSent) this.begin();
      stream.end();
      return;
    }
    stream.respond({ ':status': 200, 'content-type': this.head.contentType, ...trailers }, ENDED);
    if (!this.clientEnded) setImmediate(releaseStream, this);
  }

  /** Nothing can change the outcome any more. */
  settle(): void {
    this.answered = true;
    if (this.#deadline !== undefined) clearTimeout(this.#deadline);
  }

  sendTrailers(): void {
    this.stream.sendTrailers(this.#trailers);
    if (!this.clientEnded) setImmediate(releaseStream, this);
  }

  started(): GrpcError | undefined {
    const { observers } = this.settings;
    if (observers.length === 0) return undefined;
    this.startedAt = performance.now();
    for (let at = 0; at < observers.length; at++) {
      const error = observers[at]?.started?.(this);
      if (error === undefined) continue;
      this.finished(error.code, error, at);
      return error;
    }
    return undefined;
  }

  finished(code: StatusCode, error: GrpcError | undefined, count: number = this.settings.observers.length): void {
    const { observers } = this.settings;
    for (let at = count - 1; at >= 0; at--) observers[at]?.finished?.(this, code, error);
  }

  /** The failure as it is told. What a handler did not mean to throw is told without its text, which may quote a value. */
  errorFrom(cause: unknown): GrpcError {
    if (cause instanceof GrpcError) return cause;
    const known = this.settings.errorOf(cause);
    if (known !== undefined) return known;
    this.settings.onDefect(this.path, cause);
    return new GrpcError(StatusCode.unknown, 'internal error');
  }

  #abort(name: string, message: string): void {
    if (this.#deadline !== undefined) clearTimeout(this.#deadline);
    this.#abortReason = new DOMException(message, name);
    this.#controller?.abort(this.#abortReason);
  }
}

/**
 * A stream carries its call, so that listeners are the same functions for every call. A WeakMap would hold ended calls until
 * the next full collection: the young generation treats what an old map holds as alive.
 */
const CALL = Symbol('call');

type CallStream = ServerHttp2Stream & { [CALL]?: BaseCall | undefined };

/** The call of a stream that is not closed. */
export function callOf(stream: ServerHttp2Stream): BaseCall | undefined {
  return (stream as CallStream)[CALL];
}

function onClose(this: ServerHttp2Stream): void {
  callOf(this)?.closed();
  // V8 keeps a closed stream until it collects the old generation, and would keep with it all that the call was made of.
  (this as CallStream)[CALL] = undefined;
}

function onWantTrailers(this: ServerHttp2Stream): void {
  callOf(this)?.sendTrailers();
}

/** A stream that fails is told by its close. */
function onError(): void {}

function passDeadline(call: BaseCall): void {
  call.deadlinePassed();
}

/** Lets go of a stream whose client may never stop sending. */
function releaseStream(call: BaseCall): void {
  if (!call.clientEnded && !call.stream.closed) call.stream.close(constants.NGHTTP2_NO_ERROR);
}

function errorTrailers({ code, message, details }: GrpcError): OutgoingHttpHeaders {
  const trailers: OutgoingHttpHeaders = { 'grpc-status': String(code), 'grpc-message': encodeStatusMessage(message) };
  if (details !== undefined) trailers['grpc-status-details-bin'] = toBase64(details);
  return trailers;
}

/** Without padding, as gRPC has it. */
function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64').replace(/=+$/, '');
}
