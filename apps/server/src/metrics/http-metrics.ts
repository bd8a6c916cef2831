import type { AnsweredRequest, HttpObserver } from '@coffer/http-api';
import { DAPR_FAMILIES } from './catalogue.ts';
import type { ErrorCodeMetrics } from './error-codes.ts';
import { cells, distributions, type Family, type FamilyOptions } from './family.ts';
import type { RejectionMetrics } from './rejection-metrics.ts';
import type { Cell, Distribution } from './samples.ts';

export interface HttpMetricsOptions {
  readonly family: FamilyOptions;
  /** How many combinations of method, path and status are told apart; later ones are counted under an empty path. */
  readonly maxRequestSeries: number;
  readonly latencyBuckets: readonly number[];
  readonly pathLabel: (path: string) => string;
  readonly excludeVerbs: boolean;
  /** Whether answers are counted beside requests. */
  readonly countsResponses: boolean;
  readonly errorCodes: ErrorCodeMetrics | undefined;
  readonly rejections: RejectionMetrics;
}

/** What is counted of the requests of one method, path and status. */
interface RequestSeries {
  readonly requests: Cell;
  readonly responses: Cell | undefined;
  readonly latency: Distribution;
}

const METHODS: readonly string[] = ['UNKNOWN', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE'];
const METHOD_NUMBERS: ReadonlyMap<string, number> = new Map(METHODS.map((method, at) => [method, at]));
/** Anybody may ask for any path: series of later ones are looked up each time. */
const MOST_KNOWN_PATHS = 4096;

/** Requests of the API and the public port. */
export class HttpMetrics implements HttpObserver {
  readonly #options: HttpMetricsOptions;
  readonly #requests: Family<Cell>;
  readonly #responses: Family<Cell>;
  readonly #latencies: Family<Distribution>;
  readonly #requestBytes: Family<Distribution>;
  readonly #responseBytes: Family<Distribution>;
  /** By path label, then by method and status in one number. */
  readonly #series = new Map<string, Map<number, RequestSeries>>();
  #sizes: { readonly request: Distribution; readonly response: Distribution } | undefined;

  constructor(options: HttpMetricsOptions) {
    const { family, latencyBuckets } = options;
    const limited = { ...family, limit: options.maxRequestSeries };
    this.#options = options;
    this.#requests = cells(DAPR_FAMILIES.requestCount, limited);
    this.#responses = cells(DAPR_FAMILIES.responseCount, limited);
    this.#latencies = distributions(DAPR_FAMILIES.requestLatency, limited, latencyBuckets);
    this.#requestBytes = distributions(DAPR_FAMILIES.requestBytes, family, latencyBuckets);
    this.#responseBytes = distributions(DAPR_FAMILIES.responseBytes, family, latencyBuckets);
  }

  answered(request: AnsweredRequest): void {
    const series = this.#find(request);
    series.requests.value++;
    if (series.responses !== undefined) series.responses.value++;
    series.latency.add(Math.trunc(request.elapsed));
    this.#sizes ??= { request: this.#requestBytes.sample([]), response: this.#responseBytes.sample([]) };
    this.#sizes.request.add(request.requestBytes);
    this.#sizes.response.add(request.responseBytes);
    if (request.errorCode !== undefined) this.#options.errorCodes?.count(request.errorCode);
    if (request.rejection !== undefined) this.#options.rejections.count('http', request.rejection);
  }

  families(): readonly Family<Cell | Distribution>[] {
    return [this.#requests, this.#responses, this.#latencies, this.#requestBytes, this.#responseBytes];
  }

  #find({ method, path, status }: AnsweredRequest): RequestSeries {
    const label = this.#options.pathLabel(path);
    const methodNumber = METHOD_NUMBERS.get(method) ?? 0;
    const key = methodNumber * 1000 + status;
    const ofPath = this.#series.get(label);
    const known = ofPath?.get(key);
    if (known !== undefined) return known;
    const series = this.#create(METHODS[methodNumber] as string, label, String(status));
    if (ofPath !== undefined) ofPath.set(key, series);
    else if (this.#series.size < MOST_KNOWN_PATHS) this.#series.set(label, new Map([[key, series]]));
    return series;
  }

  #create(method: string, path: string, status: string): RequestSeries {
    const values = [this.#options.excludeVerbs ? '' : method, path, status];
    const withoutPath = ([verb = '', , code = '']: readonly string[]) => [verb, '', code];
    return {
      requests: this.#requests.sample(values, withoutPath),
      responses: this.#options.countsResponses ? this.#responses.sample(values, withoutPath) : undefined,
      latency: this.#latencies.sample(values, withoutPath),
    };
  }
}
