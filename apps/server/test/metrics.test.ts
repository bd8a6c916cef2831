import { describe, expect, it } from 'vitest';
import { Metrics } from '../src/metrics.ts';

const metricsOf = (maxRequestSeries = 1000) => new Metrics({ appId: 'a', namespace: '', maxRequestSeries });
const linesOf = async (metrics: Metrics, start: string) =>
  (await metrics.exposition()).text.split('\n').filter((line) => line.startsWith(start));

describe('Metrics', () => {
  it('gives latencies as a histogram with cumulated buckets', async () => {
    const metrics = metricsOf();
    for (const elapsed of [0.5, 1, 1.5, 200_000]) metrics.readObserver.read('s', 'get', true, elapsed);
    metrics.readObserver.read('s', 'get', false, 0);
    const labels = (success: boolean) => `app_id="a",component="s",namespace="",operation="get",success="${success}"`;
    const lines = await linesOf(metrics, 'dapr_component_secret_latencies');
    const ofBound = (le: string) =>
      `dapr_component_secret_latencies_bucket{${labels(true).replace('namespace', `le="${le}",namespace`)}}`;
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

  it('keeps a bounded number of paths however many are asked for, and loses no request', async () => {
    const metrics = metricsOf(3);
    for (let i = 0; i < 100; i++) metrics.httpObserver.request('GET', `/${i}`, '', 404, 1, 0, 0);
    metrics.httpObserver.request('GET', '/0', '', 404, 1, 0, 0);
    expect(await linesOf(metrics, 'dapr_http_server_request_count')).toEqual([
      'dapr_http_server_request_count{app_id="a",method="GET",path="/0",status="404"} 2',
      'dapr_http_server_request_count{app_id="a",method="GET",path="/1",status="404"} 1',
      'dapr_http_server_request_count{app_id="a",method="GET",path="/2",status="404"} 1',
      'dapr_http_server_request_count{app_id="a",method="GET",path="",status="404"} 97',
    ]);
  });

  it('counts secrets by store, strange methods as one, and keeps labels from forging lines', async () => {
    const metrics = metricsOf();
    metrics.httpObserver.request('GET', '/v1.0/secrets/s/name', '', 200, 1, 0, 0);
    metrics.httpObserver.request('BREW', '/a"b\\c\nd', '', 404, 1, 0, 0);
    expect(await linesOf(metrics, 'dapr_http_server_request_count')).toEqual([
      'dapr_http_server_request_count{app_id="a",method="GET",path="/v1.0/secrets/s",status="200"} 1',
      'dapr_http_server_request_count{app_id="a",method="UNKNOWN",path="/a\\"b\\\\c\\nd",status="404"} 1',
    ]);
  });

  it('leaves out metrics without samples', async () => {
    expect((await metricsOf().exposition()).text).not.toContain('dapr_');
  });
});
