import type { SpanContext as ApiSpanContext, HrTime, TraceState } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { FinishedSpan } from '../finished-span.ts';
import type { SpanContext } from '../w3c/span-context.ts';

// Of OpenTelemetry's API, which is not loaded for three numbers.
const CLIENT = 2;
const STATUS = { unset: 0, error: 2 } as const;
const SCOPE = { name: 'dapr-diagnostics' };

/** A finished span as OpenTelemetry's exporters take it. */
export function readableSpan(span: FinishedSpan, resource: Resource): ReadableSpan {
  const { context, parentId, startTime, endTime, failure } = span;
  const spanContext = apiContext(context);
  return {
    name: span.name,
    kind: CLIENT,
    spanContext: () => spanContext,
    ...(parentId === undefined ? {} : { parentSpanContext: { ...spanContext, spanId: parentId, isRemote: true } }),
    startTime: hrTime(startTime),
    endTime: hrTime(endTime),
    duration: hrTime(endTime - startTime),
    status: failure === undefined ? { code: STATUS.unset } : { code: STATUS.error, message: failure },
    attributes: span.attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function apiContext({ traceId, spanId, flags, state }: SpanContext): ApiSpanContext {
  return { traceId, spanId, traceFlags: flags, ...(state === '' ? {} : { traceState: traceState(state) }) };
}

/** Only read. */
function traceState(text: string): TraceState {
  const state: TraceState = { get: () => undefined, set: () => state, unset: () => state, serialize: () => text };
  return state;
}

/** Seconds and nanoseconds of milliseconds. */
function hrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
}
