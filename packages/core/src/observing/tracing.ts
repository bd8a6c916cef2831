/** What a request says of the trace that it belongs to: values of headers as byte strings, `undefined` for absent ones. */
export interface IncomingTrace {
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly baggage: string | undefined;
  /** `grpc-trace-bin`; where it is present, `traceparent` does not count. */
  readonly binary?: Uint8Array | undefined;
}

/** Traces requests; `@coffer/telemetry` makes one. Surfaces know this much of it. */
export interface Tracing {
  /** Whether also a request that says nothing of a trace has one, or an answer that tells of it. */
  readonly tracesAll: boolean;
  /** Starts the span of a request. Answers why the request must be refused: its baggage is none. */
  start(name: string, incoming: IncomingTrace): RequestSpan | TraceProblem;
}

/** In the reference's words: `invalid baggage header: …` */
export interface TraceProblem {
  readonly problem: string;
}

/** One request's span, and what its answer tells of it. */
export interface RequestSpan {
  readonly problem?: undefined;
  /** Whether it is recorded. What costs time, its attributes, is asked for only then. */
  readonly sampled: boolean;
  /** Headers of the answer, `undefined` for none. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** As it came. */
  readonly baggage: string | undefined;
  /** The baggage written anew: spaces dropped, the last of two members of one name. */
  normalisedBaggage(): string | undefined;
  /** `grpc-trace-bin` of the answer; `undefined` for none. */
  binary(): Uint8Array | undefined;
  /** To be called once, also when it is not sampled. `failure` describes why the request failed. */
  end(attributes: () => SpanAttributes, failure?: string): void;
}

/** Empty values are left out. */
export type SpanAttributes = Readonly<Record<string, string>>;
