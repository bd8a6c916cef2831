import type { Gauge, Registry } from 'prom-client';

/**
 * The process's own figures: `process_*` and `nodejs_*` of prom-client, which is loaded for them at the first scrape; and
 * those of Go that dashboards made for Dapr show, each as the nearest figure that Node has.
 */
export class ProcessMetrics {
  #registry: Promise<Registry> | undefined;

  async text(): Promise<string> {
    this.#registry ??= createRegistry();
    return (await this.#registry).metrics();
  }
}

/** Name, help and figure. */
const GO_FIGURES: readonly (readonly [string, string, () => number])[] = [
  ['go_goroutines', 'What keeps the event loop busy: sockets, timers, requests to the operating system.', activeResources],
  ['go_memstats_alloc_bytes', 'Bytes of the heap in use.', () => process.memoryUsage().heapUsed],
  ['go_memstats_heap_inuse_bytes', 'Bytes of the heap in use.', () => process.memoryUsage().heapUsed],
  ['go_memstats_heap_sys_bytes', 'Bytes of the heap taken from the operating system.', () => process.memoryUsage().heapTotal],
  ['go_memstats_sys_bytes', 'Resident bytes of the process.', () => process.memoryUsage.rss()],
];

function activeResources(): number {
  return process.getActiveResourcesInfo().length;
}

async function createRegistry(): Promise<Registry> {
  const { collectDefaultMetrics, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const [name, help, figure] of GO_FIGURES) {
    const collect = function (this: Gauge): void {
      this.set(figure());
    };
    new Gauge({ name, help: `${help} The name is Go's, for dashboards made for Dapr.`, registers: [registry], collect });
  }
  return registry;
}
