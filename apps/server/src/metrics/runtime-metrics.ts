import type {
  ObservedComponent,
  ReadOperation,
  ReloadedResource,
  ResiliencyObserver,
  RuntimeObserver,
  StoreObserver,
} from '@coffer/core';
import type { ErrorCode } from '@coffer/core/driver';
import { COFFER_FAMILIES, DAPR_FAMILIES } from './catalogue.ts';
import { cells, type Family, type FamilyOptions } from './family.ts';
import type { Cell, Distribution } from './samples.ts';
import { createStoreFamilies, type StoreFamilies } from './store-families.ts';
import { StoreMetrics } from './store-metrics.ts';

/** What is up, asked for each scrape. */
export interface ComponentCounts {
  readonly loaded: number;
  readonly parked: number;
}

export interface RuntimeMetricsOptions {
  readonly resiliency: ResiliencyObserver;
  readonly family: FamilyOptions;
  readonly namespace: string;
  readonly latencyBuckets: readonly number[];
  /** Whether `dapr_runtime_component_loaded` is there. */
  readonly tellsLoaded: boolean;
}

/** Reads, components and reloads. */
export class RuntimeMetrics implements RuntimeObserver {
  /** Set once there is something to count; nothing is counted before. */
  componentCounts: (() => ComponentCounts) | undefined = undefined;
  readonly resiliency: ResiliencyObserver;
  readonly #tellsLoaded: boolean;
  readonly #stores = new Map<string, StoreMetrics>();
  readonly #storeFamilies: StoreFamilies;
  readonly #init: Family<Cell>;
  readonly #initFail: Family<Cell>;
  readonly #loaded: Family<Cell>;
  readonly #components: Family<Cell>;
  readonly #storeLoaded: Family<Cell>;
  readonly #expiry: Family<Cell>;
  readonly #reloads: Family<Cell>;
  readonly #lastReload: Family<Cell>;

  constructor({ resiliency, family, namespace, latencyBuckets, tellsLoaded }: RuntimeMetricsOptions) {
    this.resiliency = resiliency;
    this.#tellsLoaded = tellsLoaded;
    this.#storeFamilies = createStoreFamilies(family, namespace, latencyBuckets);
    this.#init = cells(DAPR_FAMILIES.componentInit, family);
    this.#initFail = cells(DAPR_FAMILIES.componentInitFail, family);
    this.#loaded = cells(DAPR_FAMILIES.componentLoaded, family);
    this.#components = cells(COFFER_FAMILIES.components, family);
    this.#storeLoaded = cells(COFFER_FAMILIES.storeLoaded, family);
    this.#expiry = cells(COFFER_FAMILIES.earliestExpiry, family);
    this.#reloads = cells(COFFER_FAMILIES.reloads, family);
    this.#lastReload = cells(COFFER_FAMILIES.lastReload, family);
  }

  readonly store = (component: string): StoreObserver => {
    let metrics = this.#stores.get(component);
    if (metrics === undefined) {
      metrics = new StoreMetrics(this.#storeFamilies, component, () => this.#wasRead(component));
      this.#stores.set(component, metrics);
    }
    return metrics;
  };

  readonly readUnknown = (operation: ReadOperation, code: ErrorCode): void => {
    this.#storeFamilies.reads.sample([code, '', operation]).value++;
  };

  readonly componentStarted = ({ name, type }: ObservedComponent): void => {
    this.#init.sample([type]).value++;
    if (this.#stores.has(name)) this.#wasRead(name);
  };

  readonly componentFailed = ({ name, type }: ObservedComponent, reason: string): void => {
    this.#initFail.sample([type, name, reason]).value++;
  };

  readonly reloaded = (resource: ReloadedResource, success: boolean): void => {
    this.#reloads.sample([resource, success ? 'success' : 'failure']).value++;
    this.#lastReload.sample([resource]).value = Number(success);
  };

  daprFamilies(): readonly Family<Cell | Distribution>[] {
    const { secretCount, secretLatencies } = this.#storeFamilies;
    this.#loaded.clear();
    const loaded = this.componentCounts?.().loaded ?? 0;
    if (this.#tellsLoaded && loaded > 0) this.#loaded.sample([]).value = loaded;
    return [secretCount, secretLatencies, this.#init, this.#initFail, this.#loaded];
  }

  cofferFamilies(): readonly Family<Cell | Distribution>[] {
    const { reads, coalescedReads, upstreamCalls, upstreamLatency, upstreamInFlight, scopeDenials, secretChanges } =
      this.#storeFamilies;
    this.#measure();
    return [
      reads,
      coalescedReads,
      upstreamCalls,
      upstreamLatency,
      upstreamInFlight,
      scopeDenials,
      secretChanges,
      this.#components,
      this.#storeLoaded,
      this.#expiry,
      this.#reloads,
      this.#lastReload,
    ];
  }

  #wasRead(store: string): void {
    this.#storeLoaded.sample([store]).value = Date.now() / 1000;
  }

  /** Sets the gauges that nobody is told of. */
  #measure(): void {
    const counts = this.componentCounts?.();
    if (counts !== undefined) {
      this.#components.sample(['loaded']).value = counts.loaded;
      this.#components.sample(['parked']).value = counts.parked;
    }
    for (const [component, store] of this.#stores) {
      const earliest = store.earliestExpiry();
      if (earliest !== undefined) this.#expiry.sample([component]).value = earliest / 1000;
    }
  }
}
