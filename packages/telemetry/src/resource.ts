import type { Environment } from './settings.ts';

/** Attributes that describe the process: its application's id, unless OpenTelemetry's standard variables say otherwise. */
export function resourceAttributes(appId: string, environment: Environment): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = { 'service.name': appId };
  for (const pair of (environment.OTEL_RESOURCE_ATTRIBUTES ?? '').split(',')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    if (equals < 0 || name === '') continue;
    const value = pair.slice(equals + 1).trim();
    attributes[name] = /%(?![\da-fA-F]{2})/.test(value) ? value : decoded(value);
  }
  if (environment.OTEL_SERVICE_NAME) attributes['service.name'] = environment.OTEL_SERVICE_NAME;
  return attributes;
}

/** Bytes that are not UTF-8 become U+FFFD. */
function decoded(value: string): string {
  const bytes = Buffer.from(value, 'utf8').toString('latin1');
  return Buffer.from(
    bytes.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
}
