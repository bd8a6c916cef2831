import { cofferDialect, type Dialect, strictDialect } from '@coffer/core';
import { formatGoDuration } from '@coffer/core/internal';
import type { AppConnection } from '@coffer/http-api';
import { FLAGS } from './flag-table.ts';
import type { ParsedFlags } from './parse-flags.ts';
import { parseByteQuantity } from './quantity.ts';

/** A value that parses and makes no sense. Logged as fatal with this message; exit code 1. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How to log: known before anything else, so that every other mistake can be logged. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly json: boolean;
  readonly file: string;
  readonly appId: string;
}

export interface ServerOptions {
  readonly appId: string;
  readonly mode: 'standalone' | 'kubernetes';
  /** Kubernetes mode without the store that is there by itself. */
  readonly disableBuiltInStore: boolean;
  readonly dialect: Dialect;
  readonly trustedHosts: readonly string[];
  /** Folders of package.json files whose declared dependencies may be drivers. */
  readonly driverPaths: readonly string[];
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly listenAddresses: readonly string[];
  readonly publicPort: number | undefined;
  readonly publicListenAddress: string;
  readonly socketDirectory: string;
  readonly allowedOrigins: string;
  /** Bytes; 0: no limit. */
  readonly maxBodySize: number;
  /** Bytes. */
  readonly readBufferSize: number;
  readonly resourcesPaths: readonly string[];
  readonly configurationFiles: readonly string[];
  /** Milliseconds after which resources are read again without an event. */
  readonly reconcileInterval: number;
  /** Undefined: as the Configuration says. */
  readonly apiLogging: boolean | undefined;
  readonly metricsPort: number | undefined;
  readonly metricsListenAddress: string;
  readonly profilePort: number;
  readonly app: {
    readonly port: number;
    readonly protocol: string;
    readonly channelAddress: string;
    readonly maxConcurrency: number;
    /** For the metadata API: the application is not probed. Undefined: no health check was asked for. */
    readonly health: AppConnection['health'];
  };
  /** Milliseconds; 0: no limit. */
  readonly gracefulShutdown: number;
  /** Milliseconds. */
  readonly blockShutdown: number | undefined;
  /** Flags of building blocks that Coffer does not have and that were given a value of their own. */
  readonly inertFlags: readonly string[];
}

/** Fails with `OptionError`. */
export function logOptionsOf(flags: ParsedFlags): LogOptions {
  const level = flags.text('log-level').toLowerCase();
  if (!LOG_LEVELS.some((known) => known === level))
    throw new OptionError(`invalid value for --log-level: ${flags.text('log-level')}`);
  return { level: level as LogLevel, json: flags.flag('log-as-json'), file: flags.text('log-file'), appId: flags.text('app-id') };
}

const APP_PROTOCOLS = ['http', 'https', 'h2c', 'grpc', 'grpcs'];
/** What `--app-ssl` makes of a protocol. */
const WITH_TLS: Readonly<Record<string, string>> = { http: 'https', grpc: 'grpcs' };
const DEFAULT_BODY_SIZE = 4 * 2 ** 20;
const RECONCILE_MILLISECONDS = 60_000;

/** Fails with `OptionError`, in the reference's words and order. */
export function serverOptionsOf(flags: ParsedFlags): ServerOptions {
  const fatal = (message: string): OptionError => new OptionError(`Fatal error from runtime: ${message}`);
  const maxBodySize = bodySizeOf(flags);
  const readBufferSize = flags.isGiven('read-buffer-size')
    ? sizeOf(flags, 'read-buffer-size')
    : flags.integer('dapr-http-read-buffer-size') * 1024;
  if (flags.duration('actors-disseminate-timeout') <= 0) {
    const given = flags.text('actors-disseminate-timeout');
    throw new OptionError(
      `Failed to parse flags: invalid value for 'actors-disseminate-timeout' option: must be positive, got ${given}`,
    );
  }
  const dialect = flags.flag('strict-dapr') ? strictDialect : cofferDialect;
  const appId = flags.text('app-id');
  if (appId === '') throw fatal('parameter app-id cannot be empty');
  if (appId.includes('.')) throw fatal('parameter app-id cannot contain dots');
  const mode = flags.text('mode');
  if (mode !== 'standalone' && mode !== 'kubernetes') throw fatal(`invalid mode: ${mode}`);
  for (const endpoint of flags.list('disable-init-endpoints')) {
    if (endpoint !== 'config' && endpoint !== 'subscribe') throw fatal(`invalid value for 'disable-init-endpoints': ${endpoint}`);
  }

  const httpPort = portOf(flags, 'dapr-http-port', 'error parsing dapr-http-port flag');
  const grpcPort = portOf(flags, 'dapr-grpc-port', 'error parsing dapr-grpc-port flag');
  const profilePort = portOf(flags, 'profile-port', 'error parsing profile-port flag');
  if (flags.text('dapr-internal-grpc-port') !== '')
    portOf(flags, 'dapr-internal-grpc-port', 'error parsing dapr-internal-grpc-port');
  const publicPort =
    flags.text('dapr-public-port') === '' ? undefined : portOf(flags, 'dapr-public-port', 'error parsing dapr-public-port');
  const appPort = flags.text('app-port') === '' ? 0 : portOf(flags, 'app-port', 'error parsing app-port');
  if (appPort === httpPort) throw fatal(`the 'dapr-http-port' argument value ${httpPort} conflicts with 'app-port'`);
  if (appPort === grpcPort) throw fatal(`the 'dapr-grpc-port' argument value ${grpcPort} conflicts with 'app-port'`);
  const protocol = flags.text('app-protocol').toLowerCase();
  if (!APP_PROTOCOLS.includes(protocol)) throw fatal(`invalid value for 'app-protocol': ${flags.text('app-protocol')}`);
  const interval = flags.integer('app-health-probe-interval');
  if (flags.integer('app-health-probe-timeout') > (interval > 0 ? interval : 5) * 1000) {
    throw fatal("value for 'health-probe-timeout' must be smaller than 'health-probe-interval'");
  }
  const metricsPort = portOf(flags, 'metrics-port', 'failed to parse metrics port');

  const addresses = flags.text('dapr-listen-addresses');
  const metricsAddress = flags.isGiven('metrics-listen-address') ? '' : dialect.listen.defaultAddress;
  const reconcileInterval = flags.duration('hot-reload-reconcile-interval');
  const seconds = flags.integer('dapr-graceful-shutdown-seconds');
  const paths = flags.list('resources-path');
  const legacyPath = flags.text('components-path');
  return {
    appId,
    mode,
    disableBuiltInStore: flags.flag('disable-builtin-k8s-secret-store'),
    dialect,
    trustedHosts: flags.list('trusted-hosts'),
    driverPaths: flags.list('driver-path'),
    httpPort,
    grpcPort,
    listenAddresses: (addresses === '' ? [dialect.listen.defaultAddress] : addresses.split(',')).map((address) => address.trim()),
    publicPort,
    publicListenAddress: flags.text('dapr-public-listen-address') || dialect.listen.defaultAddress,
    socketDirectory: flags.text('unix-domain-socket'),
    allowedOrigins: flags.text('allowed-origins'),
    maxBodySize,
    readBufferSize,
    resourcesPaths: paths.length > 0 ? paths : legacyPath === '' ? [] : [legacyPath],
    configurationFiles: flags.list('config'),
    reconcileInterval: reconcileInterval > 0 ? reconcileInterval : RECONCILE_MILLISECONDS,
    apiLogging: flags.isGiven('enable-api-logging') ? flags.flag('enable-api-logging') : undefined,
    metricsPort: flags.flag('enable-metrics') ? metricsPort : undefined,
    metricsListenAddress: metricsAddress || flags.text('metrics-listen-address'),
    profilePort,
    app: {
      port: appPort,
      protocol: (flags.flag('app-ssl') ? WITH_TLS[protocol] : undefined) ?? protocol,
      channelAddress: flags.text('app-channel-address'),
      maxConcurrency: flags.integer('app-max-concurrency'),
      health: flags.flag('enable-app-health-check') ? appHealthOf(flags, protocol) : undefined,
    },
    gracefulShutdown: (seconds < 0 ? 5 : seconds) * 1000,
    blockShutdown: flags.isGiven('dapr-block-shutdown-duration') ? flags.duration('dapr-block-shutdown-duration') : undefined,
    inertFlags: FLAGS.filter(
      ({ inert, name, default: standard }) => inert && flags.isGiven(name) && flags.text(name) !== standard,
    ).map(({ name }) => name),
  };
}

function appHealthOf(flags: ParsedFlags, protocol: string): AppConnection['health'] {
  const positive = (name: string, otherwise: number): number => {
    const given = flags.integer(name);
    return given > 0 ? given : otherwise;
  };
  return {
    ...(protocol.startsWith('grpc') ? {} : { healthCheckPath: flags.text('app-health-check-path') }),
    healthProbeInterval: formatGoDuration(positive('app-health-probe-interval', 5) * 1000),
    healthProbeTimeout: formatGoDuration(positive('app-health-probe-timeout', 500)),
    healthThreshold: positive('app-health-threshold', 3),
  };
}

function bodySizeOf(flags: ParsedFlags): number {
  const size = flags.isGiven('max-body-size')
    ? sizeOf(flags, 'max-body-size')
    : flags.integer('dapr-http-max-request-size') * 2 ** 20;
  return size < 0 ? DEFAULT_BODY_SIZE : size;
}

function sizeOf(flags: ParsedFlags, name: string): number {
  const size = parseByteQuantity(flags.text(name));
  if (size !== undefined) return size;
  throw new OptionError(
    `Failed to parse flags: invalid value for '${name}' option: not a whole number of bytes such as 4Mi, 1M or 100`,
  );
}

function portOf(flags: ParsedFlags, name: string, prefix: string): number {
  const text = flags.text(name);
  const port = /^[-+]?\d+$/.test(text) ? Number(text) : undefined;
  if (port !== undefined && port >= 0 && port <= 65_535) return port;
  const reason = port === undefined ? 'invalid syntax' : 'value out of range';
  throw new OptionError(`Fatal error from runtime: ${prefix}: strconv.Atoi: parsing ${JSON.stringify(text)}: ${reason}`);
}
