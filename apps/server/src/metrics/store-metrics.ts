import type { ReadOperation, ResultCode, StoreObserver, UpstreamOperation } from '@coffer/core';
import type { Cell, Distribution } from './samples.ts';
import type { StoreFamilies } from './store-families.ts';

/** Counters of the reads of one kind; those of a success are at hand. */
class ReadCounters {
  readonly #families: StoreFamilies;
  readonly #component: string;
  readonly #operation: ReadOperation;
  readonly #succeeded: Outcome;
  readonly #failed: Outcome;
  readonly #byCode = new Map<ResultCode, Cell>();

  constructor(families: StoreFamilies, component: string, operation: ReadOperation) {
    this.#families = families;
    this.#component = component;
    this.#operation = operation;
    this.#succeeded = new Outcome(families, component, operation, true);
    this.#failed = new Outcome(families, component, operation, false);
  }

  add(code: ResultCode, elapsed: number): void {
    (code === 'ok' ? this.#succeeded : this.#failed).add(elapsed);
    this.count(code);
  }

  /** A read that did not reach the store counts here only. */
  count(code: ResultCode): void {
    let cell = this.#byCode.get(code);
    if (cell === undefined) {
      cell = this.#families.reads.sample([code, this.#component, this.#operation]);
      this.#byCode.set(code, cell);
    }
    cell.value++;
  }
}

/** The reference's two metrics of reads that reached the store; there from the first read on. */
class Outcome {
  readonly #families: StoreFamilies;
  readonly #labels: readonly string[];
  #samples: { readonly count: Cell; readonly latencies: Distribution } | undefined;

  constructor(families: StoreFamilies, component: string, operation: ReadOperation, success: boolean) {
    this.#families = families;
    this.#labels = [component, families.namespace, operation, String(success)];
  }

  add(elapsed: number): void {
    this.#samples ??= {
      count: this.#families.secretCount.sample(this.#labels),
      latencies: this.#families.secretLatencies.sample(this.#labels),
    };
    this.#samples.count.value++;
    if (elapsed > 0) this.#samples.latencies.add(elapsed);
  }
}

/** Calls of one operation to the driver. */
class UpstreamCounters {
  readonly #families: StoreFamilies;
  readonly #component: string;
  readonly #operation: UpstreamOperation;
  readonly #latency: Distribution;
  readonly #byCode = new Map<ResultCode, Cell>();

  constructor(families: StoreFamilies, component: string, operation: UpstreamOperation) {
    this.#families = families;
    this.#component = component;
    this.#operation = operation;
    this.#latency = families.upstreamLatency.sample([component, operation]);
  }

  add(code: ResultCode, elapsed: number): void {
    let cell = this.#byCode.get(code);
    if (cell === undefined) {
      cell = this.#families.upstreamCalls.sample([code, this.#component, this.#operation]);
      this.#byCode.set(code, cell);
    }
    cell.value++;
    this.#latency.add(elapsed / 1000);
  }
}

/** How many expiry times of one store are kept; of more, the latest are forgotten. */
const MOST_EXPIRIES = 1000;

/** Everything that is counted of one store. */
export class StoreMetrics implements StoreObserver {
  readonly #families: StoreFamilies;
  readonly #component: string;
  readonly #onChange: () => void;
  readonly #reads: Readonly<Record<ReadOperation, ReadCounters>>;
  readonly #upstream: Partial<Record<UpstreamOperation, UpstreamCounters>> = {};
  readonly #inFlight: Cell;
  /** Milliseconds since the epoch, by name of the secret. */
  readonly #expiries = new Map<string, number>();

  constructor(families: StoreFamilies, component: string, onChange: () => void) {
    this.#families = families;
    this.#component = component;
    this.#onChange = onChange;
    this.#reads = {
      get: new ReadCounters(families, component, 'get'),
      bulk_get: new ReadCounters(families, component, 'bulk_get'),
    };
    this.#inFlight = families.upstreamInFlight.sample([component]);
  }

  read(operation: ReadOperation, code: ResultCode, elapsed: number): void {
    this.#reads[operation].add(code, elapsed);
  }

  denied(): void {
    this.#reads.get.count('permission_denied');
    this.#families.scopeDenials.sample([this.#component]).value++;
  }

  coalesced(operation: ReadOperation): void {
    this.#families.coalescedReads.sample([this.#component, operation]).value++;
  }

  upstreamStarted(): void {
    this.#inFlight.value++;
  }

  upstreamEnded(operation: UpstreamOperation, code: ResultCode | undefined, elapsed: number): void {
    this.#inFlight.value--;
    if (code === undefined) return;
    this.#upstream[operation] ??= new UpstreamCounters(this.#families, this.#component, operation);
    this.#upstream[operation].add(code, elapsed);
  }

  expiring(secret: string, expiresAt: number): void {
    this.#expiries.set(secret, expiresAt);
    if (this.#expiries.size <= MOST_EXPIRIES) return;
    const [latest] = [...this.#expiries].reduce((last, entry) => (entry[1] > last[1] ? entry : last));
    this.#expiries.delete(latest);
  }

  changed(): void {
    this.#families.secretChanges.sample([this.#component]).value++;
    this.#onChange();
  }

  /** Milliseconds since the epoch; `undefined` when no value that was read expires. */
  earliestExpiry(): number | undefined {
    return this.#expiries.size === 0 ? undefined : Math.min(...this.#expiries.values());
  }
}
