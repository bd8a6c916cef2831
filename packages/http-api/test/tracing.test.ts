import type { IncomingTrace, SpanAttributes, Tracing } from '@coffer/core';
import { describe, expect, test } from 'vitest';
import type { AnsweredRequest } from '../src/index.ts';
import { serve } from './serve.ts';

interface Ended {
  readonly name: string;
  readonly incoming: IncomingTrace;
  readonly attributes: SpanAttributes;
  readonly failure: string | undefined;
}

/** Traces what it is given, and refuses the baggage `bad`. */
function recordingTracing(tracesAll = true): { readonly tracing: Tracing; readonly ended: Ended[] } {
  const ended: Ended[] = [];
  const tracing: Tracing = {
    tracesAll,
    start(name, incoming) {
      if (incoming.baggage === 'bad') return { problem: 'invalid baggage header: bad' };
      return {
        sampled: true,
        traceparent: '00-aa-bb-01',
        tracestate: incoming.tracestate,
        baggage: incoming.baggage,
        normalisedBaggage: () => undefined,
        binary: () => undefined,
        end: (attributes, failure) => void ended.push({ name, incoming, attributes: attributes(), failure }),
      };
    },
  };
  return { tracing, ended };
}

describe('tracing', () => {
  test('the answer tells of the trace, and the span of the request', async () => {
    const { tracing, ended } = recordingTracing();
    const { url, port } = await serve({ tracing, token: 't' });
    const headers = {
      traceparent: 'p',
      tracestate: 's=1',
      baggage: 'a=b',
      'dapr-api-token': 't',
      'dapr-tenant': 'x',
    };
    const response = await fetch(`${url}/v1.0/secrets/memory/k%31?metadata.v=1`, { headers });
    expect(response.status).toBe(200);
    const { traceparent, tracestate, baggage } = Object.fromEntries(response.headers);
    expect({ traceparent, tracestate, baggage }).toEqual({ traceparent: '00-aa-bb-01', tracestate: 's=1', baggage: 'a=b' });
    expect(ended).toEqual([
      {
        name: '/v1.0/secrets/memory/k1',
        incoming: { traceparent: 'p', tracestate: 's=1', baggage: 'a=b' },
        failure: undefined,
        attributes: {
          'dapr-tenant': 'x',
          'db.system': 'secrets',
          'db.connection_string': 'secrets',
          'db.statement': 'GET /v1.0/secrets/memory/k1',
          'db.name': 'memory',
          'dapr.protocol': 'http',
          'dapr.api': 'GET /v1.0/secrets/memory/k1',
          'dapr.status_code': '200',
          'http.request.method': 'GET',
          'url.full': '/v1.0/secrets/memory/k%31?metadata.v=1',
          'server.address': '127.0.0.1',
          'server.port': expect.stringMatching(/^\d+$/),
        },
      },
    ]);
    expect(ended[0]?.attributes['server.port']).not.toBe(String(port));
  });

  test('failures, routes that express answers, and requests without a token', async () => {
    const { tracing, ended } = recordingTracing();
    const { url } = await serve({ tracing, token: 't' });
    const headers = { 'dapr-api-token': 't' };
    await fetch(`${url}/v1.0/secrets/memory/zz`, { headers });
    await fetch(`${url}/v1.0/metadata?x=1`, { headers });
    await fetch(`${url}/nope`, { headers });
    await fetch(`${url}/v1.0/secrets/memory/k1`, { headers: { 'dapr-api-token': 'wrong-token' } });
    expect(ended.map(({ name, failure, attributes }) => [name, failure, attributes['db.name'], attributes['url.full']])).toEqual([
      ['/v1.0/secrets/memory/zz', 'Code(500): Internal Server Error', 'memory', '/v1.0/secrets/memory/zz'],
      ['/v1.0/metadata', undefined, undefined, '/v1.0/metadata?x=1'],
      ['/nope', 'Code(404): Not Found', undefined, '/nope'],
      ['/v1.0/secrets/memory/k1', 'Code(401): Unauthorized', undefined, '/v1.0/secrets/memory/k1'],
    ]);
    expect(JSON.stringify(ended)).not.toContain('wrong-token');
    expect(ended.some(({ attributes }) => 'dapr-api-token' in attributes)).toBe(false);
  });

  test('bad baggage is refused before token, CORS and observer', async () => {
    const { tracing, ended } = recordingTracing();
    const seen: AnsweredRequest[] = [];
    const observer = { answered: (request: AnsweredRequest) => void seen.push(request) };
    const { url } = await serve({ tracing, observer, token: 't', allowedOrigins: '*' });
    const response = await fetch(`${url}/nope`, { headers: { baggage: 'bad', origin: 'http://a' } });
    expect([response.status, await response.text(), response.headers.get('vary')]).toEqual([
      400,
      'invalid baggage header: bad\n',
      null,
    ]);
    expect([seen, ended]).toEqual([[], []]);
  });

  test('probes, and whatever else has /healthz in its path, are not traced', async () => {
    const { tracing, ended } = recordingTracing();
    const { url } = await serve({ tracing });
    for (const path of ['/v1.0/healthz', '/v1.0/healthz/outbound', '/v1.0/secrets/memory/healthz']) {
      const response = await fetch(`${url}${path}`, { headers: { traceparent: 'p', baggage: 'bad' } });
      expect(response.headers.get('traceparent')).toBeNull();
    }
    expect(ended).toEqual([]);
  });

  test('where not everything is traced, only what says so', async () => {
    const { tracing, ended } = recordingTracing(false);
    const { url } = await serve({ tracing });
    await fetch(`${url}/v1.0/secrets/memory/k1`);
    await fetch(`${url}/v1.0/secrets/memory/k1`, { headers: { tracestate: 's=1' } });
    expect(ended).toEqual([]);
    await fetch(`${url}/v1.0/secrets/memory/k1`, { headers: { traceparent: 'p' } });
    await fetch(`${url}/v1.0/secrets/memory/k1`, { headers: { baggage: 'a=b' } });
    expect(ended).toHaveLength(2);
  });

  test.each(['strict', 'lenient'] as const)(
    'of repeated headers the first counts, of baggage all, read by the %s parser',
    async (parser) => {
      const { tracing, ended } = recordingTracing();
      const { connect } = await serve({ tracing, parser });
      const client = await connect();
      client.send(
        'GET /v1.0/secrets/memory/k1 HTTP/1.1\r\nHost: localhost\r\n' +
          'Traceparent: first\r\nTraceparent: second\r\nBaggage: a=1, b=2\r\nbaggage: c=3\r\nDapr-X: one\r\nDAPR-X: \xc3\xbc\r\n\r\n',
      );
      await client.answer();
      expect(ended[0]?.incoming).toMatchObject({ traceparent: 'first', baggage: 'a=1, b=2,c=3' });
      expect(ended[0]?.attributes['dapr-x']).toBe('\u00fc');
    },
  );

  test('the public port is traced, too', async () => {
    const { tracing, ended } = recordingTracing();
    const { url } = await serve({ tracing, public: true });
    await fetch(`${url}/v1.0/metadata`);
    expect(ended.map(({ name }) => name)).toEqual(['/v1.0/metadata']);
  });
});
