import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Fault } from './faults.ts';
import { methodOf, readList } from './list-method.ts';

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** As sent, escaped, without the query. */
  readonly path: string;
  /** As sent, with its question mark; empty when there is none. */
  readonly search: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Common name of the client's certificate, when it showed one. */
  readonly clientName: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object becomes JSON. */
  readonly body?: string | Buffer | object;
}

/** Answers, or says how the answer goes wrong. */
export type Handler = (request: SeenRequest) => Answer | Fault | Promise<Answer | Fault>;

export interface FakeOptions {
  /** PEM texts. With `ca`, clients are asked for a certificate, and one that is shown must be of it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
  /** Milliseconds that every call takes; can be changed later. */
  readonly delay?: number;
  /** Whether the method LIST is understood, which Node's parser refuses. */
  readonly list?: boolean;
}

export interface FaultRule {
  /** Which requests; all by default. */
  readonly when?: (request: SeenRequest) => boolean;
  /** How many of them; all by default. */
  readonly times?: number;
}

/** A service on loopback: answers as its handler says, remembers what it saw, and fails on demand. */
export class FakeService implements AsyncDisposable {
  /** Every request, in the order in which its last byte came. */
  readonly requests: SeenRequest[] = [];
  /** The most requests that were being answered at one time. */
  mostInFlight = 0;
  /** Connections that were accepted. */
  connections = 0;
  delay: number;
  readonly #handle: Handler;
  readonly #server: net.Server;
  readonly #scheme: string;
  readonly #sockets = new Set<Socket>();
  readonly #faults: { readonly fault: Fault; readonly when: (request: SeenRequest) => boolean; left: number }[] = [];
  #inFlight = 0;

  constructor(handle: Handler, { tls, delay = 0, list = false }: FakeOptions) {
    this.#handle = handle;
    this.delay = delay;
    this.#scheme = tls === undefined ? 'http' : 'https';
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    const client = tls?.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
    const parser = tls === undefined || list ? http.createServer(listener) : https.createServer({ ...tls, ...client }, listener);
    const accept = (socket: Socket) => parser.emit('connection', readList(socket));
    if (!list) this.#server = parser;
    else this.#server = tls === undefined ? net.createServer(accept) : createTlsServer({ ...tls, ...client }, accept);
    this.#server.on('connection', (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Address without a slash at its end, by number. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Requests that are being answered now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  /** Requests that the rule fits get this fault from now on; the earliest rule that fits counts. */
  inject(fault: Fault, { when = () => true, times = Number.POSITIVE_INFINITY }: FaultRule = {}): void {
    this.#faults.push({ fault, when, left: times });
  }

  clearFaults(): void {
    this.#faults.length = 0;
  }

  /** Ends every connection; clients that keep some find them closed. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server.close(), 'close') : undefined;
    this.dropConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight);
    let isRunning = true;
    const leave = () => {
      if (isRunning) this.#inFlight--;
      isRunning = false;
    };
    response.once('close', leave);
    // The client went away; the test sees that at the client.
    for (const stream of [incoming, response]) stream.on('error', () => undefined);
    try {
      const request = await seen(incoming);
      this.requests.push(request);
      if (this.delay > 0) await sleep(this.delay);
      const rule = this.#faults.find(({ when, left }) => left > 0 && when(request));
      if (rule !== undefined) {
        rule.left--;
        await rule.fault(response, async () => this.#handle(request));
        return;
      }
      const answer = await this.#handle(request);
      if (typeof answer === 'function') {
        await answer(response, async () => answer);
        return;
      }
      const { status, headers = {}, body = '' } = answer;
      const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
      const bytes = isJson ? JSON.stringify(body) : body;
      response.writeHead(status, { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers });
      // Before the last byte: the client may ask for the next thing before this process hears that it went out.
      leave();
      response.end(bytes);
    } catch (cause) {
      // A client that went away half way, or a handler that is wrong: the test then sees this status.
      if (!response.headersSent) response.writeHead(599).end(cause instanceof Error ? cause.stack : String(cause));
    }
  }
}

/** A service that answers as `handle` says, on a free port of 127.0.0.1. */
export function startFakeService(handle: Handler, options: FakeOptions = {}): Promise<FakeService> {
  return new FakeService(handle, options).listen();
}

async function seen(incoming: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const target = incoming.url ?? '/';
  const at = target.indexOf('?');
  const search = at < 0 ? '' : target.slice(at);
  const certificate = (incoming.socket as TLSSocket).getPeerCertificate?.();
  return {
    method: methodOf(incoming.method),
    path: at < 0 ? target : target.slice(0, at),
    search,
    query: new URLSearchParams(search),
    headers: incoming.headers,
    body: Buffer.concat(chunks),
    clientName: certificate?.subject?.CN as string | undefined,
  };
}
