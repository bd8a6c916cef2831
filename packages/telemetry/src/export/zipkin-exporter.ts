import { officialExporter } from './official-exporter.ts';
import type { SpanExporter } from './span-exporter.ts';

/** Loads OpenTelemetry's exporter for Zipkin. Fails with an Error for a URL that is none. */
export async function createZipkinExporter(url: string, resource: Readonly<Record<string, string>>): Promise<SpanExporter> {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new Error(`invalid collector URL ${JSON.stringify(url)}: an address such as http://host:9411/api/v2/spans is needed`);
  }
  const { ZipkinExporter } = await import('@opentelemetry/exporter-zipkin');
  return officialExporter('zipkin', new ZipkinExporter({ url }), resource);
}
