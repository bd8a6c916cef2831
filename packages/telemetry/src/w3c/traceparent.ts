import { hexByte, type SpanContext, ZERO_SPAN_ID, ZERO_TRACE_ID } from './span-context.ts';
import { parseTracestate } from './tracestate.ts';

// Version, ids, flags (later versions may have more than a byte of them) and, in later versions, more.
const TRACEPARENT = /^([\da-fA-F]{2})-([\da-f]{32})-([\da-f]{16})-([\da-fA-F]{2})(?:[\da-fA-F]{2})*(-.*)?$/s;

/** The context in `traceparent`, with what of `tracestate` is valid; `undefined` when the first is none. */
export function parseTraceparent(traceparent: string | undefined, tracestate: string | undefined): SpanContext | undefined {
  if (traceparent === undefined || traceparent === '') return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === '' || traceId === ZERO_TRACE_ID || spanId === ZERO_SPAN_ID) return undefined;
  const number = Number.parseInt(version, 16);
  if (number === 0xff || (number === 0 && more !== undefined)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state: parseTracestate(tracestate) };
}

/** Version 00, whatever the version was that came. */
export function formatTraceparent({ traceId, spanId, flags }: Omit<SpanContext, 'state'>): string {
  return `00-${traceId}-${spanId}-${hexByte(flags)}`;
}
