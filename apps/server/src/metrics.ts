import type { ReadObserver } from '@coffer/core';
import type { HttpObserver } from '@coffer/http-api';
import { Distribution, family, type Labels, sample } from './exposition.ts';

export interface MetricsOptions {
  readonly appId: string;
  readonly namespace: string;
  /** How many combinations of method, path and status are told apart; later ones are counted under an empty path. */
  readonly maxRequestSeries: number;
}

interface Reads {
  readonly labels: Labels;
  count: number;
  readonly latencies: Distribution;
}

/** Milliseconds. */
const LATENCY_BOUNDS: readonly number[] = [
  1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 300, 400, 500, 650, 800, 1000, 2000, 5000,
  10_000, 20_000, 50_000, 100_000,
];
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE']);

/** Counts what happens, cheaply; text is made, and the library for the process's own figures loaded, when somebody asks. */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #reads = new Map<string, Reads>();
  readonly #requests = new Map<string, number>();
  readonly #inits = new Map<string, number>();
  #process: Promise<{ readonly contentType: string; metrics(): Promise<string> }> | undefined;

  constructor(options: MetricsOptions) {
    this.#options = options;
  }

  readonly readObserver: ReadObserver = {
    read: (store, operation, success, elapsed) => {
      const key = `${operation}\n${success}\n${store}`;
      let reads = this.#reads.get(key);
      if (reads === undefined) {
        const { appId, namespace } = this.#options;
        const labels = { app_id: appId, component: store, namespace, operation, success: String(success) };
        reads = { labels, count: 0, latencies: new Distribution(LATENCY_BOUNDS) };
        this.#reads.set(key, reads);
      }
      reads.count++;
      if (elapsed > 0) reads.latencies.add(elapsed);
    },
  };

  readonly httpObserver: HttpObserver = {
    request: (method, path, _operation, status) => {
      const prefix = `${METHODS.has(method) ? method : 'UNKNOWN'}\n${status}\n`;
      const key = prefix + pathLabel(path);
      // Anybody may ask for any path: without a limit that would be a way to fill the memory.
      const full = this.#requests.size >= this.#options.maxRequestSeries && !this.#requests.has(key);
      increment(this.#requests, full ? prefix : key);
    },
  };

  componentLoaded(type: string): void {
    increment(this.#inits, type);
  }

  async exposition(): Promise<{ contentType: string; text: string }> {
    this.#process ??= createProcessRegistry();
    const registry = await this.#process;
    return { contentType: registry.contentType, text: this.#ownText() + (await registry.metrics()) };
  }

  #ownText(): string {
    const app_id = this.#options.appId;
    const reads = [...this.#reads.values()];
    const [count, latencies] = ['dapr_component_secret_count', 'dapr_component_secret_latencies'];
    const [requests, inits] = ['dapr_http_server_request_count', 'dapr_runtime_component_init_total'];
    return [
      family(
        count,
        'counter',
        'Reads that reached a store.',
        reads.map((read) => sample(count, read.labels, read.count)),
      ),
      family(
        latencies,
        'histogram',
        'Milliseconds that reads took.',
        reads.flatMap((read) => read.latencies.samples(latencies, read.labels)),
      ),
      family(
        requests,
        'counter',
        'HTTP requests.',
        [...this.#requests].map(([key, value]) => {
          const [method = '', status = '', path = ''] = splitAt(key, 2);
          return sample(requests, { app_id, method, path, status }, value);
        }),
      ),
      family(
        inits,
        'counter',
        'Components brought up.',
        [...this.#inits].map(([component, value]) => sample(inits, { app_id, component }, value)),
      ),
    ].join('');
  }
}

async function createProcessRegistry() {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The first `count` lines, and the rest as one. */
function splitAt(key: string, count: number): string[] {
  const parts = key.split('\n');
  return [...parts.slice(0, count), parts.slice(count).join('\n')];
}

/** Secrets are counted by store: a label for each name would be as many series as there are secrets. */
function pathLabel(path: string): string {
  if (!path.startsWith('/v1.0/secrets/')) return path;
  const end = path.indexOf('/', '/v1.0/secrets/'.length);
  return end < 0 ? path : path.slice(0, end);
}
