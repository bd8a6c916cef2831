import { LATENCY_BUCKETS } from './catalogue.ts';

/** `spec.metric` and `spec.metrics` of the Configuration, with the reference's defaults. */
export interface MetricSettings {
  readonly enabled: boolean;
  readonly recordErrorCodes: boolean;
  readonly http: {
    readonly increasedCardinality: boolean;
    readonly pathMatching: readonly string[];
    readonly excludeVerbs: boolean;
  };
  /** Milliseconds, ascending. */
  readonly latencyBuckets: readonly number[];
  readonly rules: readonly MetricRule[];
}

/** How the values of one metric's labels are rewritten. */
export interface MetricRule {
  /** The metric, with or without `dapr_`. */
  readonly name: string;
  readonly labels: readonly {
    readonly name: string;
    /** `[replacement, regular expression]`, applied one after the other. */
    readonly regex: readonly (readonly [string, string])[];
  }[];
}

/** Settings of the members of `spec.metric`, whose types have been checked. Fails with an Error in the reference's words. */
export function metricSettingsOf(metric: Readonly<Record<string, unknown>>): MetricSettings {
  const http = recordOf(metric.http);
  return {
    enabled: metric.enabled !== false,
    recordErrorCodes: metric.recordErrorCodes === true,
    http: {
      increasedCardinality: http.increasedCardinality !== false,
      pathMatching: listOf(http.pathMatching).map(String),
      excludeVerbs: http.excludeVerbs === true,
    },
    latencyBuckets: bucketsOf(listOf(metric.latencyDistributionBuckets).map(Number)),
    rules: listOf(metric.rules).map((rule) => ({
      name: String(recordOf(rule).name ?? ''),
      labels: listOf(recordOf(rule).labels).map((label) => ({
        name: String(recordOf(label).name ?? ''),
        regex: Object.entries(recordOf(recordOf(label).regex)).map(
          ([replacement, regex]) => [replacement, String(regex)] as const,
        ),
      })),
    })),
  };
}

function bucketsOf(given: readonly number[]): readonly number[] {
  if (given.length === 0) return LATENCY_BUCKETS;
  if (given.some((bound) => bound < 0)) throw new Error('negative bucket bounds not supported');
  return [...new Set(given)].filter((bound) => bound > 0).sort((a, b) => a - b);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
