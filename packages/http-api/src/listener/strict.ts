import { createServer, type IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpApi } from '../options.ts';
import { endConnection, hostRefusal, type Refusal, refusalText, refuse } from './refusal.ts';

export interface StrictServerOptions {
  readonly api: HttpApi;
  /** Largest head in bytes. */
  readonly maxHeaderSize: number;
  /** Milliseconds for a head to arrive. */
  readonly headerTimeout: number;
}

/** HTTP/1.1 as node:http reads it, which refuses whatever two readers could read in two ways. Connections are handed to it. */
export function createStrictServer({ api, maxHeaderSize, headerTimeout }: StrictServerOptions): Server {
  const options: ServerOptions & { requireHostHeader: boolean } = {
    maxHeaderSize,
    connectionsCheckingInterval: Math.min(1000, headerTimeout),
    // A missing one is refused below, in the reference's words.
    requireHostHeader: false,
  };
  const server = createServer(options);
  server.headersTimeout = headerTimeout;
  // A body may take its time, and an idle connection may stay.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  server.maxHeadersCount = 0;
  const latest = new WeakMap<Socket, ServerResponse>();
  let knownHost: string | undefined;
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    latest.set(request.socket, response);
    const { host } = request.headers;
    if (host === undefined || host !== knownHost || hasSecondHost(request.rawHeaders)) {
      const hosts = request.headersDistinct.host ?? [];
      const refusal = hostRefusal(hosts, request.httpVersionMinor >= 1 && request.method !== 'CONNECT');
      if (refusal !== undefined) {
        refuseRequest(response, refusal);
        return;
      }
      knownHost = host;
    }
    const encoding = request.headers['transfer-encoding'];
    if (encoding === undefined || encoding.toLowerCase() === 'chunked') api.handle(request, response);
    else refuseRequest(response, { status: 501, body: 'Unsupported transfer encoding' });
  };
  server.on('request', serve);
  server.on('checkExpectation', (_, response: ServerResponse) => refuseRequest(response, { status: 417, body: '' }));
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    // There is nothing to connect to: a request like any other, and the last one of its connection.
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => endConnection(socket));
    serve(request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const refusal = refusalOf(error);
    const running = latest.get(socket);
    if (error.code === 'ECONNRESET') socket.destroy();
    else if (running === undefined || running.writableFinished) refuse(socket, refusal);
    // The bytes after a request that is still being answered: its answer comes first.
    else if (running.req.complete) running.once('finish', () => refuse(socket, refusal));
    // Its own body: nothing was answered yet, and it is its turn.
    else if (!running.headersSent && running.socket === socket) refuse(socket, refusal);
    else socket.destroy();
  });
  // Time limits start with this event, and this server never listens itself.
  server.emit('listening');
  return server;
}

function hasSecondHost(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count > 1;
}

function refusalOf(error: NodeJS.ErrnoException & { reason?: string }): Refusal {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431 };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408 };
    case 'HPE_INVALID_VERSION':
      return error.reason === 'Invalid HTTP version' ? { status: 505, detail: 'unsupported protocol version' } : { status: 400 };
    default:
      return { status: 400 };
  }
}

/** In the order of the requests, unlike what is written to the socket itself. */
function refuseRequest(response: ServerResponse, refusal: Refusal): void {
  const { body, contentType } = refusalText(refusal);
  response.shouldKeepAlive = false;
  const headers = contentType === undefined ? {} : { 'Content-Type': contentType };
  response.writeHead(refusal.status, { ...headers, 'Content-Length': body.length }).end(body);
}
