import type { Http2Server, Http2ServerRequest, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { HttpApi } from '../options.ts';
import type { Head } from './lenient/head.ts';
import { hasToken } from './lenient/head.ts';

export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

const FRAME_HEADER = 9;
// What Go adds to the limit of HTTP/1: ten typical fields of 32 bytes.
const HEADER_LIST_ALLOWANCE = 320;
const STREAMS_AT_ONCE = 250;
const FIELD_OVERHEAD = 32;
const ENHANCE_YOUR_CALM = 11;

export interface Http2DoorOptions {
  readonly api: HttpApi;
  readonly readBufferSize: number;
  /** Milliseconds for the preface to arrive after an upgrade. */
  readonly headerTimeout: number;
}

/** HTTP/2 without TLS. Loaded with the first connection that speaks it. */
export class Http2Door {
  readonly #options: Http2DoorOptions;
  /** Connections that were switched over and wait for the client's preface. */
  readonly #switching = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  #server: Promise<Http2Server> | undefined;

  constructor(options: Http2DoorOptions) {
    this.#options = options;
  }

  /** Takes over a connection whose unread bytes begin with the preface. */
  async accept(socket: Socket): Promise<void> {
    this.#server ??= this.#create();
    const server = await this.#server;
    if (socket.destroyed) return;
    server.emit('connection', socket);
  }

  /**
   * Switches a connection over at the request of its first message, which becomes the first stream: after the client's
   * preface and settings the bytes are continued as if it had opened that stream itself.
   */
  upgrade(socket: Socket, head: Head, rest: Buffer): void {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    const drop = () => socket.destroy();
    this.#switching.add(socket);
    socket.setTimeout(this.#options.headerTimeout, drop).on('error', drop).on('end', drop);
    socket.once('close', () => this.#switching.delete(socket));
    let bytes = rest;
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!PREFACE.subarray(0, bytes.length).equals(bytes.subarray(0, PREFACE.length))) socket.destroy();
      if (bytes.length < PREFACE.length + FRAME_HEADER) return;
      const settingsEnd = PREFACE.length + FRAME_HEADER + bytes.readUIntBE(PREFACE.length, 3);
      if (bytes.length < settingsEnd) return;
      this.#switching.delete(socket);
      socket.setTimeout(0, drop).off('error', drop).off('end', drop).off('data', take).pause();
      socket.unshift(Buffer.concat([bytes.subarray(0, settingsEnd), headersFrame(head), bytes.subarray(settingsEnd)]));
      void this.accept(socket);
    };
    socket.on('data', take);
    if (bytes.length > 0) take(Buffer.alloc(0));
    socket.resume();
  }

  closeIdle(): void {
    for (const socket of this.#switching) socket.destroy();
    for (const session of this.#sessions) session.close();
  }

  async #create(): Promise<Http2Server> {
    const { createServer } = await import('node:http2');
    const { api, readBufferSize } = this.#options;
    const maxHeaderListSize = readBufferSize + HEADER_LIST_ALLOWANCE;
    const settings = { maxHeaderListSize, maxConcurrentStreams: STREAMS_AT_ONCE };
    const server = createServer({ settings }, (request, response) => {
      // The settings bind the client only once it has confirmed them.
      if (headerListSize(request) > maxHeaderListSize) request.stream.close(ENHANCE_YOUR_CALM);
      else api.handle(request, response);
    });
    server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
    // A session that breaks the protocol is ended by node:http2 itself; without a listener it would end the process.
    server.on('sessionError', (_: Error, session: ServerHttp2Session) => session.destroy());
    return server;
  }
}

/** As HTTP/2 counts it. */
function headerListSize({ rawHeaders }: Http2ServerRequest): number {
  return rawHeaders.reduce((size, text) => size + text.length, (rawHeaders.length / 2) * FIELD_OVERHEAD);
}

/** Whether a message asks for HTTP/2. One with a body is served as HTTP/1.1, which the client must expect. */
export function isUpgradeToHttp2({ headers, body }: Head): boolean {
  return body === 0 && hasToken(headers, 'upgrade', 'h2c') && hasToken(headers, 'connection', 'http2-settings');
}

const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** The message as the HEADERS frame that opens stream 1, with nothing to follow. */
function headersFrame({ method, target, headers }: Head): Buffer {
  const fields = [field(':method', method), field(':scheme', 'http'), field(':path', target)];
  fields.push(field(':authority', headers.get('host')?.[0] ?? ''));
  for (const [name, values] of headers) {
    if (!CONNECTION_HEADERS.has(name)) for (const value of values) fields.push(field(name, value));
  }
  const block = Buffer.concat(fields);
  const frame = Buffer.alloc(FRAME_HEADER);
  frame.writeUIntBE(block.length, 0, 3);
  frame[3] = 1; // HEADERS
  frame[4] = 0x5; // END_STREAM | END_HEADERS
  frame.writeUInt32BE(1, 5);
  return Buffer.concat([frame, block]);
}

/** HPACK: a literal field that is not put into any table, with plain strings. */
function field(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), hpackString(name), hpackString(value)]);
}

function hpackString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [Math.min(bytes.length, 0x7f)];
  if (bytes.length >= 0x7f) {
    let more = bytes.length - 0x7f;
    for (; more >= 0x80; more >>>= 7) length.push((more & 0x7f) | 0x80);
    length.push(more);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}
