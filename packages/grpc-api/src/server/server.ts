import { once } from 'node:events';
import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type BaseCall, type CallHead, type CallSettings, ENDED } from './call.ts';
import { Connection, type Keepalive } from './connection.ts';
import { END_STREAM, readHead, unimplemented } from './head.ts';
import { StreamingCall } from './streaming-call.ts';
import type { GrpcServer, GrpcServerOptions, ListenAddress, Method, ServedCalls } from './types.ts';
import { UnaryCall } from './unary-call.ts';

const MAX_MESSAGE_SIZE = 4 * 1024 * 1024;
const MAX_HEADER_LIST_SIZE = 16 * 1024;
const STREAMS_AT_ONCE = 1000;
const CHECK_MILLISECONDS = 1000;
const BACKLOG = 4096;

/** A gRPC server without TLS. What it serves is for `options.lookup` to say. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  let { lookup, admit } = options;
  let settings = settingsOf(options);
  const keepalive: Keepalive = {
    maxIdle: options.keepalive?.maxIdle ?? 180_000,
    pingAfter: options.keepalive?.pingAfter ?? 10_000,
    pingTimeout: options.keepalive?.pingTimeout ?? 5000,
    minClientPingInterval: options.keepalive?.minClientPingInterval ?? 8000,
  };
  const http2 = createHttp2(options.maxHeaderListSize ?? MAX_HEADER_LIST_SIZE);
  const connections = new Set<Connection>();
  const sockets = new Set<Socket>();
  const listeners: Server[] = [];
  let closing: Promise<void> | undefined;
  let checks: NodeJS.Timeout | undefined;

  function connected(socket: Socket): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    http2.emit('connection', socket);
  }

  http2.on('session', (session: ServerHttp2Session) => {
    const connection = new Connection(session, keepalive);
    connections.add(connection);
    session.once('close', () => connections.delete(connection));
    session.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, rawHeaders: readonly string[]) =>
        accept(connection, stream, headers, flags, rawHeaders),
    );
    if (closing !== undefined) connection.leave();
  });

  function check(): void {
    const now = performance.now();
    for (const connection of connections) connection.check(now);
  }

  function accept(
    connection: Connection,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    flags: number,
    rawHeaders: readonly string[],
  ): void {
    const head = readHead(headers, flags, rawHeaders);
    if ('refusal' in head) {
      stream.on('error', ignore).respond(head.refusal, ENDED);
      if ((flags & END_STREAM) === 0) stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    const method = lookup(head.path);
    if (method instanceof Promise) {
      stream.on('error', ignore);
      method.then(
        (found) => start(connection, stream, head, found),
        (cause) => {
          settings.onDefect(head.path, cause);
          start(connection, stream, head, undefined);
        },
      );
    } else start(connection, stream, head, method);
  }

  function start(connection: Connection, stream: ServerHttp2Stream, head: CallHead, method: Method | undefined): void {
    if (stream.destroyed) return;
    const call: BaseCall =
      method?.kind === 'unary'
        ? new UnaryCall(settings, connection, stream, head)
        : new StreamingCall(settings, connection, stream, head);
    const refusal = admit?.(call) ?? (method === undefined ? unimplemented(head.path) : undefined);
    if (refusal !== undefined) call.fail(refusal);
    else call.run(method as Method);
  }

  async function listen(address: ListenAddress): Promise<number | string> {
    const server = createServer({ noDelay: true }, connected);
    server.listen({ ...address, backlog: BACKLOG });
    await once(server, 'listening');
    // A connection that could not be accepted (too many open files) is its client's loss, not the server's end.
    server.on('error', ignore);
    listeners.push(server);
    checks ??= setInterval(check, Math.min(CHECK_MILLISECONDS, ...Object.values(keepalive))).unref();
    return 'path' in address ? address.path : (server.address() as AddressInfo).port;
  }

  async function close(milliseconds: number | undefined): Promise<void> {
    const closed = listeners.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const connection of connections) connection.leave();
    const cutOff = () => {
      for (const socket of sockets) socket.destroy();
    };
    const deadline = milliseconds === undefined ? undefined : setTimeout(cutOff, milliseconds);
    await Promise.all(closed);
    clearTimeout(deadline);
    clearInterval(checks);
  }

  return {
    listen,
    serve(calls) {
      ({ lookup, admit } = calls);
      settings = settingsOf(calls);
    },
    close(milliseconds) {
      closing ??= close(milliseconds);
      return closing;
    },
  };
}

function settingsOf({ observers, maxMessageSize, errorOf, onDefect }: ServedCalls): CallSettings {
  return {
    observers: observers ?? [],
    maxMessageSize: (maxMessageSize ?? MAX_MESSAGE_SIZE) || Number.POSITIVE_INFINITY,
    errorOf: errorOf ?? (() => undefined),
    onDefect: onDefect ?? (() => undefined),
  };
}

function createHttp2(maxHeaderListSize: number): Http2Server {
  const server = createHttp2Server({
    settings: { maxHeaderListSize, maxConcurrentStreams: STREAMS_AT_ONCE, enablePush: false },
    // Metadata with spaces around it would be dropped without a word; gRPC elsewhere hands it on.
    strictFieldWhitespaceValidation: false,
  });
  // A session that breaks the protocol is ended by node:http2 itself; without a listener it would end the process.
  server.on('sessionError', (_: Error, session: ServerHttp2Session) => session.destroy());
  return server;
}

function ignore(): void {}
