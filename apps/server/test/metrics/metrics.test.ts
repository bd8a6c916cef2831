import type { AnsweredRequest } from '@coffer/http-api';
import { describe, expect, it } from 'vitest';
import { compileRules } from '../../src/metrics/label-rules.ts';
import { Metrics } from '../../src/metrics/metrics.ts';
import { metricSettingsOf } from '../../src/metrics/settings.ts';

interface Given {
  readonly metric?: Record<string, unknown>;
  readonly maxRequestSeries?: number;
}

async function metricsOf({ metric = {}, maxRequestSeries = 1000 }: Given = {}): Promise<Metrics> {
  const settings = metricSettingsOf(metric);
  const dialect = { maxRequestSeries, componentLoaded: true };
  return new Metrics({ appId: 'a', namespace: '', version: '1', settings, rewrite: await compileRules(settings.rules), dialect });
}

async function textOf(metrics: Metrics): Promise<string> {
  let text = '';
  for await (const piece of metrics.text()) text += piece;
  return text;
}

const linesOf = async (metrics: Metrics, start: string) =>
  (await textOf(metrics)).split('\n').filter((line) => line.startsWith(start));

const request = (more: Partial<AnsweredRequest>): AnsweredRequest => ({
  method: 'GET',
  path: '/',
  operation: '',
  status: 200,
  elapsed: 1,
  requestBytes: 0,
  responseBytes: 0,
  errorCode: undefined,
  rejection: undefined,
  ...more,
});
const answer = (metrics: Metrics, more: Partial<AnsweredRequest>) => metrics.httpObserver?.answered(request(more));

describe('reads', () => {
  it('gives latencies as a histogram with cumulated buckets', async () => {
    const metrics = await metricsOf();
    const store = metrics.runtimeObserver?.store?.('s');
    for (const elapsed of [0.5, 1, 1.5, 200_000]) store?.read('get', 'ok', elapsed);
    store?.read('get', 'not_found', 0);
    const labels = (success: boolean) => `app_id="a",component="s",namespace="",operation="get",success="${success}"`;
    const lines = await linesOf(metrics, 'dapr_component_secret_latencies');
    const ofBound = (le: string) => `dapr_component_secret_latencies_bucket{${labels(true)},le="${le}"}`;
    expect(lines).toContain(`${ofBound('1')} 2`);
    expect(lines).toContain(`${ofBound('2')} 3`);
    expect(lines).toContain(`${ofBound('100000')} 3`);
    expect(lines).toContain(`${ofBound('+Inf')} 4`);
    expect(lines).toContain(`dapr_component_secret_latencies_sum{${labels(true)}} 200003`);
    expect(lines).toContain(`dapr_component_secret_latencies_count{${labels(true)}} 4`);
    // A read that took no measurable time counts, and has no latency.
    expect(lines).toContain(`dapr_component_secret_latencies_count{${labels(false)}} 0`);
    expect(await linesOf(metrics, 'dapr_component_secret_count')).toContain(`dapr_component_secret_count{${labels(false)}} 1`);
  });

  it('tells outcomes apart by code, and scope denials from those of the store', async () => {
    const metrics = await metricsOf();
    const observer = metrics.runtimeObserver;
    const store = observer?.store?.('s');
    store?.read('get', 'ok', 1);
    store?.read('get', 'permission_denied', 1);
    store?.denied();
    store?.read('bulk_get', 'deadline_exceeded', 1);
    store?.coalesced('get');
    store?.changed();
    observer?.readUnknown?.('get', 'not_found');
    expect(await linesOf(metrics, 'coffer_')).toEqual(
      expect.arrayContaining([
        'coffer_reads_total{app_id="a",code="ok",component="s",operation="get"} 1',
        'coffer_reads_total{app_id="a",code="permission_denied",component="s",operation="get"} 2',
        'coffer_reads_total{app_id="a",code="deadline_exceeded",component="s",operation="bulk_get"} 1',
        'coffer_reads_total{app_id="a",code="not_found",component="",operation="get"} 1',
        'coffer_scope_denials_total{app_id="a",component="s"} 1',
        'coffer_secret_changes_total{app_id="a",component="s"} 1',
        'coffer_coalesced_reads_total{app_id="a",component="s",operation="get"} 1',
      ]),
    );
    // What was denied never reached the store.
    expect(await linesOf(metrics, 'dapr_component_secret_count')).toContain(
      'dapr_component_secret_count{app_id="a",component="s",namespace="",operation="get",success="false"} 1',
    );
  });

  it('counts calls to the driver, those under way too', async () => {
    const metrics = await metricsOf();
    const store = metrics.runtimeObserver?.store?.('s');
    for (let call = 0; call < 4; call++) store?.upstreamStarted();
    store?.upstreamEnded('get', 'ok', 3);
    store?.upstreamEnded('get', 'unavailable', 3000);
    store?.upstreamEnded('list', undefined, 1);
    expect(await linesOf(metrics, 'coffer_upstream_in_flight')).toEqual([
      'coffer_upstream_in_flight{app_id="a",component="s"} 1',
    ]);
    expect(await linesOf(metrics, 'coffer_upstream_calls_total')).toEqual([
      'coffer_upstream_calls_total{app_id="a",code="ok",component="s",operation="get"} 1',
      'coffer_upstream_calls_total{app_id="a",code="unavailable",component="s",operation="get"} 1',
    ]);
    const latencies = await linesOf(metrics, 'coffer_upstream_latency_seconds');
    const labels = 'app_id="a",component="s",operation="get"';
    expect(latencies).toContain(`coffer_upstream_latency_seconds_bucket{${labels},le="0.005"} 1`);
    expect(latencies).toContain(`coffer_upstream_latency_seconds_count{${labels}} 2`);
  });

  it('tells the first expiry of what was read, and keeps a bounded number of them', async () => {
    const metrics = await metricsOf();
    const store = metrics.runtimeObserver?.store?.('s');
    for (let secret = 0; secret < 3000; secret++) store?.expiring(`n${secret}`, 10_000 + secret);
    expect(await linesOf(metrics, 'coffer_secret_earliest')).toEqual([
      'coffer_secret_earliest_expiry_timestamp_seconds{app_id="a",component="s"} 10',
    ]);
    // Renewed: the next one is the first now.
    store?.expiring('n0', 1e9);
    expect(await linesOf(metrics, 'coffer_secret_earliest')).toEqual([
      'coffer_secret_earliest_expiry_timestamp_seconds{app_id="a",component="s"} 10.001',
    ]);
  });

  it('goes on counting after a store was brought up anew', async () => {
    const metrics = await metricsOf();
    for (let time = 0; time < 2; time++) metrics.runtimeObserver?.store?.('s').read('get', 'ok', 1);
    expect(await linesOf(metrics, 'coffer_reads_total')).toEqual([
      'coffer_reads_total{app_id="a",code="ok",component="s",operation="get"} 2',
    ]);
  });
});

describe('components and reloads', () => {
  it('counts what came up, failed, waits and was read anew', async () => {
    const metrics = await metricsOf();
    const observer = metrics.runtimeObserver;
    metrics.countComponents(() => ({ loaded: 2, parked: 1 }));
    observer?.store?.('s');
    observer?.componentStarted?.({ name: 's', type: 'secretstores.local.file' });
    observer?.componentStarted?.({ name: 'p', type: 'pubsub.redis' });
    observer?.componentFailed?.({ name: 'x', type: 'secretstores.nope' }, 'creation');
    observer?.reloaded?.('component', true);
    observer?.reloaded?.('component', false);
    const lines = (await textOf(metrics)).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'dapr_runtime_component_init_total{app_id="a",component="secretstores.local.file"} 1',
        'dapr_runtime_component_init_total{app_id="a",component="pubsub.redis"} 1',
        'dapr_runtime_component_init_fail_total{app_id="a",component="secretstores.nope",componentName="x",reason="creation"} 1',
        'dapr_runtime_component_loaded{app_id="a"} 2',
        'coffer_components{app_id="a",state="loaded"} 2',
        'coffer_components{app_id="a",state="parked"} 1',
        'coffer_reloads_total{app_id="a",resource="component",result="success"} 1',
        'coffer_reloads_total{app_id="a",resource="component",result="failure"} 1',
        'coffer_last_reload_successful{app_id="a",resource="component"} 0',
        `coffer_build_info{app_id="a",node="${process.versions.node}",version="1"} 1`,
      ]),
    );
    const loadedAt = lines.filter((line) => line.startsWith('coffer_store_loaded_timestamp_seconds'));
    expect(loadedAt).toHaveLength(1);
    expect(Number(loadedAt[0]?.split(' ')[1])).toBeCloseTo(Date.now() / 1000, -2);
  });
});

describe('requests', () => {
  it('keeps a bounded number of paths however many are asked for, and loses no request', async () => {
    const metrics = await metricsOf({ maxRequestSeries: 3 });
    for (let i = 0; i < 100; i++) answer(metrics, { path: `/${i}`, status: 404 });
    answer(metrics, { path: '/0', status: 404 });
    expect(await linesOf(metrics, 'dapr_http_server_request_count')).toEqual([
      'dapr_http_server_request_count{app_id="a",method="GET",path="/0",status="404"} 2',
      'dapr_http_server_request_count{app_id="a",method="GET",path="/1",status="404"} 1',
      'dapr_http_server_request_count{app_id="a",method="GET",path="/2",status="404"} 1',
      'dapr_http_server_request_count{app_id="a",method="GET",path="",status="404"} 97',
    ]);
  });

  it('remembers a bounded number of paths, and counts the others all the same', async () => {
    const metrics = await metricsOf({ maxRequestSeries: Number.POSITIVE_INFINITY });
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5000; i++) answer(metrics, { path: `/${i}` });
    }
    const lines = await linesOf(metrics, 'dapr_http_server_request_count');
    expect(lines).toHaveLength(5000);
    expect(lines.every((line) => line.endsWith(' 2'))).toBe(true);
  });

  it('counts secrets by store, strange methods as one, and keeps labels from forging lines', async () => {
    const metrics = await metricsOf();
    answer(metrics, { path: '/v1.0/secrets/s/name' });
    answer(metrics, { method: 'BREW', path: '/a"b\\c\nd', status: 404 });
    expect(await linesOf(metrics, 'dapr_http_server_request_count')).toEqual([
      'dapr_http_server_request_count{app_id="a",method="GET",path="/v1.0/secrets/s",status="200"} 1',
      'dapr_http_server_request_count{app_id="a",method="UNKNOWN",path="/a\\"b\\\\c\\nd",status="404"} 1',
    ]);
  });

  it('writes sizes as the reference does, and latencies in whole milliseconds', async () => {
    const metrics = await metricsOf();
    answer(metrics, { requestBytes: 1025, responseBytes: 12, elapsed: 2.9 });
    const lines = await linesOf(metrics, 'dapr_http_server');
    expect(lines).toContain('dapr_http_server_request_bytes_bucket{app_id="a",le="1024"} 0');
    expect(lines).toContain('dapr_http_server_request_bytes_bucket{app_id="a",le="1.048576e+06"} 1');
    expect(lines).toContain('dapr_http_server_response_bytes_sum{app_id="a"} 12');
    expect(lines).toContain('dapr_http_server_latency_sum{app_id="a",method="GET",path="/",status="200"} 2');
    expect(lines).toContain('dapr_http_server_response_count{app_id="a",method="GET",path="/",status="200"} 1');
  });

  it('leaves paths out with increasedCardinality: false, and verbs with excludeVerbs', async () => {
    const metrics = await metricsOf({ metric: { http: { increasedCardinality: false, excludeVerbs: true } } });
    answer(metrics, { path: '/v1.0/secrets/s/name' });
    expect(await linesOf(metrics, 'dapr_http_server_request_count')).toEqual([
      'dapr_http_server_request_count{app_id="a",method="",path="",status="200"} 1',
    ]);
    expect(await linesOf(metrics, 'dapr_http_server_response_count')).toEqual([]);
  });

  it('counts error codes by category when asked to, and rejections always', async () => {
    const [silent, telling] = [await metricsOf(), await metricsOf({ metric: { recordErrorCodes: true } })];
    for (const metrics of [silent, telling]) {
      answer(metrics, { status: 500, errorCode: 'ERR_SECRET_GET' });
      answer(metrics, { status: 400, errorCode: 'ERR_BODY_READ' });
      answer(metrics, { status: 401, rejection: 'token' });
    }
    expect(await linesOf(silent, 'dapr_error_code_total')).toEqual([]);
    expect(await linesOf(telling, 'dapr_error_code_total')).toEqual([
      'dapr_error_code_total{app_id="a",category="secret",error_code="ERR_SECRET_GET"} 1',
      'dapr_error_code_total{app_id="a",category="common",error_code="ERR_BODY_READ"} 1',
    ]);
    expect(await linesOf(silent, 'coffer_rejected_requests_total')).toEqual([
      'coffer_rejected_requests_total{app_id="a",protocol="http",reason="token"} 1',
    ]);
  });
});

describe('calls', () => {
  it('counts them by method and status, with sizes and error codes', async () => {
    const metrics = await metricsOf({ metric: { recordErrorCodes: true } });
    const call = { method: '/s/M', status: 'OK', elapsed: 1.9, requestBytes: 10, responseBytes: 2000, errorCode: undefined };
    metrics.grpcObserver?.completed(call);
    metrics.grpcObserver?.completed({ ...call, status: 'Internal', responseBytes: 0, errorCode: 'ERR_SECRET_GET' });
    metrics.grpcObserver?.rejected?.('access_list');
    const lines = (await textOf(metrics)).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'dapr_grpc_io_server_completed_rpcs{app_id="a",grpc_server_method="/s/M",grpc_server_status="OK"} 1',
        'dapr_grpc_io_server_completed_rpcs{app_id="a",grpc_server_method="/s/M",grpc_server_status="Internal"} 1',
        'dapr_grpc_io_server_server_latency_sum{app_id="a",grpc_server_method="/s/M",grpc_server_status="OK"} 1',
        'dapr_grpc_io_server_received_bytes_per_rpc_sum{app_id="a",grpc_server_method="/s/M"} 20',
        'dapr_grpc_io_server_sent_bytes_per_rpc_bucket{app_id="a",grpc_server_method="/s/M",le="1024"} 1',
        'dapr_error_code_total{app_id="a",category="secret",error_code="ERR_SECRET_GET"} 1',
        'coffer_rejected_requests_total{app_id="a",protocol="grpc",reason="access_list"} 1',
      ]),
    );
  });
});

describe('policies', () => {
  it('shows the current state of a breaker, and counts uses and activations', async () => {
    const metrics = await metricsOf();
    const observer = metrics.runtimeObserver?.resiliency;
    const use = { policy: 'circuitbreaker', component: 's', resource: 'r', namespace: '' } as const;
    const [closed, open, halfOpen] = (['closed', 'open', 'half-open'] as const).map((state) => ({ ...use, state }));
    const retry = { ...use, policy: 'retry' } as const;
    const current = async () =>
      (await linesOf(metrics, 'dapr_resiliency_cb_state'))
        .filter((line) => line.endsWith(' 1'))
        .map((line) => /status="([^"]+)"/.exec(line)?.[1]);
    observer?.loaded('r', '');
    observer?.applied(retry);
    if (closed === undefined || open === undefined || halfOpen === undefined) throw new Error('no uses');
    for (let call = 0; call < 2; call++) observer?.applied(closed);
    expect(await current()).toEqual(['closed']);
    observer?.activated(open);
    expect(await current()).toEqual(['open']);
    observer?.applied(halfOpen);
    expect(await current()).toEqual(['half-open']);
    observer?.activated(closed);
    observer?.activated(open);
    observer?.applied(halfOpen);
    expect(await current()).toEqual(['half-open']);
    const labels = (policy: string, status: string) =>
      `app_id="a",flow_direction="outbound",name="r",namespace="",policy="${policy}",status="${status}",target="Secretstore_s"`;
    expect((await textOf(metrics)).split('\n')).toEqual(
      expect.arrayContaining([
        'dapr_resiliency_loaded{app_id="a",name="r",namespace=""} 1',
        `dapr_resiliency_count{${labels('retry', '')}} 1`,
        `dapr_resiliency_count{${labels('circuitbreaker', 'closed')}} 2`,
        `dapr_resiliency_count{${labels('circuitbreaker', 'half-open')}} 2`,
        `dapr_resiliency_activations_total{${labels('circuitbreaker', 'open')}} 2`,
        `dapr_resiliency_cb_state{${labels('circuitbreaker', 'unknown')}} 0`,
      ]),
    );
  });
});

describe('the Configuration', () => {
  it('has nothing recorded with enabled: false, and the process still tells of itself', async () => {
    const metrics = await metricsOf({ metric: { enabled: false } });
    expect([metrics.runtimeObserver, metrics.httpObserver]).toEqual([undefined, undefined]);
    const text = await textOf(metrics);
    expect(text).not.toContain('dapr_');
    expect(text).toMatch(/^go_goroutines \d+$/m);
    expect(text).toMatch(/^process_start_time_seconds \d+/m);
  });

  it('leaves out metrics without samples', async () => {
    expect(await textOf(await metricsOf())).not.toContain('dapr_');
  });

  it('takes latency buckets in any order, without zeros and repetitions', async () => {
    const metrics = await metricsOf({ metric: { latencyDistributionBuckets: [100, 0, 5, 100] } });
    metrics.runtimeObserver?.store?.('s').read('get', 'ok', 50);
    const buckets = await linesOf(metrics, 'dapr_component_secret_latencies_bucket');
    expect(buckets.map((line) => /le="(.*)"\} (\d)/.exec(line)?.slice(1))).toEqual([
      ['5', '0'],
      ['100', '1'],
      ['+Inf', '1'],
    ]);
    expect(() => metricSettingsOf({ latencyDistributionBuckets: [-1] })).toThrow('negative bucket bounds not supported');
  });

  it('rewrites labels by the rules, and adds up what becomes one', async () => {
    const rules = [
      {
        name: 'dapr_http_server_request_count',
        labels: [{ name: 'path', regex: { '/orders/{id}': '^/orders/.+$' } }],
      },
    ];
    const metrics = await metricsOf({ metric: { rules }, maxRequestSeries: 2 });
    for (let i = 0; i < 10; i++) answer(metrics, { path: `/orders/${i}` });
    expect(await linesOf(metrics, 'dapr_http_server_request_count')).toEqual([
      'dapr_http_server_request_count{app_id="a",method="GET",path="/orders/{id}",status="200"} 10',
    ]);
    // The rule names one metric; the other one is bounded as ever.
    expect(await linesOf(metrics, 'dapr_http_server_response_count')).toHaveLength(3);
  });
});
