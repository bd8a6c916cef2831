import { setImmediate as breathe } from 'node:timers/promises';
import type { RuntimeObserver } from '@coffer/core';
import type { GrpcObserver } from '@coffer/grpc-api';
import type { HttpObserver } from '@coffer/http-api';
import type { SpanObserver } from '@coffer/telemetry';
import { COFFER_FAMILIES } from './catalogue.ts';
import { ErrorCodeMetrics } from './error-codes.ts';
import { cells, type Family, type FamilyOptions } from './family.ts';
import { GrpcMetrics } from './grpc-metrics.ts';
import { HttpMetrics } from './http-metrics.ts';
import type { RewriteLabel } from './label-rules.ts';
import { createPathLabel } from './path-label.ts';
import { createPathMatcher } from './path-matcher.ts';
import { ProcessMetrics } from './process-metrics.ts';
import { RejectionMetrics } from './rejection-metrics.ts';
import { ResiliencyMetrics } from './resiliency-metrics.ts';
import { type ComponentCounts, RuntimeMetrics } from './runtime-metrics.ts';
import type { Cell, Distribution } from './samples.ts';
import type { MetricSettings } from './settings.ts';

export interface MetricsOptions {
  readonly appId: string;
  readonly namespace: string;
  readonly version: string;
  readonly settings: MetricSettings;
  /** The compiled rules of the settings. */
  readonly rewrite?: RewriteLabel | undefined;
  /** `dialect.metrics` */
  readonly dialect: { readonly maxRequestSeries: number; readonly componentLoaded: boolean };
}

/** Text is handed out in pieces of about this many characters, and other work is done between two of them. */
const PIECE = 64 * 1024;

/** Counts what happens, cheaply; text is made when somebody asks. Fails with an Error for a path pattern that is not one. */
export class Metrics {
  readonly #runtime: RuntimeMetrics;
  readonly #resiliency: ResiliencyMetrics;
  readonly #http: HttpMetrics;
  readonly #grpc: GrpcMetrics;
  readonly #rejections: RejectionMetrics;
  readonly #errorCodes: ErrorCodeMetrics;
  readonly #buildInfo: Family<Cell>;
  readonly #traceSpans: Family<Cell>;
  readonly #process = new ProcessMetrics();
  readonly #enabled: boolean;

  constructor({ appId, namespace, version, settings, rewrite, dialect }: MetricsOptions) {
    const own: FamilyOptions = { appId };
    const family: FamilyOptions = { appId, rewrite };
    const { increasedCardinality, pathMatching, excludeVerbs } = settings.http;
    const matcher = createPathMatcher(pathMatching);
    this.#enabled = settings.enabled;
    this.#errorCodes = new ErrorCodeMetrics(family);
    const errorCodes = settings.recordErrorCodes ? this.#errorCodes : undefined;
    this.#rejections = new RejectionMetrics(family);
    this.#resiliency = new ResiliencyMetrics(family);
    this.#runtime = new RuntimeMetrics({
      resiliency: this.#resiliency,
      family,
      namespace,
      latencyBuckets: settings.latencyBuckets,
      tellsLoaded: dialect.componentLoaded,
    });
    this.#http = new HttpMetrics({
      family,
      maxRequestSeries: dialect.maxRequestSeries,
      latencyBuckets: settings.latencyBuckets,
      pathLabel: createPathLabel({ increasedCardinality, matcher }),
      excludeVerbs,
      countsResponses: increasedCardinality,
      errorCodes,
      rejections: this.#rejections,
    });
    this.#grpc = new GrpcMetrics({
      family,
      latencyBuckets: settings.latencyBuckets,
      errorCodes,
      rejections: this.#rejections,
    });
    this.#traceSpans = cells(COFFER_FAMILIES.traceSpans, own);
    this.#buildInfo = cells(COFFER_FAMILIES.buildInfo, own);
    this.#buildInfo.sample([process.versions.node, version]).value = 1;
  }

  /** Undefined when nothing is to be recorded. */
  get runtimeObserver(): RuntimeObserver | undefined {
    return this.#enabled ? this.#runtime : undefined;
  }

  /** Undefined when nothing is to be recorded. */
  get httpObserver(): HttpObserver | undefined {
    return this.#enabled ? this.#http : undefined;
  }

  /** Undefined when nothing is to be recorded. */
  get grpcObserver(): GrpcObserver | undefined {
    return this.#enabled ? this.#grpc : undefined;
  }

  /** Undefined when nothing is to be recorded. */
  get spanObserver(): SpanObserver | undefined {
    if (!this.#enabled) return undefined;
    return (exporter, result, count) => {
      this.#traceSpans.sample([exporter, result]).value += count;
    };
  }

  /** Where to ask how many components there are. */
  countComponents(counts: () => ComponentCounts): void {
    if (this.#enabled) this.#runtime.componentCounts = counts;
  }

  /** The whole exposition, in pieces. */
  async *text(): AsyncGenerator<string> {
    let piece = '';
    for (const family of this.#families()) {
      for (const text of family.text()) {
        piece += text;
        if (piece.length < PIECE) continue;
        yield piece;
        piece = '';
        await breathe();
      }
    }
    yield piece + (await this.#process.text());
  }

  #families(): readonly Family<Cell | Distribution>[] {
    return [
      ...this.#runtime.daprFamilies(),
      ...this.#resiliency.families(),
      ...this.#http.families(),
      ...this.#grpc.families(),
      this.#errorCodes.family,
      this.#buildInfo,
      ...this.#runtime.cofferFamilies(),
      this.#rejections.family,
      this.#traceSpans,
    ];
  }
}
