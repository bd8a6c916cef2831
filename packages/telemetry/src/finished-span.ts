import type { SpanAttributes } from '@coffer/core';
import type { SpanContext } from './w3c/span-context.ts';

/** A span that has ended and is recorded. Its kind is client: the reference takes an API call for one of the application's. */
export interface FinishedSpan {
  readonly name: string;
  readonly context: SpanContext;
  /** Span id of the caller's span; `undefined` for the first of a trace. */
  readonly parentId: string | undefined;
  /** Milliseconds since the epoch, with fractions. */
  readonly startTime: number;
  readonly endTime: number;
  readonly attributes: SpanAttributes;
  /** Why the request failed; `undefined` when it did not. */
  readonly failure: string | undefined;
}

/** Takes finished spans; must not throw, and not wait. */
export type SpanSink = (span: FinishedSpan) => void;
