import type { LoggerFor, Tracing } from '@coffer/core';
import { createLogExporter } from './export/log-exporter.ts';
import type { SpanExporter } from './export/span-exporter.ts';
import { type SpanObserver, SpanQueue } from './export/span-queue.ts';
import type { SpanSink } from './finished-span.ts';
import { createRequestTracing } from './request-tracing.ts';
import { resourceAttributes } from './resource.ts';
import { parseSamplingRate, ratioSampler, samplerDescription } from './sampler.ts';
import { type Environment, type TracingSettings, tracingSettingsOf } from './settings.ts';

export interface TracingOptions {
  readonly appId: string;
  /** `spec.tracing` of the Configuration: `coffer.configuration.tracing`. */
  readonly tracing: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  readonly loggerFor: LoggerFor;
  /** `dialect.tracing` */
  readonly dialect: { readonly emptyContext: 'absent' | 'zeros' };
  /** Told what became of spans. */
  readonly observer?: SpanObserver | undefined;
}

export interface ActiveTracing {
  /** What the surfaces are given; `undefined` with `samplingRate: "0"`: they neither trace nor look at the headers then. */
  readonly requests: Tracing | undefined;
  /** Sends the spans that wait, for at most so many milliseconds, and releases the exporters. Never fails. */
  close(milliseconds: number): Promise<void>;
}

/**
 * Tracing as the Configuration and the environment ask for it. Exporters are loaded here, and only those that are
 * configured. Fails with an Error in the reference's words.
 */
export async function startTracing(options: TracingOptions): Promise<ActiveTracing> {
  const { loggerFor, dialect, observer } = options;
  const settings = tracingSettingsOf(options.tracing, options.environment);
  const rate = parseSamplingRate(settings.samplingRate);
  const exporters = await createExporters(settings, options);
  const logger = loggerFor('dapr.runtime.trace');
  loggerFor('dapr.runtime').info(`Dapr trace sampler initialized: ${samplerDescription(rate)}`);
  const queues = exporters.map((exporter) => new SpanQueue({ exporter, logger, observer }));
  const requests = createRequestTracing({
    createsSpans: queues.length > 0 || settings.samplingRate !== '',
    sample: ratioSampler(rate),
    sink: queues.length === 0 ? undefined : sinkOf(queues),
    tellsEmptyContext: dialect.emptyContext === 'zeros',
  });
  return {
    requests: rate === 0 ? undefined : requests,
    close: async (milliseconds) => {
      await Promise.all(queues.map((queue) => queue.close(milliseconds)));
    },
  };
}

function sinkOf(queues: readonly SpanQueue[]): SpanSink {
  return (span) => {
    for (const queue of queues) queue.push(span);
  };
}

async function createExporters(settings: TracingSettings, options: TracingOptions): Promise<readonly SpanExporter[]> {
  const exporters: SpanExporter[] = [];
  if (settings.stdout) exporters.push(createLogExporter(options.loggerFor('dapr.runtime.trace')));
  if (settings.zipkin === '' && settings.otlp === undefined) return exporters;
  const resource = resourceAttributes(options.appId, options.environment);
  try {
    if (settings.zipkin !== '') {
      const { createZipkinExporter } = await import('./export/zipkin-exporter.ts');
      exporters.push(await createZipkinExporter(settings.zipkin, resource));
    }
    if (settings.otlp !== undefined) {
      const { createOtlpExporter } = await import('./export/otlp-exporter.ts');
      exporters.push(await createOtlpExporter(settings.otlp, resource));
    }
  } catch (cause) {
    throw new Error(`failed to setup tracing: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return exporters;
}
