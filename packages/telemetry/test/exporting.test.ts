import type { Logger } from '@coffer/core';
import { describe, expect, it } from 'vitest';
import { type ActiveTracing, startTracing } from '../src/index.ts';
import { hangingEndpoint, otlpGrpcCollector, otlpHttpCollector, zipkinCollector } from './collectors.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, tracestate: 'a=b', baggage: undefined };

interface Started {
  readonly active: ActiveTracing;
  readonly lines: string[];
  readonly told: [string, string, number][];
}

async function start(tracing: Record<string, unknown>, environment: Record<string, string> = {}): Promise<Started> {
  const lines: string[] = [];
  const told: [string, string, number][] = [];
  const write = (message: string) => void lines.push(message);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const active = await startTracing({
    appId: 'shop',
    tracing,
    environment,
    loggerFor: () => logger,
    dialect: { emptyContext: 'absent' },
    observer: (...report) => void told.push(report),
  });
  return { active, lines, told };
}

function trace({ requests }: ActiveTracing, count = 1): void {
  for (let at = 0; at < count; at++) {
    const span = requests?.start(`/v1.0/secrets/s/k${at}`, PARENT);
    if (span === undefined || span.problem !== undefined) throw new Error('no span');
    span.end(() => ({ 'db.system': 'secrets', 'dapr.status_code': '500' }), 'Code(500): Internal Server Error');
  }
}

const EXPECTED = {
  service: 'shop',
  scope: 'dapr-diagnostics',
  name: '/v1.0/secrets/s/k0',
  kind: 3, // client, as OTLP counts
  traceId: TRACE,
  parentId: 'b7ad6b7169203331',
  state: 'a=b',
  attributes: { 'db.system': 'secrets', 'dapr.status_code': '500' },
  status: { code: 2, message: 'Code(500): Internal Server Error' },
};

describe('exporters', () => {
  it('OTLP over gRPC', async () => {
    await using collector = await otlpGrpcCollector();
    const { active, told } = await start({
      otel: { protocol: 'grpc', endpointAddress: collector.address, isSecure: false, headers: ['api-key=k'] },
    });
    trace(active);
    await active.close(20_000);
    expect(collector.spans).toMatchObject([EXPECTED]);
    expect(collector.spans[0]?.duration).toBeGreaterThanOrEqual(0);
    expect(collector.headers['api-key']).toBe('k');
    expect(told).toEqual([['otlp', 'exported', 1]]);
  });

  it('OTLP over HTTP, by the environment', async () => {
    await using collector = await otlpHttpCollector();
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.address}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b',
      OTEL_SERVICE_NAME: 'renamed',
    };
    const { active, lines } = await start({}, environment);
    trace(active, 1200);
    await active.close(20_000);
    expect(collector.spans).toHaveLength(1200);
    expect(collector.spans[0]).toMatchObject({ ...EXPECTED, service: 'renamed' });
    expect(collector.headers['api-key']).toBe('a b');
    expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces']));
    expect(lines[0]).toBe(
      'Dapr trace sampler initialized: ParentBased{root:TraceIDRatioBased{1},remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}',
    );
  });

  it('Zipkin', async () => {
    await using collector = await zipkinCollector();
    const { active } = await start({ zipkin: { endpointAddress: `http://${collector.address}/api/v2/spans` } });
    trace(active);
    await active.close(20_000);
    const { service, traceId, parentId, kind } = EXPECTED;
    expect(collector.spans).toMatchObject([{ service, traceId, parentId, kind, attributes: { 'db.system': 'secrets' } }]);
    expect(collector.paths).toEqual(['/api/v2/spans']);
  });

  it('the log', async () => {
    const { active, lines } = await start({ stdout: true });
    trace(active);
    await active.close(20_000);
    expect(lines.at(-1)).toMatch(
      /^\[\/v1\.0\/secrets\/s\/k0\] Trace: 0af7651916cd43dd8448eb211c80319c Span: b7ad6b7169203331\/[0-9a-f]{16} Time: \[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \+0000 UTC -> {2}\d{4}.* UTC\] Annotations: \[\]$/,
    );
  });

  it('several at once', async () => {
    await using zipkin = await zipkinCollector();
    await using otlp = await otlpGrpcCollector();
    const { active } = await start({
      zipkin: { endpointAddress: `http://${zipkin.address}/api/v2/spans` },
      otel: { protocol: 'grpc', endpointAddress: otlp.address, isSecure: false },
    });
    trace(active);
    await active.close(20_000);
    expect([zipkin.spans.length, otlp.spans.length]).toEqual([1, 1]);
  });
});

describe('what cannot work', () => {
  it.each([
    [
      { otel: { protocol: 'thrift', endpointAddress: 'c:1' } },
      'failed to setup tracing: invalid protocol thrift provided for Otel endpoint',
    ],
    [{ zipkin: { endpointAddress: 'not a url' } }, 'failed to setup tracing: invalid collector URL "not a url"'],
  ])('%j', async (tracing, message) => {
    await expect(start(tracing)).rejects.toThrow(message);
  });

  it('a sampling rate of 0 leaves the surfaces without tracing', async () => {
    expect((await start({ samplingRate: '0' })).active.requests).toBeUndefined();
    expect((await start({ samplingRate: '0', stdout: true })).active.requests).toBeUndefined();
  });

  it('a sampling rate without an exporter makes spans that nobody sees', async () => {
    const { active } = await start({ samplingRate: '1' });
    const span = active.requests?.start('/', PARENT);
    expect(span).toMatchObject({ sampled: false, traceparent: expect.stringMatching(/-01$/) });
    await active.close(1000);
  });
});

describe('a collector that hangs', () => {
  it.each(['grpc', 'http'])('over %s costs spans, counted, and neither requests nor the end', async (protocol) => {
    await using endpoint = await hangingEndpoint();
    const { active, told, lines } = await start({
      otel: { protocol, endpointAddress: endpoint.address, isSecure: false, timeout: '60s' },
    });
    // The first batch is on its way and hangs; as many as the queue holds wait; the others are dropped.
    trace(active, 512 + 2048 + 440);
    expect(told).toEqual(new Array(440).fill(['otlp', 'dropped', 1]));
    const closing = performance.now();
    await active.close(300);
    expect(performance.now() - closing).toBeLessThan(10_000);
    expect(told.at(-1)).toEqual(['otlp', 'failed', 2048]);
    expect(endpoint.connections()).toBeGreaterThanOrEqual(1);
    // What comes later finds a closed queue.
    trace(active);
    expect(told.at(-1)).toEqual(['otlp', 'dropped', 1]);
    expect(lines.filter((line) => line.includes('reach'))).toEqual([]);
  });
});
