import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { endConnection, type Refusal, refuse } from '../refusal.ts';
import { type BodyFraming, chunkedFraming, lengthFraming } from './framing.ts';
import { type Head, headLength, isRefusal, parseHead } from './head.ts';

export interface LenientConnectionOptions {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Largest head in bytes. */
  readonly maxHeaderSize: number;
  /** Milliseconds for a head to arrive, from its first byte; the first one counts from the start of the connection. */
  readonly headerTimeout: number;
}

const NOTHING: Buffer = Buffer.alloc(0);
// What a client sends ahead of its turn is kept up to here; then it waits.
const READ_AHEAD = 64 * 1024;
// Of a body that nobody read, this much is passed over to keep the connection.
const DRAIN_BYTES = 256 * 1024;

/**
 * A connection whose HTTP/1.1 is read the way the reference reads it, in the few places where Node's parser is
 * stricter. Messages are answered one after the other, and the bytes of the next one stay untouched until then.
 */
export class LenientConnection {
  readonly #socket: Socket;
  readonly #options: LenientConnectionOptions;
  #bytes: Buffer = NOTHING;
  #scanned = 0;
  #request: IncomingMessage | undefined;
  #body: BodyFraming | undefined;
  #unread = 0;
  #closing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: LenientConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#startTimer();
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#endOfInput());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#gone());
  }

  /** Ends the connection when its current request is answered, at once when there is none. */
  closeWhenIdle(): void {
    this.#closing = true;
    if (this.#request === undefined) this.#end();
  }

  #receive(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#advance();
  }

  #advance(): void {
    if (this.#body !== undefined) this.#advanceBody(this.#body);
    if (this.#request !== undefined) {
      if (this.#bytes.length > READ_AHEAD) this.#socket.pause();
      return;
    }
    if (this.#closing) this.#bytes = NOTHING;
    if (this.#bytes.length === 0) return;
    this.#startTimer();
    const length = headLength(this.#bytes, this.#scanned);
    if (length > this.#options.maxHeaderSize || (length < 0 && this.#bytes.length > this.#options.maxHeaderSize)) {
      this.#refuse({ status: 431 });
      return;
    }
    this.#scanned = Math.max(0, this.#bytes.length - 2);
    if (length < 0) return;
    const head = parseHead(this.#bytes.toString('latin1', 0, length));
    this.#bytes = this.#bytes.subarray(length);
    this.#scanned = 0;
    if (isRefusal(head)) this.#refuse(head);
    else this.#serve(head);
  }

  #serve(head: Head): void {
    this.#stopTimer();
    const request = new IncomingMessage(this.#socket);
    request.method = head.method;
    request.url = head.target;
    request.httpVersionMajor = 1;
    request.httpVersionMinor = head.minorVersion;
    request.httpVersion = `1.${head.minorVersion}`;
    request.rawHeaders = [...head.rawHeaders];
    request.headers = headersOf(head);
    const response = new ServerResponse(request);
    // A client that waits for a go-ahead cannot be told from one that sends its body anyway, if nobody reads it.
    response.shouldKeepAlive = head.keepAlive && !this.#closing && !head.expectsContinue;
    let waits = head.expectsContinue;
    request._read = () => {
      if (waits) {
        waits = false;
        response.writeContinue();
        response.shouldKeepAlive = head.keepAlive && !this.#closing;
      }
      this.#socket.resume();
    };
    // A body that cannot be read is no reason to leave the request without an answer.
    request._destroy = (error, done) => done(error);
    request.on('error', () => undefined);
    response.assignSocket(this.#socket);
    response.once('finish', () => this.#finished(response));
    this.#request = request;
    this.#unread = 0;
    if (head.body === 0) endOf(request);
    else this.#body = head.body === 'chunked' ? chunkedFraming() : lengthFraming(head.body);
    this.#options.handle(request, response);
    this.#advance();
  }

  #advanceBody(framing: BodyFraming): void {
    const request = this.#request;
    const bytes = this.#bytes;
    this.#bytes = NOTHING;
    try {
      const { data, done, rest } = framing.take(bytes);
      this.#bytes = rest;
      for (const piece of data) {
        if (request === undefined) this.#unread += piece.length;
        else if (!request.push(piece)) this.#socket.pause();
      }
      if (done) {
        this.#body = undefined;
        if (request !== undefined) endOf(request);
        else this.#next();
      } else if (this.#unread > DRAIN_BYTES) this.#socket.destroy();
    } catch (cause) {
      // Where the next message starts is unknown now, so this one is the last.
      this.#body = undefined;
      this.#closing = true;
      this.#socket.pause();
      if (request === undefined) this.#socket.destroy();
      else request.destroy(cause as Error);
    }
  }

  #finished(response: ServerResponse): void {
    response.detachSocket(this.#socket);
    response.emit('close');
    this.#request = undefined;
    if (!response.shouldKeepAlive || this.#closing) this.#end();
    else if (this.#body !== undefined) {
      this.#socket.resume();
      this.#advance();
    } else this.#next();
  }

  #end(): void {
    this.#stopTimer();
    this.#closing = true;
    this.#body = undefined;
    endConnection(this.#socket);
  }

  #next(): void {
    this.#socket.resume();
    // Not in this turn: the handlers of the answered request come first.
    setImmediate(() => {
      if (this.#request === undefined && !this.#closing) this.#advance();
    });
  }

  #refuse(refusal: Refusal): void {
    this.#stopTimer();
    this.#socket.removeAllListeners('data');
    refuse(this.#socket, refusal);
  }

  #startTimer(): void {
    this.#timer ??= setTimeout(() => this.#socket.destroy(), this.#options.headerTimeout).unref();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #endOfInput(): void {
    this.#closing = true;
    // A request that is being answered is cancelled by the signal of its connection; its failure goes to whoever listens.
    if (this.#request === undefined || this.#body !== undefined) this.#end();
  }

  #gone(): void {
    this.#stopTimer();
    if (this.#request !== undefined && !this.#request.complete) this.#request.destroy();
  }
}

function endOf(request: IncomingMessage): void {
  request.complete = true;
  request.push(null);
}

/** Repeated headers joined by a comma, but for those that can only mean one thing. */
function headersOf(head: Head): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, values] of head.headers) {
    headers[name] =
      name === 'host' || name === 'authorization' || name === 'content-length' ? (values[0] as string) : values.join(', ');
  }
  if (head.body === 'chunked') delete headers['content-length'];
  return headers;
}
