/*
 * Drawer, a secret service in one file, for docs/guides/write-a-driver.md: it keeps every version of a secret, in memory.
 *
 *   DRAWER_TOKEN=let-me-in node drawer.ts
 *
 *   PUT    /secret?name=greeting              the value, as JSON text        201 {"version":"1"}
 *   GET    /secret?name=greeting&version=1    the newest without a version   200 {"value":"hello","version":"1"}
 *   DELETE /secret?name=greeting                                             200 {}
 *   GET    /names?after=greeting              one page, in order             200 {"names":["password"],"next":"password"}
 *   GET    /health                                                           200 {}
 *
 * Requests carry `authorization: Bearer let-me-in`. A failure is {"error":"what is wrong"}.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DrawerOptions {
  readonly token: string;
  /** By default any that is free. */
  readonly port?: number;
  readonly pageSize?: number;
  /** Sees every answer before it is sent. Says `true` when it has answered itself. */
  readonly before?: (call: string, answer: Answer, response: ServerResponse) => boolean | Promise<boolean>;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
}

export interface Drawer {
  readonly address: string;
  close(): Promise<void>;
}

export async function startDrawer(options: DrawerOptions): Promise<Drawer> {
  const secrets = new Map<string, string[]>();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://drawer');
    const answer = isAuthorized(request, options.token)
      ? answerOf(secrets, request.method ?? 'GET', url, await textOf(request), options.pageSize ?? 100)
      : failure(401, 'the token is not valid');
    if (await options.before?.(`${request.method} ${url.pathname}`, answer, response)) return;
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

function answerOf(secrets: Map<string, string[]>, method: string, url: URL, body: string, pageSize: number): Answer {
  const name = url.searchParams.get('name') ?? '';
  const versions = secrets.get(name);
  switch (`${method} ${url.pathname}`) {
    case 'PUT /secret': {
      const value = parsed(body);
      if (typeof value !== 'string') return failure(400, 'the value is no JSON text');
      const all = [...(versions ?? []), value];
      secrets.set(name, all);
      return { status: 201, body: { version: String(all.length) } };
    }
    case 'GET /secret': {
      if (versions === undefined) return failure(404, 'there is no such secret');
      const version = url.searchParams.get('version') ?? String(versions.length);
      const value = /^[1-9]\d*$/.test(version) ? versions[Number(version) - 1] : undefined;
      return value === undefined ? failure(404, 'there is no such version') : { status: 200, body: { value, version } };
    }
    case 'DELETE /secret':
      secrets.delete(name);
      return { status: 200, body: {} };
    case 'GET /names': {
      const after = url.searchParams.get('after');
      const left = [...secrets.keys()].sort().filter((each) => after === null || each > after);
      const names = left.slice(0, pageSize);
      return { status: 200, body: { names, ...(left.length > names.length ? { next: names.at(-1) } : {}) } };
    }
    case 'GET /health':
      return { status: 200, body: {} };
    default:
      return failure(400, 'there is no such call');
  }
}

function failure(status: number, error: string): Answer {
  return { status, body: { error } };
}

function isAuthorized(request: IncomingMessage, token: string): boolean {
  return request.headers.authorization === `Bearer ${token}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

if (process.argv[1] === import.meta.filename) {
  const { DRAWER_TOKEN: token = '', DRAWER_PORT: port = '7070' } = process.env;
  const { address } = await startDrawer({ token, port: Number(port) });
  console.log(`Drawer is at ${address}`);
}
