import { parseGoDuration } from '@coffer/core/driver';

/** `spec.tracing` of the Configuration, completed from the environment. */
export interface TracingSettings {
  /** As written; empty when it is not set. */
  readonly samplingRate: string;
  readonly stdout: boolean;
  /** URL; empty for none. */
  readonly zipkin: string;
  /** `undefined` unless both endpoint and protocol are known. */
  readonly otlp: OtlpSettings | undefined;
}

export interface OtlpSettings {
  readonly protocol: 'grpc' | 'http';
  /** `host:port`, and for HTTP perhaps a path in place of `/v1/traces`. */
  readonly endpoint: string;
  readonly secure: boolean;
  readonly headers: readonly (readonly [string, string])[];
  /** Milliseconds of one attempt and its repetitions; `undefined`: 10 seconds. */
  readonly timeout: number | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The types of the members have been checked. Fails with an Error in the reference's words. */
export function tracingSettingsOf(tracing: Readonly<Record<string, unknown>>, environment: Environment): TracingSettings {
  const otel = recordOf(tracing.otel);
  const given = fromConfiguration(otel);
  const variables = given.endpoint === '' ? fromEnvironment(environment) : undefined;
  const { endpoint, protocol, secure, headers, timeout } = variables === undefined ? given : merged(given, variables);
  const samplingRate = textOf(tracing.samplingRate);
  return {
    samplingRate: samplingRate === '' && variables !== undefined && variables.endpoint !== '' ? '1' : samplingRate,
    stdout: tracing.stdout === true,
    zipkin: textOf(recordOf(tracing.zipkin).endpointAddress),
    otlp: endpoint === '' || protocol === '' ? undefined : { protocol: protocolOf(protocol), endpoint, secure, headers, timeout },
  };
}

interface GivenOtlp {
  readonly endpoint: string;
  readonly protocol: string;
  readonly secure: boolean;
  readonly headers: readonly (readonly [string, string])[];
  readonly timeout: number | undefined;
}

function fromConfiguration(otel: Readonly<Record<string, unknown>>): GivenOtlp {
  const headers = (Array.isArray(otel.headers) ? otel.headers : []).map(String).filter((header) => header.includes('='));
  const timeout = parseGoDuration(textOf(otel.timeout));
  return {
    endpoint: textOf(otel.endpointAddress),
    protocol: textOf(otel.protocol),
    secure: otel.isSecure !== false,
    headers: headers.map(pairOf),
    timeout: timeout === undefined || timeout <= 0 ? undefined : timeout,
  };
}

/** Without an endpoint in the Configuration, the standard variables of OpenTelemetry; those for traces win. */
function fromEnvironment(environment: Environment): GivenOtlp {
  const variable = (name: string): string =>
    environment[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || environment[`OTEL_EXPORTER_OTLP_${name}`] || '';
  const address = variable('ENDPOINT');
  return {
    endpoint: address.replace(/^http:\/\//, '').replace(/^https:\/\//, ''),
    protocol: variable('PROTOCOL').startsWith('http') ? 'http' : 'grpc',
    secure: environment.OTEL_EXPORTER_OTLP_INSECURE !== 'true' && !address.startsWith('http://'),
    headers: headersOf(variable('HEADERS')),
    timeout: millisecondsOf(variable('TIMEOUT')),
  };
}

function merged(given: GivenOtlp, variables: GivenOtlp): GivenOtlp {
  const { endpoint, protocol } = variables.endpoint === '' ? given : variables;
  return {
    endpoint,
    protocol,
    secure: given.secure && variables.secure,
    headers: [...given.headers, ...variables.headers],
    timeout: variables.timeout ?? given.timeout,
  };
}

function protocolOf(protocol: string): 'grpc' | 'http' {
  if (protocol === 'grpc' || protocol === 'http') return protocol;
  throw new Error(`failed to setup tracing: invalid protocol ${protocol} provided for Otel endpoint`);
}

const fromEnvironmentError = (reason: string): Error => new Error(`error setting tracing spec from env: ${reason}`);
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

/** `k=v,k2=v2`; values may be percent-encoded. */
function headersOf(text: string): readonly (readonly [string, string])[] {
  if (text === '') return [];
  return text.split(',').map((header) => {
    if (!header.includes('=')) throw fromEnvironmentError(`missing '=' parse headers input${header}`);
    const [name, value] = pairOf(header);
    if (!HEADER_NAME.test(name.trim())) throw fromEnvironmentError(`invalid header key${name.trim()}`);
    return [name.trim(), decoded(value).trim()] as const;
  });
}

/** The text of the value is left out: it may be a credential. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw fromEnvironmentError('invalid URL escape in the value of a header');
  }
}

function millisecondsOf(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^[-+]?\d+$/.test(text)) throw fromEnvironmentError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text) > 0 ? Number(text) : undefined;
}

function pairOf(header: string): readonly [string, string] {
  const equals = header.indexOf('=');
  return [header.slice(0, equals), header.slice(equals + 1)];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
