import type { IncomingTrace, SpanAttributes, Tracing } from '@coffer/core';
import { describe, expect, test } from 'vitest';
import { tracing } from '../src/dapr/tracing.ts';
import { GrpcError, StatusCode } from '../src/index.ts';
import { serveMethods, streaming, unary } from './support/engine.ts';

interface Ended {
  readonly name: string;
  readonly incoming: IncomingTrace;
  readonly attributes: SpanAttributes;
  readonly failure: string | undefined;
}

function recordingTracing(tracesAll = true): { readonly given: Tracing; readonly ended: Ended[] } {
  const ended: Ended[] = [];
  const given: Tracing = {
    tracesAll,
    start(name, incoming) {
      if (incoming.baggage === 'bad') return { problem: 'invalid baggage header: bad' };
      return {
        sampled: true,
        traceparent: undefined,
        tracestate: undefined,
        baggage: incoming.baggage,
        normalisedBaggage: () => incoming.baggage?.replaceAll(' ', ''),
        binary: () => new Uint8Array([1, 2, 3]),
        end: (attributes, failure) => void ended.push({ name, incoming, attributes: attributes(), failure }),
      };
    },
  };
  return { given, ended };
}

const METHODS = {
  ok: unary((request) => request),
  fails: unary(() => {
    throw new GrpcError(StatusCode.internal, 'no');
  }),
  streams: streaming(async function* (requests) {
    for await (const request of requests) yield request;
  }),
};

describe('tracing', () => {
  test('the answer tells of the trace, also when the call fails', async () => {
    const { given, ended } = recordingTracing();
    const { connect } = await serveMethods(METHODS, { observers: [tracing(given)] });
    const client = connect();
    const metadata = {
      'grpc-trace-bin': Buffer.from([9, 8]),
      traceparent: 'p',
      tracestate: 's=1',
      baggage: ['a = 1', 'b=2'],
      'dapr-tenant': 'x',
      'dapr-secret-bin': Buffer.from('no'),
      'dapr-api-token': 'hush',
      other: 'y',
    };
    const answered = await client.call('ok', 'hello', { metadata });
    expect(answered).toMatchObject({ code: 0, response: 'hello' });
    expect(answered.headers?.get('grpc-trace-bin')).toEqual([Buffer.from([1, 2, 3])]);
    expect(answered.headers?.get('baggage')).toEqual(['a=1,b=2']);
    const failed = await client.call('fails', '', {});
    expect(failed).toMatchObject({ code: 13, message: 'no' });
    expect(failed.headers?.get('grpc-trace-bin')).toEqual([Buffer.from([1, 2, 3])]);
    expect(ended).toMatchObject([
      {
        name: '/test.Echo/ok',
        incoming: { traceparent: 'p', tracestate: 's=1', baggage: 'a = 1,b=2' },
        attributes: { 'dapr-tenant': 'x', 'dapr.protocol': 'grpc', 'dapr.api': '/test.Echo/ok' },
        failure: undefined,
      },
      { name: '/test.Echo/fails', failure: 'no' },
    ]);
    expect(Buffer.from(ended[0]?.incoming.binary ?? [])).toEqual(Buffer.from([9, 8]));
    expect(Object.keys(ended[0]?.attributes ?? {}).sort()).toEqual(['dapr-tenant', 'dapr.api', 'dapr.protocol']);
    expect(JSON.stringify(ended)).not.toContain('hush');
  });

  test('bad baggage is refused before anybody else hears of the call', async () => {
    const { given, ended } = recordingTracing();
    const seen: string[] = [];
    const other = { started: () => void seen.push('started'), finished: () => void seen.push('finished') };
    const { connect } = await serveMethods(METHODS, {
      observers: [tracing(given), { ...other, started: () => undefined }, other as never],
    });
    const refused = await connect().call('ok', '', { metadata: { baggage: 'bad' } });
    expect(refused).toMatchObject({ code: 3, message: 'invalid baggage header: bad' });
    expect([seen, ended]).toEqual([[], []]);
  });

  test('where not everything is traced, only what says so', async () => {
    const { given, ended } = recordingTracing(false);
    const { connect } = await serveMethods(METHODS, { observers: [tracing(given)] });
    const client = connect();
    const plain = await client.call('ok', '', { metadata: { tracestate: 's=1' } });
    expect(plain.headers?.get('grpc-trace-bin')).toEqual([]);
    expect(ended).toEqual([]);
    for (const metadata of [{ traceparent: 'p' }, { baggage: 'a=1' }, { 'grpc-trace-bin': Buffer.from([1]) }]) {
      await client.call('ok', '', { metadata });
    }
    expect(ended).toHaveLength(3);
  });
});
