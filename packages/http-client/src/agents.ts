import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { ForwardAgent, TunnelAgent } from './proxy.ts';

export interface AgentOptions extends Pick<https.AgentOptions, TlsName> {
  /** Connections that are kept while nobody uses them; 10 by default. */
  readonly idleConnections?: number;
  /** Connections at a time to one server; more requests wait; 64 by default. */
  readonly maxConnections?: number;
  /** Finds the addresses of the server's name, when no proxy does; the operating system by default. */
  readonly lookup?: LookupFunction;
}

/** What certificates a server must have, and which ones it is shown. */
export type TlsSettings = Pick<https.AgentOptions, TlsName>;
type TlsName = (typeof TLS_NAMES)[number];

export const TLS_NAMES = [
  'ca',
  'cert',
  'key',
  'passphrase',
  'rejectUnauthorized',
  'servername',
  'minVersion',
  'checkServerIdentity',
] as const;

/** Milliseconds after which a kept connection is probed. */
const PROBE_AFTER = 30_000;

/** An agent that keeps connections, for one server; through the proxy when there is one. */
export function agentFor(server: URL, proxy: URL | undefined, options: AgentOptions = {}): http.Agent {
  const { idleConnections = 10, maxConnections = 64, lookup, ...tls } = options;
  const kept = {
    keepAlive: true,
    keepAliveMsecs: PROBE_AFTER,
    maxFreeSockets: idleConnections,
    maxSockets: maxConnections,
    ...(lookup === undefined || proxy !== undefined ? {} : { lookup }),
  };
  if (server.protocol === 'http:') return proxy === undefined ? new http.Agent(kept) : new ForwardAgent(proxy, kept);
  return proxy === undefined ? new https.Agent({ ...kept, ...tls }) : new TunnelAgent(proxy, { ...kept, ...tls });
}

/** An agent that takes no more requests: idle connections end now, the others with their requests. */
export function retire(agent: http.Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}
