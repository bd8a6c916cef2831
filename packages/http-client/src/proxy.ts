import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { HttpFailure } from './failure.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for an address, as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say. Fails with `configuration`. */
export function proxyFor(server: URL, environment: Environment): URL | undefined {
  const variable = (name: string): string => environment[name] || environment[name.toLowerCase()] || '';
  if (isExempt(server, variable('NO_PROXY'))) return undefined;
  const name = server.protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
  const text = variable(name);
  return text === '' ? undefined : parseProxy(text, `check ${name} and NO_PROXY`);
}

/** The address of a proxy; without a scheme it is an http one. Fails with `configuration`, with the hint, and without the text. */
export function parseProxy(text: string, hint: string): URL {
  const address = /^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  throw new HttpFailure('configuration', 'the proxy is not an http or https address', { hint });
}

/**
 * As Go reads NO_PROXY: `*`, names with their subdomains, addresses and ranges, each perhaps with a port. Loopback always, and
 * link-local addresses: identities of machines are given out there.
 */
function isExempt({ protocol, hostname, port }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || /^(127|169\.254)\./.test(host) || host.startsWith('fe80:')) return true;
  const effectivePort = port || (protocol === 'http:' ? '80' : '443');
  return list.split(',').some((item) => {
    const entry = item.trim().toLowerCase();
    if (entry === '*') return true;
    if (entry.includes('/')) return isInRange(host, entry);
    const [, name = entry, onlyPort] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
    if (name === '' || (onlyPort !== undefined && onlyPort !== effectivePort)) return false;
    const bare = name.replace(/^\*?\./, '');
    return host.endsWith(`.${bare}`) || (host === bare && !name.startsWith('.'));
  });
}

function isInRange(host: string, range: string): boolean {
  const [network = '', prefix = ''] = range.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128))
    return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const ranges = new BlockList();
  ranges.addSubnet(network, Number(prefix), kind);
  return ranges.check(host, kind);
}

/** An agent whose connections go through a proxy by CONNECT, TLS inside. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: http.ClientRequestArgs, callback?: Connected): undefined {
    const { host, port } = options;
    const fail = (cause: Error) => callback?.(cause, undefined as never);
    const authority = `${String(host).includes(':') ? `[${host}]` : host}:${port}`;
    const request = (this.#proxy.protocol === 'https:' ? https : http).request(this.#proxy, {
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers: { host: authority, ...authorizationOf(this.#proxy) },
      timeout: CONNECT_MILLISECONDS,
    });
    request.once('connect', ({ statusCode }, socket) => {
      if (statusCode !== 200) {
        socket.destroy();
        fail(new Error(`the proxy answered CONNECT with ${statusCode}`));
        return;
      }
      request.setTimeout(0);
      const secure = tls.connect({ ...(options as tls.ConnectionOptions), socket: socket as Socket });
      secure.once('error', () => undefined);
      callback?.(null, secure);
    });
    request.once('timeout', () => request.destroy(new Error('the proxy does not answer')));
    request.once('error', fail);
    request.end();
    return undefined;
  }
}

/** An agent whose requests for http addresses are sent to a proxy, which is told the whole address. */
export class ForwardAgent extends http.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: http.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  /** What Node calls for every request; agents of other packages stand on it too. */
  addRequest(request: http.ClientRequest, options: http.RequestOptions): void {
    const { host, port } = options;
    const authority = `${String(host).includes(':') ? `[${host}]` : host}${Number(port) === 80 ? '' : `:${port}`}`;
    request.path = `http://${authority}${request.path}`;
    for (const [name, value] of Object.entries(authorizationOf(this.#proxy))) request.setHeader(name, value);
    NODE_AGENT.addRequest.call(this, request, { ...options, host: this.#proxy.hostname, port: portOf(this.#proxy) });
  }

  override createConnection(options: http.ClientRequestArgs, callback?: Connected): Duplex | null | undefined {
    if (this.#proxy.protocol === 'http:') return super.createConnection(options, callback);
    return tls.connect({ ...(options as tls.ConnectionOptions), servername: this.#proxy.hostname });
  }
}

interface AddRequest {
  addRequest(request: http.ClientRequest, options: http.RequestOptions): void;
}

const NODE_AGENT = http.Agent.prototype as http.Agent & AddRequest;

function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return { 'proxy-authorization': `Basic ${credentials}` };
}

function portOf({ protocol, port }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

type Connected = (error: Error | null, stream: Duplex) => void;
const CONNECT_MILLISECONDS = 30_000;
