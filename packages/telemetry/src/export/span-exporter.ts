import type { FinishedSpan } from '../finished-span.ts';

export type ExporterName = 'otlp' | 'zipkin' | 'stdout';

/** Delivers spans. */
export interface SpanExporter {
  readonly name: ExporterName;
  /** Fails with an Error when they were not taken. */
  export(spans: readonly FinishedSpan[]): Promise<void>;
  /** Releases everything; nobody waits for it. */
  close(): void;
}
