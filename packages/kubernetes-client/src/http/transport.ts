import type { IncomingMessage } from 'node:http';
import { type Deadline, failureOf, HttpClient, HttpFailure, parseProxy, proxyFor } from '@coffer/http-client';
import type { Cluster } from '../connection/cluster.ts';
import { KubernetesError, kubernetesErrorOf } from '../errors.ts';

const IDLE_CONNECTIONS = 4;

/** Sends GET requests to one cluster over kept connections. */
export class Transport {
  readonly #cluster: Cluster;
  /** Many reads at once wait for each other's connections: each has an end soon. */
  readonly #reads: HttpClient;
  /** A watch keeps its connection for minutes, and nobody may have to wait for it. */
  readonly #watches: HttpClient;

  /** Fails with `configuration`. */
  constructor(cluster: Cluster, environment: Readonly<Record<string, string | undefined>>) {
    this.#cluster = cluster;
    const proxy = proxyOf(cluster, environment) ?? 'none';
    this.#reads = new HttpClient({ proxy, idleConnections: IDLE_CONNECTIONS });
    this.#watches = new HttpClient({ proxy, idleConnections: IDLE_CONNECTIONS, maxConnections: Number.POSITIVE_INFINITY });
  }

  /** The answer to a path with its query, whatever its status; the body is still to be read. */
  async read(path: string, accept: string, deadline: Deadline): Promise<IncomingMessage> {
    return await this.#open(this.#reads, path, accept, deadline);
  }

  /** The same for an answer that goes on and on. */
  async watch(path: string, accept: string, deadline: Deadline): Promise<IncomingMessage> {
    return await this.#open(this.#watches, path, accept, deadline);
  }

  /** What a failure of a request to this path means, the reading of its answer included. */
  failure(path: string, cause: unknown, deadline: Deadline): KubernetesError {
    if (cause instanceof KubernetesError) return cause;
    return kubernetesErrorOf(failureOf({ url: new URL(this.#cluster.server + path) }, cause, deadline));
  }

  /** Ends idle connections; those in use end with their requests. */
  close(): void {
    this.#reads.close();
    this.#watches.close();
  }

  async #open(http: HttpClient, path: string, accept: string, deadline: Deadline): Promise<IncomingMessage> {
    const url = new URL(this.#cluster.server + path);
    const send = async () => {
      const { headers, tls } = await untilAborted(this.#cluster.authorize(deadline.signal), deadline.signal);
      http.useTls(tls);
      return await http.open({ url, headers: { accept, ...headers } }, deadline);
    };
    const response = await send();
    // A token or certificate that has been replaced since it was read.
    if (response.statusCode !== 401 || !this.#cluster.renew()) return response;
    response.resume();
    return await send();
  }
}

/** The kubeconfig's proxy, else the environment's. An API server without TLS has none, as with the reference. */
function proxyOf({ server, proxy }: Cluster, environment: Readonly<Record<string, string | undefined>>): URL | undefined {
  const url = new URL(server);
  try {
    if (url.protocol === 'https:') {
      return proxy === undefined ? proxyFor(url, environment) : parseProxy(proxy, 'check proxy-url in the kubeconfig');
    }
  } catch (cause) {
    throw cause instanceof HttpFailure ? kubernetesErrorOf(cause) : cause;
  }
  if (proxy === undefined) return undefined;
  throw new KubernetesError('configuration', 'a proxy is used for https servers only', { hint: 'check server and proxy-url' });
}

/** Credentials may be with a program that takes its time; others that wait for the same run go on waiting. */
function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
