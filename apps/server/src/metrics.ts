import type { ReadObserver } from '@coffer/core';
import type { HttpObserver } from '@coffer/http-api';

/** Counts what happens, cheaply; the exposition is made, and its library loaded, when somebody asks. */
export class Metrics {
  readonly #appId: string;
  readonly #namespace: string;
  readonly #reads = new Map<string, number>();
  readonly #requests = new Map<string, number>();
  readonly #inits = new Map<string, number>();
  #registry: Promise<{ readonly contentType: string; metrics(): Promise<string> }> | undefined;

  constructor(appId: string, namespace: string) {
    this.#appId = appId;
    this.#namespace = namespace;
  }

  readonly readObserver: ReadObserver = {
    read: (store, operation, success) => increment(this.#reads, `${operation}\n${success}\n${store}`),
  };

  readonly httpObserver: HttpObserver = {
    request: (method, path, _operation, status) => increment(this.#requests, `${method}\n${status}\n${pathLabel(path)}`),
  };

  componentLoaded(type: string): void {
    increment(this.#inits, type);
  }

  async exposition(): Promise<{ contentType: string; text: string }> {
    this.#registry ??= this.#createRegistry();
    const registry = await this.#registry;
    return { contentType: registry.contentType, text: await registry.metrics() };
  }

  async #createRegistry() {
    const { collectDefaultMetrics, Counter, Registry } = await import('prom-client');
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const counter = (
      name: string,
      help: string,
      counts: ReadonlyMap<string, number>,
      labels: string[],
      valuesOf: (key: string) => Record<string, string>,
    ) =>
      new Counter({
        name,
        help,
        labelNames: ['app_id', ...labels],
        registers: [registry],
        collect() {
          this.reset();
          for (const [key, count] of counts) this.inc({ app_id: appId, ...valuesOf(key) }, count);
        },
      });
    const appId = this.#appId;
    const namespace = this.#namespace;
    counter(
      'dapr_component_secret_count',
      'Reads that reached a store.',
      this.#reads,
      ['component', 'namespace', 'operation', 'success'],
      (key) => {
        const [operation = '', success = '', component = ''] = splitAt(key, 2);
        return { component, namespace, operation, success };
      },
    );
    counter('dapr_http_server_request_count', 'HTTP requests.', this.#requests, ['method', 'path', 'status'], (key) => {
      const [method = '', status = '', path = ''] = splitAt(key, 2);
      return { method, path, status };
    });
    counter('dapr_runtime_component_init_total', 'Components brought up.', this.#inits, ['component'], (component) => ({
      component,
    }));
    return registry;
  }
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
