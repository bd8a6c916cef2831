import { type SpanContext, ZERO_SPAN_ID, ZERO_TRACE_ID } from './span-context.ts';

// Version 0, then fields, each with its number before it: 0 the trace id, 1 the span id, 2 the flags.
const BYTES = 29;

/** The context in `grpc-trace-bin`; `undefined` when it is none. */
export function parseBinaryContext(bytes: Uint8Array): SpanContext | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 27 || buffer[0] !== 0 || buffer[1] !== 0 || buffer[18] !== 1) return undefined;
  const [traceId, spanId] = [buffer.toString('hex', 2, 18), buffer.toString('hex', 19, 27)];
  if (traceId === ZERO_TRACE_ID || spanId === ZERO_SPAN_ID) return undefined;
  const flags = buffer.length >= BYTES && buffer[27] === 2 ? (buffer[28] as number) : 0;
  return { traceId, spanId, flags, state: '' };
}

export function formatBinaryContext({ traceId, spanId, flags }: Omit<SpanContext, 'state'>): Uint8Array {
  const bytes = Buffer.alloc(BYTES);
  bytes.write(traceId, 2, 'hex');
  bytes[18] = 1;
  bytes.write(spanId, 19, 'hex');
  bytes[27] = 2;
  bytes[28] = flags;
  return bytes;
}
