import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { SpanExporter as OfficialExporter } from '@opentelemetry/sdk-trace';
import type { FinishedSpan } from '../finished-span.ts';
import { readableSpan } from './readable-span.ts';
import type { ExporterName, SpanExporter } from './span-exporter.ts';

/** One of OpenTelemetry's exporters as one of ours. `attributes` describe the process. */
export function officialExporter(
  name: ExporterName,
  exporter: OfficialExporter,
  attributes: Readonly<Record<string, string>>,
): SpanExporter {
  const resource = resourceFromAttributes(attributes);
  return {
    name,
    export: (spans: readonly FinishedSpan[]) =>
      new Promise<void>((resolve, reject) => {
        // Where a process is instrumented, what an exporter sends must not be traced in turn.
        context.with(suppressTracing(context.active()), () => {
          exporter.export(
            spans.map((span) => readableSpan(span, resource)),
            ({ code, error }) => (code === 0 ? resolve() : reject(error ?? new Error('the spans were not taken'))),
          );
        });
      }),
    close() {
      // A collector that hangs would hold this up; what it still answers concerns nobody.
      exporter.shutdown().catch(() => undefined);
    },
  };
}
