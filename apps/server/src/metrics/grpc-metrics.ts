import type { CompletedCall, GrpcObserver } from '@coffer/grpc-api';
import { DAPR_FAMILIES } from './catalogue.ts';
import type { ErrorCodeMetrics } from './error-codes.ts';
import { cells, distributions, type Family, type FamilyOptions } from './family.ts';
import type { RejectionMetrics } from './rejection-metrics.ts';
import type { Cell, Distribution } from './samples.ts';

export interface GrpcMetricsOptions {
  readonly family: FamilyOptions;
  readonly latencyBuckets: readonly number[];
  readonly errorCodes: ErrorCodeMetrics | undefined;
  readonly rejections: RejectionMetrics;
}

/** What is counted of the calls of one method. */
interface MethodSamples {
  readonly received: Distribution;
  readonly sent: Distribution;
  readonly byStatus: Map<string, { readonly count: Cell; readonly latency: Distribution }>;
}

/** Unary calls of the API. Their methods are those that are served, so they are few. */
export class GrpcMetrics implements GrpcObserver {
  readonly #options: GrpcMetricsOptions;
  readonly #count: Family<Cell>;
  readonly #latency: Family<Distribution>;
  readonly #received: Family<Distribution>;
  readonly #sent: Family<Distribution>;
  readonly #methods = new Map<string, MethodSamples>();

  constructor(options: GrpcMetricsOptions) {
    const { family, latencyBuckets } = options;
    this.#options = options;
    this.#count = cells(DAPR_FAMILIES.callCount, family);
    this.#latency = distributions(DAPR_FAMILIES.callLatency, family, latencyBuckets);
    this.#received = distributions(DAPR_FAMILIES.callReceivedBytes, family, latencyBuckets);
    this.#sent = distributions(DAPR_FAMILIES.callSentBytes, family, latencyBuckets);
  }

  completed({ method, status, elapsed, requestBytes, responseBytes, errorCode }: CompletedCall): void {
    const samples = this.#samplesOf(method);
    samples.received.add(requestBytes);
    samples.sent.add(responseBytes);
    let ofStatus = samples.byStatus.get(status);
    if (ofStatus === undefined) {
      const labels = [method, status];
      ofStatus = { count: this.#count.sample(labels), latency: this.#latency.sample(labels) };
      samples.byStatus.set(status, ofStatus);
    }
    ofStatus.count.value++;
    ofStatus.latency.add(Math.trunc(elapsed));
    if (errorCode !== undefined) this.#options.errorCodes?.count(errorCode);
  }

  rejected(reason: 'token' | 'access_list'): void {
    this.#options.rejections.count('grpc', reason);
  }

  families(): readonly Family<Cell | Distribution>[] {
    return [this.#count, this.#latency, this.#received, this.#sent];
  }

  #samplesOf(method: string): MethodSamples {
    let samples = this.#methods.get(method);
    if (samples === undefined) {
      samples = { received: this.#received.sample([method]), sent: this.#sent.sample([method]), byStatus: new Map() };
      this.#methods.set(method, samples);
    }
    return samples;
  }
}
