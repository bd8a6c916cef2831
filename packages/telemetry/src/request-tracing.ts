import type { IncomingTrace, RequestSpan, SpanAttributes, TraceProblem, Tracing } from '@coffer/core';
import type { SpanSink } from './finished-span.ts';
import { randomId } from './ids.ts';
import { type Baggage, parseBaggage } from './w3c/baggage.ts';
import { formatBinaryContext, parseBinaryContext } from './w3c/binary-context.ts';
import { SAMPLED, type SpanContext, ZERO_SPAN_ID, ZERO_TRACE_ID } from './w3c/span-context.ts';
import { formatTraceparent, parseTraceparent } from './w3c/traceparent.ts';

const LONGEST_STATE = 512;
const EMPTY_CONTEXT: SpanContext = { traceId: ZERO_TRACE_ID, spanId: ZERO_SPAN_ID, flags: 0, state: '' };

export interface RequestTracingOptions {
  /** Whether requests get spans of their own; otherwise the context that they bring is handed back. */
  readonly createsSpans: boolean;
  /** Whether the first span of a trace is sampled. */
  readonly sample: (traceId: string) => boolean;
  /** Where sampled spans go; `undefined`: nobody looks at them. */
  readonly sink: SpanSink | undefined;
  /** Whether an answer tells of a context with all-zero ids when there is none. */
  readonly tellsEmptyContext: boolean;
}

/** The part of tracing that runs for every request. */
export function createRequestTracing(options: RequestTracingOptions): Tracing {
  const { createsSpans, tellsEmptyContext } = options;
  return {
    tracesAll: createsSpans || tellsEmptyContext,
    start(name: string, incoming: IncomingTrace): RequestSpan | TraceProblem {
      const baggage = incoming.baggage ? parseBaggage(incoming.baggage) : undefined;
      if (baggage?.problem !== undefined) return { problem: `invalid baggage header: ${baggage.problem}` };
      const parent =
        incoming.binary === undefined
          ? parseTraceparent(incoming.traceparent, incoming.tracestate)
          : parseBinaryContext(incoming.binary);
      const context = createsSpans
        ? childOf(parent, options.sample)
        : (parent ?? (tellsEmptyContext ? EMPTY_CONTEXT : undefined));
      const sink = createsSpans && context !== undefined && (context.flags & SAMPLED) !== 0 ? options.sink : undefined;
      return new Span(name, context, parent, incoming.baggage || undefined, baggage, sink);
    },
  };
}

/** A new span: of the caller's trace and as sampled as that, else of a trace of its own. */
function childOf(parent: SpanContext | undefined, sample: (traceId: string) => boolean): SpanContext {
  const traceId = parent?.traceId ?? randomId(16);
  const sampled = parent === undefined ? sample(traceId) : (parent.flags & SAMPLED) !== 0;
  const others = (parent?.flags ?? 0) & ~SAMPLED;
  return { traceId, spanId: randomId(8), flags: sampled ? others | SAMPLED : others, state: parent?.state ?? '' };
}

class Span implements RequestSpan {
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly baggage: string | undefined;
  readonly #name: string;
  readonly #context: SpanContext | undefined;
  readonly #parent: SpanContext | undefined;
  readonly #parsedBaggage: Baggage | undefined;
  readonly #sink: SpanSink | undefined;
  readonly #startTime: number;

  constructor(
    name: string,
    context: SpanContext | undefined,
    parent: SpanContext | undefined,
    baggage: string | undefined,
    parsedBaggage: Baggage | undefined,
    sink: SpanSink | undefined,
  ) {
    const state = context?.state ?? '';
    this.traceparent = context && formatTraceparent(context);
    this.tracestate = state === '' || state.length > LONGEST_STATE ? undefined : state;
    this.baggage = baggage;
    this.#name = name;
    this.#context = context;
    this.#parent = parent;
    this.#parsedBaggage = parsedBaggage;
    this.#sink = sink;
    this.#startTime = sink === undefined ? 0 : now();
  }

  get sampled(): boolean {
    return this.#sink !== undefined;
  }

  normalisedBaggage(): string | undefined {
    const members = this.#parsedBaggage?.members;
    return members === undefined || members.size === 0 ? undefined : [...members.values()].join(',');
  }

  binary(): Uint8Array | undefined {
    return this.#context && formatBinaryContext(this.#context);
  }

  end(attributes: () => SpanAttributes, failure?: string): void {
    if (this.#sink === undefined || this.#context === undefined) return;
    this.#sink({
      name: this.#name,
      context: this.#context,
      parentId: this.#parent?.spanId,
      startTime: this.#startTime,
      endTime: now(),
      attributes: attributes(),
      failure,
    });
  }
}

/** The clock of the process: it only goes forward, so that no span ends before it starts. */
const now = (): number => performance.timeOrigin + performance.now();
