export type { ExporterName, SpanExporter } from './export/span-exporter.ts';
export type { SpanObserver, SpanResult } from './export/span-queue.ts';
export type { FinishedSpan } from './finished-span.ts';
export { type OtlpSettings, type TracingSettings, tracingSettingsOf } from './settings.ts';
export { type ActiveTracing, startTracing, type TracingOptions } from './start-tracing.ts';
export type { SpanContext } from './w3c/span-context.ts';
