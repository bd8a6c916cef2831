import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { HttpListener, HttpListenerOptions, ListenAddress } from '../options.ts';
import { Http2Door, isUpgradeToHttp2, PREFACE } from './http2.ts';
import { LenientConnection } from './lenient/connection.ts';
import { headLength, isRefusal, parseHead } from './lenient/head.ts';
import { createStrictServer } from './strict.ts';

const READ_BUFFER_SIZE = 4096;
const TOLERATED_BYTES = 4096;
const HEADER_MILLISECONDS = 10_000;
const CLOSE_MILLISECONDS = 10_000;
const IDLE_CHECK_MILLISECONDS = 20;
const BACKLOG = 4096;

/** Serves an API on sockets: HTTP/1.1, and HTTP/2 without TLS on the same ones. */
export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { api, readBufferSize = READ_BUFFER_SIZE, headerTimeout = HEADER_MILLISECONDS } = options;
  const maxHeaderSize = readBufferSize + TOLERATED_BYTES;
  const http2 = options.h2c === false ? undefined : new Http2Door({ api, readBufferSize, headerTimeout });
  const strict = options.parser === 'lenient' ? undefined : createStrictServer({ api, maxHeaderSize, headerTimeout });
  const lenient = new Set<LenientConnection>();
  const undecided = new Set<Socket>();
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  let closing: Promise<void> | undefined;

  function acceptHttp1(socket: Socket): void {
    if (strict !== undefined) {
      strict.emit('connection', socket);
      return;
    }
    const connection = new LenientConnection(socket, { handle: api.handle, maxHeaderSize, headerTimeout });
    lenient.add(connection);
    socket.once('close', () => lenient.delete(connection));
  }

  function accept(socket: Socket): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (http2 === undefined) acceptHttp1(socket);
    else lookAtFirstBytes(socket, http2);
  }

  /** Tells HTTP/2 from HTTP/1.1 by the preface, and finds a request to switch over. */
  function lookAtFirstBytes(socket: Socket, door: Http2Door): void {
    const drop = () => socket.destroy();
    undecided.add(socket);
    socket.setTimeout(headerTimeout, drop).on('error', drop).on('end', drop);
    let bytes: Buffer = Buffer.alloc(0);
    const look = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const compared = Math.min(bytes.length, PREFACE.length);
      const isHttp2 = bytes.compare(PREFACE, 0, compared, 0, compared) === 0;
      if (isHttp2 && compared < PREFACE.length) return;
      undecided.delete(socket);
      socket.setTimeout(0, drop).off('error', drop).off('end', drop).off('readable', look);
      if (!isHttp2 && upgraded(socket, bytes, door)) return;
      socket.unshift(bytes);
      if (isHttp2) void door.accept(socket);
      else acceptHttp1(socket);
    };
    socket.on('readable', look);
  }

  function upgraded(socket: Socket, bytes: Buffer, door: Http2Door): boolean {
    if (!bytes.includes('HTTP2-Settings') && !/http2-settings/i.test(bytes.toString('latin1'))) return false;
    const length = headLength(bytes, 0);
    if (length < 0 || length > maxHeaderSize) return false;
    const head = parseHead(bytes.toString('latin1', 0, length));
    if (isRefusal(head) || !isUpgradeToHttp2(head)) return false;
    door.upgrade(socket, head, bytes.subarray(length));
    return true;
  }

  async function listen(address: ListenAddress): Promise<number | string> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    server.listen({ ...address, backlog: BACKLOG });
    await once(server, 'listening');
    // A connection that could not be accepted (too many open files) is its client's loss, not the server's end.
    server.on('error', () => undefined);
    servers.push(server);
    return 'path' in address ? address.path : (server.address() as AddressInfo).port;
  }

  async function close(milliseconds: number): Promise<void> {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    const endIdle = () => {
      strict?.closeIdleConnections();
      for (const socket of undecided) socket.destroy();
    };
    for (const connection of lenient) connection.closeWhenIdle();
    http2?.closeIdle();
    endIdle();
    const idleCheck = setInterval(endIdle, IDLE_CHECK_MILLISECONDS);
    const deadline = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, milliseconds);
    await Promise.all(closed);
    clearInterval(idleCheck);
    clearTimeout(deadline);
    strict?.close();
  }

  return {
    listen,
    close: (milliseconds = CLOSE_MILLISECONDS) => {
      closing ??= close(milliseconds);
      return closing;
    },
  };
}
