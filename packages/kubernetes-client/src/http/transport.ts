import http from 'node:http';
import https from 'node:https';
import { osErrorText } from '@coffer/core/driver';
import type { Authorization, Cluster, TlsSettings } from '../connection/cluster.ts';
import { KubernetesError } from '../errors.ts';
import type { Deadline } from './deadline.ts';
import { proxyFor, TunnelAgent } from './proxy.ts';

/** Bytes, milliseconds. */
const IDLE_CONNECTIONS = 4;
const KEEP_ALIVE = 30_000;

/** Sends GET requests to one cluster over kept connections. Redirects are not followed: they would carry the credentials away. */
export class Transport {
  readonly #cluster: Cluster;
  readonly #server: URL;
  readonly #proxy: URL | undefined;
  #agent: http.Agent | undefined;
  #settings: TlsSettings = {};

  /** Fails with `configuration`. */
  constructor(cluster: Cluster, environment: Readonly<Record<string, string | undefined>>) {
    this.#cluster = cluster;
    this.#server = new URL(cluster.server);
    this.#proxy = proxyFor(this.#server, cluster.proxy, environment);
  }

  /** The answer to a path with its query, whatever its status; the body is still to be read. */
  async open(path: string, accept: string, deadline: Deadline): Promise<http.IncomingMessage> {
    const url = new URL(this.#cluster.server + path);
    const response = await this.#send(url, accept, deadline);
    // A token or certificate that has been replaced since it was read.
    if (response.statusCode !== 401 || !this.#cluster.renew()) return response;
    response.resume();
    return await this.#send(url, accept, deadline);
  }

  /** What a failure of a request to this path means, the reading of its answer included. */
  failure(path: string, cause: unknown, deadline: Deadline): KubernetesError {
    const url = new URL(this.#cluster.server + path);
    return networkFailure(url, cause instanceof KubernetesError ? cause : deadline.failure(cause, `Get "${shown(url)}"`));
  }

  /** Ends idle connections; those in use end with their requests. */
  close(): void {
    const agent = this.#agent;
    this.#agent = undefined;
    if (agent !== undefined) retire(agent);
  }

  async #send(url: URL, accept: string, deadline: Deadline): Promise<http.IncomingMessage> {
    const authorization = await this.#cluster.authorize(deadline.signal);
    const agent = this.#agentFor(authorization);
    for (let attempt = 1; ; attempt++) {
      const request = (url.protocol === 'https:' ? https : http).request(url, {
        agent,
        headers: { accept, 'user-agent': 'coffer', ...authorization.headers },
        signal: deadline.signal,
      });
      try {
        return await answerOf(request);
      } catch (cause) {
        // The server closed a kept connection at the same moment.
        const isStale = request.reusedSocket && cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET';
        if (!isStale || attempt > IDLE_CONNECTIONS) throw cause;
      }
    }
  }

  #agentFor({ tls }: Authorization): http.Agent {
    const names = ['ca', 'cert', 'key', 'rejectUnauthorized', 'servername'] as const;
    if (this.#agent !== undefined && names.every((name) => this.#settings[name] === tls[name])) return this.#agent;
    if (this.#agent !== undefined) retire(this.#agent);
    const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE, maxFreeSockets: IDLE_CONNECTIONS };
    this.#settings = tls;
    this.#agent = this.#agentOf({ ...options, ...tls });
    return this.#agent;
  }

  #agentOf(options: https.AgentOptions): http.Agent {
    if (this.#server.protocol === 'http:') return new http.Agent(options);
    return this.#proxy === undefined ? new https.Agent(options) : new TunnelAgent(this.#proxy, options);
  }
}

function answerOf(request: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays: a body that breaks off makes the request fail once more.
    request.on('error', reject);
    request.end();
  });
}

/** An agent that takes no more requests. */
function retire(agent: http.Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** The failure of a connection, in the manner of the reference's client. */
function networkFailure(url: URL, cause: unknown): KubernetesError {
  if (cause instanceof KubernetesError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const start = `Get "${shown(url)}": `;
  if (/CERT|SELF_SIGNED|VERIFY|ISSUER|ERR_TLS/.test(code)) {
    const hint = 'check the certificate authority: ca.crt of the service account, certificate-authority of the kubeconfig';
    return new KubernetesError('unavailable', `${start}tls: failed to verify certificate: ${textOf(cause)}`, { hint, cause });
  }
  const text = code === 'ECONNREFUSED' ? `dial tcp ${url.host}: connect: connection refused` : textOf(cause);
  return new KubernetesError('unavailable', start + text, { cause });
}

function textOf(cause: unknown): string {
  if (cause instanceof Error && cause.message === 'aborted') return 'the connection broke off';
  // Happy eyeballs: one failure for each address.
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  return osErrorText(first);
}

/** Without the credentials that an address may hold, and without the query: the same trouble has the same text. */
function shown(url: URL): string {
  const plain = new URL(url);
  plain.search = '';
  plain.username = '';
  plain.password = '';
  return plain.href;
}
