import type { OtlpSettings } from '../settings.ts';
import { officialExporter } from './official-exporter.ts';
import type { SpanExporter } from './span-exporter.ts';

/** Loads OpenTelemetry's exporter for the protocol: OTLP over gRPC, or protobuf over HTTP. */
export async function createOtlpExporter(
  settings: OtlpSettings,
  resource: Readonly<Record<string, string>>,
): Promise<SpanExporter> {
  const { protocol, endpoint, secure, headers, timeout } = settings;
  const url = `${secure ? 'https' : 'http'}://${endpoint}`;
  const timing = timeout === undefined ? {} : { timeoutMillis: timeout };
  if (protocol === 'grpc') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
    const { createEmptyMetadata } = await import('@opentelemetry/otlp-grpc-exporter-base');
    const metadata = createEmptyMetadata();
    for (const [name, value] of headers) metadata.set(name, value);
    return officialExporter('otlp', new OTLPTraceExporter({ url, metadata, ...timing }), resource);
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  const path = endpoint.includes('/') ? '' : '/v1/traces';
  const exporter = new OTLPTraceExporter({ url: `${url}${path}`, headers: Object.fromEntries(headers), ...timing });
  return officialExporter('otlp', exporter, resource);
}
