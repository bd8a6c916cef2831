/** Labels of a metric beside `app_id`, which all have. */
type LabelNames = readonly string[];

export interface FamilyDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: LabelNames;
  /**
   * The reference's own name of what it measures, which `spec.metrics.rules` are compared with; that of most metrics follows
   * from the name.
   */
  readonly measure?: string;
  /** Upper bounds of a histogram; `latency`: those of the Configuration. */
  readonly buckets?: 'latency' | readonly number[];
}

/** Milliseconds: the reference's, unless `latencyDistributionBuckets` gives others. */
export const LATENCY_BUCKETS: readonly number[] = [
  1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 300, 400, 500, 650, 800, 1000, 2000, 5000,
  10_000, 20_000, 50_000, 100_000,
];
/** Bytes. */
const SIZE_BUCKETS: readonly number[] = [10, 11, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32].map((power) => 2 ** power);
/** Seconds. */
const UPSTREAM_BUCKETS: readonly number[] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const READ_LABELS: LabelNames = ['component', 'namespace', 'operation', 'success'];
const REQUEST_LABELS: LabelNames = ['method', 'path', 'status'];
const CALL_LABELS: LabelNames = ['grpc_server_method', 'grpc_server_status'];
const POLICY_LABELS: LabelNames = ['flow_direction', 'name', 'namespace', 'policy', 'status', 'target'];

type DaprFamily =
  | 'secretCount'
  | 'secretLatencies'
  | 'errorCodes'
  | 'componentInit'
  | 'componentInitFail'
  | 'componentLoaded'
  | 'requestCount'
  | 'responseCount'
  | 'requestLatency'
  | 'requestBytes'
  | 'responseBytes'
  | 'callCount'
  | 'callLatency'
  | 'callReceivedBytes'
  | 'callSentBytes'
  | 'resiliencyLoaded'
  | 'resiliencyCount'
  | 'resiliencyActivations'
  | 'breakerState';

/** The reference's metrics: names, labels and buckets are its own, so that dashboards made for it work. */
export const DAPR_FAMILIES: Readonly<Record<DaprFamily, FamilyDefinition>> = {
  secretCount: {
    name: 'dapr_component_secret_count',
    type: 'counter',
    help: 'Reads that reached a store.',
    labels: READ_LABELS,
  },
  secretLatencies: {
    name: 'dapr_component_secret_latencies',
    type: 'histogram',
    help: 'Milliseconds that those reads took, retries included.',
    labels: READ_LABELS,
    buckets: 'latency',
  },
  errorCodes: {
    name: 'dapr_error_code_total',
    type: 'counter',
    help: 'Answers with an error code; only with spec.metrics.recordErrorCodes.',
    labels: ['category', 'error_code'],
  },
  componentInit: {
    name: 'dapr_runtime_component_init_total',
    type: 'counter',
    help: 'Components brought up, by type.',
    labels: ['component'],
  },
  componentInitFail: {
    name: 'dapr_runtime_component_init_fail_total',
    type: 'counter',
    help: 'Components that could not be brought up.',
    labels: ['component', 'componentName', 'reason'],
  },
  componentLoaded: {
    name: 'dapr_runtime_component_loaded',
    type: 'gauge',
    help: "Components that are up; Dapr's dashboards find the applications by it.",
    labels: [],
  },
  requestCount: {
    name: 'dapr_http_server_request_count',
    type: 'counter',
    help: 'HTTP requests, on the API and the public port.',
    labels: REQUEST_LABELS,
  },
  responseCount: {
    name: 'dapr_http_server_response_count',
    type: 'counter',
    help: 'HTTP answers; not with increasedCardinality: false.',
    labels: REQUEST_LABELS,
  },
  requestLatency: {
    name: 'dapr_http_server_latency',
    type: 'histogram',
    help: 'Whole milliseconds that HTTP requests took.',
    labels: REQUEST_LABELS,
    buckets: 'latency',
  },
  requestBytes: {
    name: 'dapr_http_server_request_bytes',
    type: 'histogram',
    help: 'Content-Length of HTTP requests.',
    labels: [],
    buckets: SIZE_BUCKETS,
  },
  responseBytes: {
    name: 'dapr_http_server_response_bytes',
    type: 'histogram',
    help: 'Bytes of the bodies of HTTP answers.',
    labels: [],
    buckets: SIZE_BUCKETS,
  },
  callCount: {
    name: 'dapr_grpc_io_server_completed_rpcs',
    type: 'counter',
    help: 'gRPC calls.',
    labels: CALL_LABELS,
    measure: 'grpc.io/server/completed_rpcs',
  },
  callLatency: {
    name: 'dapr_grpc_io_server_server_latency',
    type: 'histogram',
    help: 'Whole milliseconds that gRPC calls took.',
    labels: CALL_LABELS,
    measure: 'grpc.io/server/server_latency',
    buckets: 'latency',
  },
  callReceivedBytes: {
    name: 'dapr_grpc_io_server_received_bytes_per_rpc',
    type: 'histogram',
    help: 'Bytes of the messages of gRPC requests.',
    labels: ['grpc_server_method'],
    measure: 'grpc.io/server/received_bytes_per_rpc',
    buckets: SIZE_BUCKETS,
  },
  callSentBytes: {
    name: 'dapr_grpc_io_server_sent_bytes_per_rpc',
    type: 'histogram',
    help: 'Bytes of the messages of gRPC answers.',
    labels: ['grpc_server_method'],
    measure: 'grpc.io/server/sent_bytes_per_rpc',
    buckets: SIZE_BUCKETS,
  },
  resiliencyLoaded: {
    name: 'dapr_resiliency_loaded',
    type: 'counter',
    help: 'Resiliency resources taken in.',
    labels: ['name', 'namespace'],
  },
  resiliencyCount: {
    name: 'dapr_resiliency_count',
    type: 'counter',
    help: 'Calls to which a policy applied.',
    labels: POLICY_LABELS,
  },
  resiliencyActivations: {
    name: 'dapr_resiliency_activations_total',
    type: 'counter',
    help: 'First time-outs and first retries of calls, and circuit breakers that changed state.',
    labels: POLICY_LABELS,
  },
  breakerState: {
    name: 'dapr_resiliency_cb_state',
    type: 'gauge',
    help: 'State of a circuit breaker: 1 for the current one, 0 for the others.',
    labels: POLICY_LABELS,
  },
};

type CofferFamily =
  | 'buildInfo'
  | 'reads'
  | 'coalescedReads'
  | 'upstreamCalls'
  | 'upstreamLatency'
  | 'upstreamInFlight'
  | 'scopeDenials'
  | 'secretChanges'
  | 'rejectedRequests'
  | 'components'
  | 'storeLoaded'
  | 'earliestExpiry'
  | 'reloads'
  | 'lastReload'
  | 'traceSpans';

/** What an operator wants to know and the reference does not tell. */
export const COFFER_FAMILIES: Readonly<Record<CofferFamily, FamilyDefinition>> = {
  buildInfo: {
    name: 'coffer_build_info',
    type: 'gauge',
    help: 'Always 1; the versions of cofferd and of Node are in the labels.',
    labels: ['node', 'version'],
  },
  reads: {
    name: 'coffer_reads_total',
    type: 'counter',
    help: 'Reads asked for over any API; `code` is `ok` or why there was no value.',
    labels: ['code', 'component', 'operation'],
  },
  coalescedReads: {
    name: 'coffer_coalesced_reads_total',
    type: 'counter',
    help: 'Reads that joined an equal one in flight, so that the store was not asked again.',
    labels: ['component', 'operation'],
  },
  upstreamCalls: {
    name: 'coffer_upstream_calls_total',
    type: 'counter',
    help: 'Calls that reached the driver: retries, pages of a listing and references of components count.',
    labels: ['code', 'component', 'operation'],
  },
  upstreamLatency: {
    name: 'coffer_upstream_latency_seconds',
    type: 'histogram',
    help: 'Seconds that those calls took.',
    labels: ['component', 'operation'],
    buckets: UPSTREAM_BUCKETS,
  },
  upstreamInFlight: {
    name: 'coffer_upstream_in_flight',
    type: 'gauge',
    help: 'Calls to the driver that are running now.',
    labels: ['component'],
  },
  scopeDenials: {
    name: 'coffer_scope_denials_total',
    type: 'counter',
    help: 'Reads of one secret that the scopes refused; the store was not asked.',
    labels: ['component'],
  },
  secretChanges: {
    name: 'coffer_secret_changes_total',
    type: 'counter',
    help: 'Changes of secrets that the store told of while it was up.',
    labels: ['component'],
  },
  rejectedRequests: {
    name: 'coffer_rejected_requests_total',
    type: 'counter',
    help: 'Requests refused before any API: `token` missing or wrong, `foreign` host or origin, `access_list`.',
    labels: ['protocol', 'reason'],
  },
  components: {
    name: 'coffer_components',
    type: 'gauge',
    help: 'Components that are `loaded`, and those `parked` until their secret store is there.',
    labels: ['state'],
  },
  storeLoaded: {
    name: 'coffer_store_loaded_timestamp_seconds',
    type: 'gauge',
    help: 'When the store was last brought up or read anew: Unix time.',
    labels: ['component'],
  },
  earliestExpiry: {
    name: 'coffer_secret_earliest_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the first of the values that were read expires: Unix time; for services that tell.',
    labels: ['component'],
  },
  reloads: {
    name: 'coffer_reloads_total',
    type: 'counter',
    help: 'What was read anew while cofferd ran, and whether that succeeded.',
    labels: ['resource', 'result'],
  },
  lastReload: {
    name: 'coffer_last_reload_successful',
    type: 'gauge',
    help: 'Whether the last reload succeeded (1) or the old state stayed in force (0).',
    labels: ['resource'],
  },
  traceSpans: {
    name: 'coffer_trace_spans_total',
    type: 'counter',
    help: 'Spans: `exported`, `failed` because the collector did not take them, `dropped` because the queue was full.',
    labels: ['exporter', 'result'],
  },
};
