import type { RequestSpan, Tracing } from '@coffer/core';
import { describe, expect, it } from 'vitest';
import type { FinishedSpan } from './finished-span.ts';
import { createRequestTracing, type RequestTracingOptions } from './request-tracing.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const nothing = { traceparent: undefined, tracestate: undefined, baggage: undefined };

function tracingOf(options: Partial<RequestTracingOptions>): { readonly tracing: Tracing; readonly spans: FinishedSpan[] } {
  const spans: FinishedSpan[] = [];
  const sink = (span: FinishedSpan) => void spans.push(span);
  const standard = { createsSpans: true, sample: () => true, sink, tellsEmptyContext: false };
  return { tracing: createRequestTracing({ ...standard, ...options }), spans };
}

function started(tracing: Tracing, incoming: object): RequestSpan {
  const span = tracing.start('/name', { ...nothing, ...incoming });
  if (span.problem !== undefined) throw new Error(span.problem);
  return span;
}

describe('without spans of our own', () => {
  it('hands back the context that came, and tells of none when none came', () => {
    const { tracing, spans } = tracingOf({ createsSpans: false });
    expect(tracing.tracesAll).toBe(false);
    const span = started(tracing, { traceparent: PARENT, tracestate: 'a=b' });
    expect([span.traceparent, span.tracestate, span.sampled]).toEqual([PARENT, 'a=b', false]);
    span.end(() => ({}));
    expect(spans).toEqual([]);
    const none = started(tracing, { traceparent: 'x', tracestate: 'a=b' });
    expect([none.traceparent, none.tracestate, none.binary()]).toEqual([undefined, undefined, undefined]);
  });

  it('tells of an empty context where the dialect asks for it', () => {
    const { tracing } = tracingOf({ createsSpans: false, tellsEmptyContext: true });
    expect(tracing.tracesAll).toBe(true);
    const span = started(tracing, {});
    expect(span.traceparent).toBe(`00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`);
    expect(Buffer.from(span.binary() ?? []).toString('hex')).toBe(`0000${'0'.repeat(32)}01${'0'.repeat(16)}0200`);
  });

  it('lets the binary context win, also when it is none', () => {
    const { tracing } = tracingOf({ createsSpans: false });
    expect(started(tracing, { traceparent: PARENT, binary: new Uint8Array(3) }).traceparent).toBeUndefined();
  });
});

describe('with spans', () => {
  it('begins a span of the trace that came, as sampled as that', () => {
    const { tracing, spans } = tracingOf({ sample: () => false });
    for (const [flags, sampled] of [
      ['01', true],
      ['00', false],
      ['03', true],
      ['02', false],
    ] as const) {
      const span = started(tracing, { traceparent: `00-${TRACE}-b7ad6b7169203331-${flags}` });
      expect(span.sampled).toBe(sampled);
      expect(span.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!b7ad6b7169203331)[0-9a-f]{16}-${flags}$`));
      span.end(() => ({ a: flags }));
    }
    expect(spans.map(({ attributes, parentId }) => [attributes.a, parentId])).toEqual([
      ['01', 'b7ad6b7169203331'],
      ['03', 'b7ad6b7169203331'],
    ]);
  });

  it('begins a trace where none came, sampled or not by its id', () => {
    const asked: string[] = [];
    const { tracing } = tracingOf({ sample: (traceId) => asked.push(traceId) % 2 === 1 });
    const [first, second] = [started(tracing, {}), started(tracing, { traceparent: 'x' })];
    expect(first.traceparent).toBe(`00-${asked[0]}-${first.traceparent?.slice(36, 52)}-01`);
    expect(second.traceparent?.endsWith('-00')).toBe(true);
    expect(asked[0]).not.toBe(asked[1]);
  });

  it('records times, name and failure, and asks for attributes only when somebody looks', () => {
    const { tracing, spans } = tracingOf({});
    const span = started(tracing, { traceparent: PARENT, tracestate: 'a=b' });
    span.end(() => ({ k: 'v' }), 'Code(500): Internal Server Error');
    const [recorded] = spans;
    expect(recorded).toMatchObject({ name: '/name', attributes: { k: 'v' }, failure: 'Code(500): Internal Server Error' });
    expect(recorded?.context).toMatchObject({ traceId: TRACE, flags: 1, state: 'a=b' });
    expect(recorded?.endTime).toBeGreaterThanOrEqual(recorded?.startTime ?? Number.POSITIVE_INFINITY);
    expect(Math.abs((recorded?.endTime ?? 0) - Date.now())).toBeLessThan(60_000);
    const nobody = tracingOf({ sink: undefined });
    started(nobody.tracing, { traceparent: PARENT }).end(() => {
      throw new Error('asked for attributes');
    });
  });
});

describe('baggage', () => {
  it('comes back as it came, and written anew where asked', () => {
    const span = started(tracingOf({}).tracing, { baggage: ' a = b;p=1' });
    expect([span.baggage, span.normalisedBaggage()]).toEqual([' a = b;p=1', 'a=b;p=1']);
    const empty = started(tracingOf({}).tracing, { baggage: '' });
    expect([empty.baggage, empty.normalisedBaggage()]).toEqual([undefined, undefined]);
  });

  it('is refused in words', () => {
    const refused = tracingOf({}).tracing.start('/name', { ...nothing, baggage: '===' });
    expect(refused).toEqual({ problem: 'invalid baggage header: invalid key: ""' });
  });
});
