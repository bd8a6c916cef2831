import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Authority, createAuthority } from '@coffer/fake-services';
import { ANONYMOUS, allow, type User } from './access.ts';
import { type Kind, Objects, type StoredObject } from './objects.ts';
import { KINDS, type Route, routeOf } from './route.ts';
import { selectorOf } from './selectors.ts';
import { Failure } from './status.ts';
import { Watch } from './watches.ts';

export interface FakeOptions {
  /** By token. A client certificate's common name is a user's name, as on the real server. */
  readonly users?: Readonly<Record<string, User>>;
  /** Without TLS. */
  readonly plain?: boolean;
  /** Milliseconds that every call takes; none by default. */
  readonly delay?: number;
  /** Bytes that a watch writes at once; all of them by default. */
  readonly pieces?: number;
  /** Resources that are not installed, by plural. */
  readonly without?: readonly string[];
}

/** An answer in place of the regular one. */
export interface Fault {
  /** Part of the path with its query; every request by default. */
  readonly match?: string;
  readonly times?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Cut the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Never answer. */
  readonly silent?: boolean;
}

export const ADMIN_TOKEN = 'admin-token';

/** A Kubernetes API server that holds what a test puts into it, and misbehaves on demand. */
export class FakeKubernetes implements AsyncDisposable {
  readonly authority: Authority = createAuthority();
  /** Paths with their queries, of every request that was answered or not. */
  readonly requests: string[] = [];
  /** Changeable while it runs. */
  readonly users: Map<string, User>;
  /** Connections that were accepted. */
  connections = 0;
  /** The most requests that were being answered at one time. */
  mostInFlight = 0;
  readonly #options: FakeOptions;
  readonly #objects = new Objects();
  readonly #watches = new Set<Watch>();
  readonly #snapshots = new Map<string, readonly StoredObject[]>();
  readonly #sockets = new Set<Socket>();
  #faults: (Fault & { left: number })[] = [];
  #server: http.Server | undefined;
  #port = 0;
  #inFlight = 0;

  private constructor(options: FakeOptions) {
    this.#options = options;
    this.users = new Map(Object.entries({ [ADMIN_TOKEN]: { name: 'admin' }, ...options.users }));
  }

  static async start(options: FakeOptions = {}): Promise<FakeKubernetes> {
    const fake = new FakeKubernetes(options);
    await fake.resume();
    return fake;
  }

  get server(): string {
    return `${this.#options.plain ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  /** A kubeconfig for a token, or with these members of its user. */
  kubeconfig(user: string | object = ADMIN_TOKEN, cluster: object = {}): string {
    const authority = Buffer.from(this.authority.cert).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'fake', user: 'me' } }],
      clusters: [{ name: 'fake', cluster: { server: this.server, 'certificate-authority-data': authority, ...cluster } }],
      users: [{ name: 'me', user: typeof user === 'string' ? { token: user } : user }],
    });
  }

  put(resource: string, namespace: string | undefined, name: string, members: object = {}, metadata: object = {}): StoredObject {
    const own = namespace === undefined ? { name, ...metadata } : { name, namespace, ...metadata };
    const object = this.#objects.put(kindOf(resource), { ...members, metadata: own });
    this.#tell();
    return object;
  }

  /** A Secret with these texts. */
  secret(namespace: string, name: string, values: Readonly<Record<string, string | Buffer>>, more: object = {}): StoredObject {
    const data = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
    const { metadata, ...members } = more as { metadata?: object };
    return this.put('secrets', namespace, name, { type: 'Opaque', data: Object.fromEntries(data), ...members }, metadata);
  }

  delete(resource: string, namespace: string | undefined, name: string): void {
    this.#objects.delete(kindOf(resource), namespace, name);
    this.#tell();
  }

  /** Forgets the changes so far: watches that begin at an earlier version are told 410. */
  compact(): void {
    this.#objects.compact();
  }

  /** Continue tokens given so far are told 410. */
  expireTokens(): void {
    this.#snapshots.clear();
  }

  fail(fault: Fault): void {
    this.#faults.push({ ...fault, left: fault.times ?? 1 });
  }

  /** Does something to every open watch; answers how many there are. */
  eachWatch(act: (watch: Watch) => void): number {
    const watches = [...this.#watches];
    for (const watch of watches) act(watch);
    return watches.length;
  }

  /** Sends every watch a bookmark of now. */
  bookmark(): void {
    this.eachWatch((watch) => watch.bookmark(this.#objects.version));
  }

  /** Ends every watch with an ERROR event of 410. */
  expireWatches(): void {
    this.eachWatch((watch) => watch.fail(Failure.tooOld(1, this.#objects.version)));
  }

  /** Closes the port and every connection. */
  async pause(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#watches.clear();
    if (server === undefined) return;
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(server, 'close');
  }

  /** Listens on the same port again, with the same objects. */
  async resume(): Promise<void> {
    const { cert, key } = this.authority.issue('127.0.0.1', ['127.0.0.1', 'localhost', 'api.test']);
    const { delay = 0 } = this.#options;
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight);
      response.once('close', () => this.#inFlight--);
      if (delay === 0) this.#answer(request, response);
      else setTimeout(() => this.#answer(request, response), delay);
    };
    this.#server = this.#options.plain
      ? http.createServer(answer)
      : https.createServer({ cert, key, ca: this.authority.cert, requestCert: true, rejectUnauthorized: false }, answer);
    this.#server.on('connection', (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pause();
  }

  /** Tells every watch what is new. */
  #tell(): void {
    for (const change of this.#objects.since(this.#objects.version - 1)) this.eachWatch((watch) => watch.tell(change));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const target = request.url ?? '';
    this.requests.push(target);
    if (this.#misbehave(target, response)) return;
    try {
      const url = new URL(target, 'http://fake');
      const user = this.#userOf(request);
      if (url.pathname === '/readyz') {
        response.end('ok');
        return;
      }
      const kinds = KINDS.filter(({ resource }) => !this.#options.without?.includes(resource));
      const route = routeOf(url.pathname, kinds);
      if (route === undefined)
        response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
      else this.#serve(route, url.searchParams, user, request, response);
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      send(response, cause.code, cause);
    }
  }

  #misbehave(target: string, response: ServerResponse): boolean {
    const fault = this.#faults.find(({ match, left }) => left > 0 && target.includes(match ?? ''));
    if (fault === undefined) return false;
    fault.left--;
    if (fault.silent) return true;
    const { status = 200, headers = {}, body = '', cutAfter } = fault;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    if (cutAfter === undefined) response.end(body);
    else response.write(body.slice(0, cutAfter), () => response.destroy());
    return true;
  }

  #userOf({ headers: { authorization }, socket }: IncomingMessage): User {
    if (authorization !== undefined && /^bearer /i.test(authorization)) {
      const user = this.users.get(authorization.slice('bearer '.length));
      if (user === undefined) throw Failure.unauthorized();
      return user;
    }
    const name = 'authorized' in socket && socket.authorized ? (socket as TLSSocket).getPeerCertificate().subject.CN : undefined;
    return [...this.users.values()].find((user) => user.name === name) ?? ANONYMOUS;
  }

  #serve(route: Route, query: URLSearchParams, user: User, request: IncomingMessage, response: ServerResponse): void {
    const { kind, namespace, name } = route;
    const { group, resource } = kind;
    if (name !== undefined) {
      allow(user, { verb: 'get', group, resource, namespace, name });
      const object = this.#objects.get(resource, namespace, name);
      if (object === undefined) throw Failure.notFound(group === '' ? resource : `${resource}.${group}`, name);
      send(response, 200, object);
      return;
    }
    const only = /^metadata\.name==?([^,]+)$/.exec(query.get('fieldSelector') ?? '')?.[1];
    const isWatch = ['1', 'true'].includes(query.get('watch') ?? '');
    allow(user, { verb: isWatch ? 'watch' : 'list', group, resource, namespace, name: only });
    const metadataOnly = /as=PartialObjectMetadata/.test(request.headers.accept ?? '');
    if (isWatch) this.#watch(route, query, metadataOnly, response);
    else send(response, 200, this.#list(route, query, metadataOnly));
  }

  #list({ kind, namespace }: Route, query: URLSearchParams, metadataOnly: boolean): object {
    const selector = selectorOf(query);
    const token = query.get('continue') ?? '';
    const [version, start] = token === '' ? [this.#objects.version, ''] : (JSON.parse(atob(token)) as [number, string]);
    const current = this.#objects.list(kind.resource, namespace);
    // Of a token that was given in place of an expired one: the list as it is now.
    const isFresh = version < 0;
    const moment = `${kind.resource}/${namespace}/${version}`;
    const snapshot = token === '' || isFresh ? current : this.#snapshots.get(moment);
    if (snapshot === undefined) throw Failure.expiredContinue(btoa(JSON.stringify([-1, start])));
    const rest = snapshot.filter((object) => selector(object) && keyOf(object) > start);
    const limit = Number(query.get('limit') ?? 0) || rest.length;
    const items = rest.slice(0, limit);
    const remaining = rest.length - items.length;
    if (remaining > 0 && !isFresh) this.#snapshots.set(moment, snapshot);
    const next = btoa(JSON.stringify([version, keyOf(items.at(-1))]));
    const itself = metadataOnly
      ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' }
      : { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind) };
    const more = remaining > 0 ? { continue: next, remainingItemCount: remaining } : {};
    const metadata = { resourceVersion: String(isFresh ? this.#objects.version : version), ...more };
    return { ...itself, metadata, items: items.map((object) => listedView(object, kind, metadataOnly)) };
  }

  #watch({ kind, namespace }: Route, query: URLSearchParams, metadataOnly: boolean, response: ServerResponse): void {
    const selector = selectorOf(query);
    const version = Number(query.get('resourceVersion') ?? 0);
    const request = {
      resource: kind.resource,
      namespace,
      selector,
      view: (object: StoredObject) => viewOf(object, metadataOnly),
      bookmarks: query.get('allowWatchBookmarks') === 'true',
      bookmarkOf: (resourceVersion: number) => ({
        kind: kind.kind,
        apiVersion: apiVersionOf(kind),
        metadata: { resourceVersion: String(resourceVersion) },
      }),
    };
    const watch = new Watch(request, response, this.#options.pieces ?? 0);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    try {
      for (const change of this.#objects.since(version)) watch.tell(change);
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      watch.fail(cause);
      return;
    }
    this.#watches.add(watch);
    const timer = setTimeout(() => watch.end(), Number(query.get('timeoutSeconds') ?? 3600) * 1000);
    response.once('close', () => {
      clearTimeout(timer);
      this.#watches.delete(watch);
    });
  }
}

function kindOf(resource: string): Kind {
  const kind = KINDS.find((known) => known.resource === resource);
  if (kind === undefined) throw new Error(`the fake has no ${resource}`);
  return kind;
}

function apiVersionOf({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}

function keyOf(object: StoredObject | undefined): string {
  return object === undefined ? '' : `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function viewOf(object: StoredObject, metadataOnly: boolean): object {
  if (!metadataOnly) return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** The items of lists of built-in kinds do not say what they are. */
function listedView(object: StoredObject, { group }: Kind, metadataOnly: boolean): object {
  if (metadataOnly || group !== '') return viewOf(object, metadataOnly);
  const { apiVersion, kind, ...members } = object;
  return members;
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
