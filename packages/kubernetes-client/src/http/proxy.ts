import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { KubernetesError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for an address: the one given, else as `HTTPS_PROXY` and `NO_PROXY` say. Fails with `configuration`. */
export function proxyFor(server: URL, given: string | undefined, environment: Environment): URL | undefined {
  const variable = (name: string): string => environment[name] || environment[name.toLowerCase()] || '';
  const isPlain = server.protocol === 'http:';
  if (isPlain && given !== undefined) {
    throw new KubernetesError('configuration', 'a proxy is used for https servers only', { hint: 'check server and proxy-url' });
  }
  const named = given ?? (isPlain || isExempt(server, variable('NO_PROXY')) ? '' : variable('HTTPS_PROXY'));
  if (named === '') return undefined;
  const text = /^[a-z0-9]+:\/\//i.test(named) ? named : `http://${named}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  throw new KubernetesError('configuration', 'the proxy is not an http or https address', {
    hint: given === undefined ? 'check HTTPS_PROXY and NO_PROXY' : 'check proxy-url in the kubeconfig',
  });
}

/** As Go reads NO_PROXY: `*`, names with their subdomains, addresses and ranges, each perhaps with a port; loopback always. */
function isExempt({ hostname, port }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return true;
  const effectivePort = port || '443';
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
    const { protocol, username, password } = this.#proxy;
    const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
    const request = (protocol === 'https:' ? https : http).request(this.#proxy, {
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers: { host: authority, ...(username === '' ? {} : { 'proxy-authorization': `Basic ${credentials}` }) },
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

type Connected = (error: Error | null, stream: Duplex) => void;
const CONNECT_MILLISECONDS = 30_000;
