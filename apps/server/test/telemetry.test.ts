import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type CofferdOptions, fileStore, startCofferd } from './support/cofferd.ts';
import { openGate, readStarted, writeGatedDriver } from './support/gated-driver.ts';
import { metricLines } from './support/metrics.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';
const STORE = {
  'components/filestore.yaml': fileStore('filestore', 'secrets.json'),
  'secrets.json': '{"k1":"v1"}',
};
const spec = (text: string) => ({
  'config.yaml': `apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: { name: c }\nspec:\n${text}`,
});

/** With a Configuration of this spec, when one is given. */
function start(configuration?: string, { args = [], files = {}, env = {} }: CofferdOptions = {}) {
  const more = configuration === undefined ? {} : spec(configuration);
  const config = configuration === undefined ? [] : ['--config=config.yaml'];
  return startCofferd({ files: { ...STORE, ...more, ...files }, args: [...config, ...args], env });
}

const trace = async (
  server: { get(target: string, init?: RequestInit): Promise<Response> },
  target: string,
  traceparent?: string,
) => {
  const response = await server.get(target, traceparent === undefined ? {} : { headers: { traceparent } });
  return [response.status, response.headers.get('traceparent')];
};

describe('metrics', () => {
  it('18-167: one read is counted, with its request, and in what Coffer adds', async () => {
    await using server = await start();
    await server.get('/v1.0/secrets/filestore/k1');
    expect(
      await metricLines(server.metricsPort, /_secret_count\{|request_count\{.*secrets|coffer_(reads|upstream_calls)_total\{/),
    ).toEqual([
      'dapr_component_secret_count{app_id="app1",component="filestore",namespace="",operation="get",success="true"} 1',
      'dapr_http_server_request_count{app_id="app1",method="GET",path="/v1.0/secrets/filestore",status="200"} 1',
      'coffer_reads_total{app_id="app1",code="ok",component="filestore",operation="get"} 1',
      'coffer_upstream_calls_total{app_id="app1",code="ok",component="filestore",operation="get"} 1',
    ]);
    expect(
      await metricLines(server.metricsPort, /^(coffer_components|dapr_runtime_component_(init_total|loaded))\{/, '/'),
    ).toEqual([
      'dapr_runtime_component_init_total{app_id="app1",component="secretstores.local.file"} 1',
      'dapr_runtime_component_loaded{app_id="app1"} 1',
      'coffer_components{app_id="app1",state="loaded"} 1',
      'coffer_components{app_id="app1",state="parked"} 0',
    ]);
  });

  it('18-168: error codes are counted when the Configuration asks for it', async () => {
    await using server = await start('  metric: { recordErrorCodes: true }\n');
    await server.get('/v1.0/secrets/filestore/zz');
    expect(await metricLines(server.metricsPort, /^dapr_error_code_total/)).toEqual([
      'dapr_error_code_total{app_id="app1",category="secret",error_code="ERR_SECRET_GET"} 1',
    ]);
  });

  it('counts components that could not be brought up, and those that wait', async () => {
    const waiting = fileStore(
      'waiting',
      'secrets.json',
      '    - name: nestedSeparator\n      secretKeyRef: { name: x }\nauth: { secretStore: absent }\n',
    );
    const failing = fileStore('failing', 'nowhere.json', '  ignoreErrors: true\n');
    const unknown =
      'apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: odd }\nspec: { type: secretstores.odd, version: v1, ignoreErrors: true }\n';
    await using server = await start(undefined, {
      files: { 'components/waiting.yaml': waiting, 'components/failing.yaml': failing, 'components/odd.yaml': unknown },
    });
    expect(await metricLines(server.metricsPort, /init_fail_total\{|parked/)).toEqual([
      'dapr_runtime_component_init_fail_total{app_id="app1",component="secretstores.local.file",componentName="failing",reason="init"} 1',
      'dapr_runtime_component_init_fail_total{app_id="app1",component="secretstores.odd",componentName="odd",reason="creation"} 1',
      'coffer_components{app_id="app1",state="parked"} 1',
    ]);
  });

  it('a rule that is none ends the start with its name', async () => {
    const rules = '  metric: { rules: [{ name: dapr_x, labels: [{ name: path, regex: { a: "(" } }] }] }\n';
    await expect(start(rules)).rejects.toThrow('Fatal error from runtime: failed to compile regex for rule xpath/a');
  });

  it('secret values and names are in no metric', async () => {
    await using server = await start(undefined, { files: { 'secrets.json': '{"hushname":"hushvalue"}' } });
    await server.get('/v1.0/secrets/filestore/hushname');
    await server.get('/v1.0/secrets/filestore/hushother');
    expect(await metricLines(server.metricsPort, /hush/)).toEqual([]);
  });
});

describe('a scrape while the server stops', () => {
  it('is answered whole or refused, and the server ends with 0', async () => {
    await using gated = await startCofferd({ args: ['--driver-path=.'], prepare: writeGatedDriver });
    const { child, metricsPort, directory } = gated;
    const read = gated.get('/v1.0/secrets/gated/late');
    await readStarted(directory);
    child.kill('SIGTERM');
    while (!gated.log().includes('beginning shutdown')) await sleep(10);
    expect(await metricLines(metricsPort, /^coffer_upstream_in_flight/)).toEqual([
      'coffer_upstream_in_flight{app_id="app1",component="gated"} 1',
    ]);
    const closed = once(child, 'close');
    openGate(directory);
    expect(await (await read).json()).toEqual({ late: 'late' });
    for (let refused = false; !refused; ) {
      const scraped = await rawScrape(metricsPort);
      refused = scraped === '';
      if (!refused) expect(scraped).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*nodejs_version_info[\s\S]*\r\n0\r\n\r\n$/);
    }
    expect(await closed).toEqual([0, null]);
  });

  /** All bytes of an answer; empty when the connection was refused or closed before any came. */
  function rawScrape(port: number): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      const socket = net.connect(port, '127.0.0.1', () =>
        socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      );
      socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      socket.on('error', () => undefined).on('close', () => resolve(text));
    });
  }
});

describe('tracing by default', () => {
  it('18-169: a valid traceparent comes back as it came', async () => {
    await using server = await start();
    expect(await trace(server, '/v1.0/secrets/filestore/k1', `${PARENT}-01`)).toEqual([200, `${PARENT}-01`]);
    expect(await trace(server, '/v1.0/secrets/filestore/zz', `${PARENT}-00`)).toEqual([500, `${PARENT}-00`]);
  });

  it('18-170: without one, or with an invalid one, the answer has none; the strict dialect tells of zeros', async () => {
    await using server = await start();
    expect(await trace(server, '/v1.0/secrets/filestore/k1')).toEqual([200, null]);
    expect(await trace(server, '/v1.0/secrets/filestore/k1', 'x')).toEqual([200, null]);
    await using strict = await start(undefined, { args: ['--strict-dapr'] });
    expect(await trace(strict, '/v1.0/secrets/filestore/k1')).toEqual([200, `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`]);
  });

  it('18-173: invalid baggage is refused', async () => {
    await using server = await start();
    const response = await server.get('/v1.0/secrets/filestore/k1', { headers: { baggage: '===' } });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      400,
      'text/plain; charset=utf-8',
      'invalid baggage header: invalid key: ""\n',
    ]);
  });

  it('18-174: a path with /healthz in it is not traced', async () => {
    await using server = await start();
    expect(await trace(server, '/v1.0/secrets/filestore/healthz', `${PARENT}-01`)).toEqual([500, null]);
  });

  it('names its sampler when it starts', async () => {
    await using server = await start();
    expect(server.log()).toContain(
      'Dapr trace sampler initialized: ParentBased{root:TraceIDRatioBased{0.0001},remoteParentSampled:AlwaysOnSampler,',
    );
  });
});

describe('tracing with a sampling rate', () => {
  it('18-171: the same trace, a new span, as sampled as the caller', async () => {
    await using server = await start('  tracing: { samplingRate: "1" }\n');
    for (const flags of ['01', '00']) {
      const [, traceparent] = await trace(server, '/v1.0/secrets/filestore/k1', `${PARENT}-${flags}`);
      expect(traceparent).toMatch(new RegExp(`^${PARENT.slice(0, 36)}[0-9a-f]{16}-${flags}$`));
      expect(traceparent).not.toBe(`${PARENT}-${flags}`);
    }
  });

  it('18-172: a rate of 0 turns tracing off', async () => {
    await using server = await start('  tracing: { samplingRate: "0" }\n');
    expect(await trace(server, '/v1.0/secrets/filestore/k1', `${PARENT}-01`)).toEqual([200, null]);
    expect((await server.get('/v1.0/secrets/filestore/k1', { headers: { baggage: '===' } })).status).toBe(200);
  });

  it('spans in the log have the scope of the reference, names and no values', async () => {
    await using server = await start('  tracing: { samplingRate: "1", stdout: true }\n', {
      files: { 'secrets.json': '{"k1":"hushvalue"}' },
      env: { DAPR_API_TOKEN: 'hushtoken' },
    });
    await server.get('/v1.0/secrets/filestore/k1', { headers: { 'dapr-api-token': 'hushtoken' } });
    const closed = once(server.child, 'close');
    server.child.kill('SIGTERM');
    await closed;
    const line =
      server
        .log()
        .split('\n')
        .find((text) => text.includes('scope=dapr.runtime.trace')) ?? '';
    expect(line).toMatch(
      /level=info msg="\[\/v1\.0\/secrets\/filestore\/k1\] Trace: [0-9a-f]{32} Span: 0{16}\/[0-9a-f]{16} Time: /,
    );
    expect(server.log()).not.toContain('hush');
  });
});

describe('SIGHUP', () => {
  it('goes by another spec.tracing, and keeps the one before when that can not be', async () => {
    await using server = await start('  tracing: { samplingRate: "0" }\n');
    const config = path.join(server.directory, 'config.yaml');
    const [, before] = await trace(server, '/v1.0/secrets/filestore/k1', `${PARENT}-01`);
    expect(before).toBeNull();
    writeFileSync(config, 'spec: { tracing: { samplingRate: "1" } }\n');
    server.child.kill('SIGHUP');
    await until(async () => (await trace(server, '/v1.0/secrets/filestore/k1', `${PARENT}-01`))[1] !== null);
    writeFileSync(config, 'spec: { tracing: { otel: { protocol: thrift, endpointAddress: "c:1" } } }\n');
    server.child.kill('SIGHUP');
    await until(async () => server.log().includes('tracing stays as it was: failed to setup tracing: invalid protocol thrift'));
    const [, after] = await trace(server, '/v1.0/secrets/filestore/k1', `${PARENT}-01`);
    expect(after).toMatch(/-01$/);
    expect(await metricLines(server.metricsPort, /^coffer_(reloads_total|last_reload)/)).toEqual([
      'coffer_reloads_total{app_id="app1",resource="configuration",result="success"} 2',
      'coffer_last_reload_successful{app_id="app1",resource="configuration"} 1',
    ]);
  });

  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await sleep(20);
  }
});

describe('a collector', () => {
  it('gets the spans that wait when the server stops', async () => {
    const paths: string[] = [];
    let bytes = '';
    const collector = createServer(async (request, response) => {
      paths.push(request.url ?? '');
      for await (const chunk of request) bytes += (chunk as Buffer).toString('latin1');
      response.end();
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    await using server = await start(undefined, {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
    });
    await server.get('/v1.0/secrets/filestore/k1');
    const closed = once(server.child, 'close');
    server.child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    collector.close();
    expect(paths).toEqual(['/v1/traces']);
    expect(bytes).toContain('/v1.0/secrets/filestore/k1');
    expect(bytes).toContain('app1');
    expect(bytes).not.toContain('v1"');
  });

  it('that hangs delays neither requests nor the end', async () => {
    const sockets = new Set<net.Socket>();
    const hanging = net
      .createServer((socket) => sockets.add(socket.on('error', () => undefined).resume()))
      .listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    const { port } = hanging.address() as AddressInfo;
    const otel = `otel: { protocol: grpc, endpointAddress: "127.0.0.1:${port}", isSecure: false, timeout: 60s }`;
    await using server = await start(`  tracing: { samplingRate: "1", ${otel} }\n`, {
      args: ['--dapr-graceful-shutdown-seconds=60'],
    });
    for (let round = 0; round < 27; round++) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => server.get('/v1.0/secrets/filestore/k1')));
      for (const answer of answers) expect(answer.status).toBe(200);
    }
    expect(await metricLines(server.metricsPort, /^coffer_trace_spans_total\{.*result="dropped"\} [1-9]/)).toHaveLength(1);
    const closed = once(server.child, 'close');
    server.child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    for (const socket of sockets) socket.destroy();
    hanging.close();
  });

  it('of a protocol that is none ends the start', async () => {
    const otel = '  tracing: { otel: { protocol: thrift, endpointAddress: "c:1" } }\n';
    await expect(start(otel)).rejects.toThrow(
      'Fatal error from runtime: failed to setup tracing: invalid protocol thrift provided for Otel endpoint',
    );
  });
});

describe('the API log', () => {
  it('18-175: one JSON line a request', async () => {
    await using server = await start(undefined, { args: ['--enable-api-logging', '--log-as-json'] });
    await server.get('/v1.0/secrets/filestore/k1?metadata.x=1');
    const line = await logLine(server, 'GET /v1.0/secrets/filestore/k1');
    expect(JSON.parse(line)).toMatchObject({
      msg: 'HTTP API Called',
      method: 'GET /v1.0/secrets/filestore/k1',
      code: 200,
      size: 12,
      level: 'info',
      scope: 'dapr.runtime.http-info',
    });
  });

  it('18-176: operations in place of paths', async () => {
    await using server = await start('  logging: { apiLogging: { enabled: true, obfuscateURLs: true } }\n', {
      args: ['--log-as-json'],
    });
    await server.get('/v1.0/secrets/filestore/k1');
    expect(JSON.parse(await logLine(server, '"GetSecret"'))).toMatchObject({ method: 'GetSecret' });
  });

  it('18-177: whatever the level of the log', async () => {
    await using server = await start(undefined, { args: ['--log-level=error', '--enable-api-logging'] });
    await server.get('/v1.0/secrets/filestore/k1');
    expect(await logLine(server, 'GET /v1.0/secrets/filestore/k1')).toContain('level=info');
  });

  it('has no lines in scope dapr.api, also at debug', async () => {
    await using server = await start(undefined, { args: ['--log-level=debug', '--enable-api-logging'] });
    await server.get('/v1.0/secrets/filestore/zz');
    await server.get('/v1.0/secrets/nostore/zz');
    await logLine(server, 'nostore');
    expect(server.log()).not.toContain('scope=dapr.api ');
  });

  async function logLine(server: { log(): string }, text: string): Promise<string> {
    for (;;) {
      const line = server
        .log()
        .split('\n')
        .slice(0, -1)
        .find((candidate) => candidate.includes(text));
      if (line !== undefined) return line;
      await sleep(10);
    }
  }
});
