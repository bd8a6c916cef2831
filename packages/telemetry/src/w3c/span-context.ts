/** What identifies a span across processes. */
export interface SpanContext {
  /** 32 hexadecimal digits in lower case, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits in lower case, not all zero. */
  readonly spanId: string;
  /** One byte; bit 0: sampled. */
  readonly flags: number;
  /** `tracestate`, checked and written anew; empty without one. */
  readonly state: string;
}

export const SAMPLED = 1;
export const ZERO_TRACE_ID: string = '0'.repeat(32);
export const ZERO_SPAN_ID: string = '0'.repeat(16);

export const hexByte = (value: number): string => value.toString(16).padStart(2, '0');
