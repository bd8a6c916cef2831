/** One command-line flag. The usage text, the parser and the README table derive from this list. */
export interface Flag {
  readonly name: string;
  readonly type: 'string' | 'bool' | 'int' | 'duration' | 'strings';
  /** As text; absent: the flag has no value unless it is given. */
  readonly default?: string;
  readonly description: string;
  /** Notice printed when it is used: what to use instead. */
  readonly deprecated?: string;
  /** Not shown in the usage. */
  readonly hidden?: true;
  /** Belongs to a building block that Coffer does not have: accepted, and a value other than the default is reported. */
  readonly inert?: true;
}

/** One entry of a table. */
export const flag = (
  name: string,
  type: Flag['type'],
  standard: string | undefined,
  description: string,
  more: Partial<Flag> = {},
): Flag => ({
  name,
  type,
  ...(standard === undefined ? {} : { default: standard }),
  description,
  ...more,
});
const inert = { inert: true } as const;

export const FLAGS: readonly Flag[] = [
  flag('app-id', 'string', '', 'Identity of the application. Required, without dots'),
  flag('mode', 'string', 'standalone', 'standalone or kubernetes'),
  flag(
    'strict-dapr',
    'bool',
    'false',
    "Coffer's own: answer exactly as daprd does, also where Coffer is safer (docs/deviations.md)",
  ),
  flag(
    'trusted-hosts',
    'strings',
    undefined,
    "Coffer's own: names by which clients may call when no API token is set, beside IP addresses and localhost",
  ),

  flag(
    'driver-path',
    'strings',
    undefined,
    "Coffer's own: folder of a package.json whose dependencies may be drivers; may be repeated",
  ),

  flag('dapr-http-port', 'string', '3500', 'Port of the HTTP API'),
  flag('dapr-grpc-port', 'string', '50001', 'Port of the gRPC API'),
  flag(
    'dapr-listen-addresses',
    'string',
    '',
    'Addresses of the APIs, separated by commas. Loopback when empty; every interface under --strict-dapr',
  ),
  flag('dapr-public-port', 'string', undefined, 'Port for health and metadata only, without authentication'),
  flag(
    'dapr-public-listen-address',
    'string',
    '',
    'Address of the public port. Loopback when empty; every interface under --strict-dapr',
  ),
  flag('unix-domain-socket', 'string', '', 'Directory for API sockets, in place of ports'),
  flag('allowed-origins', 'string', '', 'Origins that browsers may call from, separated by commas; * for all. Empty: no CORS'),
  flag('max-body-size', 'string', '4Mi', 'Largest request body, as a quantity (4Mi, 1M, 100); 0: no limit, -1: the default'),
  flag('read-buffer-size', 'string', '4Ki', 'Size that request line and headers may take, as a quantity'),

  flag('resources-path', 'strings', undefined, 'Directory with resource files; may be repeated'),
  flag(
    'config',
    'strings',
    undefined,
    'Configuration file; may be repeated, later ones override. In Kubernetes mode the name of a Configuration resource',
  ),
  flag(
    'hot-reload-reconcile-interval',
    'duration',
    '0s',
    'How often resources are read again without a file event; 0: every minute',
  ),

  flag('log-level', 'string', 'info', 'debug, info, warn, error or fatal'),
  flag('log-as-json', 'bool', 'false', 'Log one JSON object a line'),
  flag('log-file', 'string', '', 'Append the log to this file instead of standard output'),
  flag('enable-api-logging', 'bool', undefined, 'Log API calls; overrides the Configuration'),
  flag('enable-metrics', 'bool', 'true', 'Serve Prometheus metrics'),
  flag('metrics-port', 'string', '9090', 'Port of the metrics'),
  flag(
    'metrics-listen-address',
    'string',
    '0.0.0.0',
    'Address of the metrics. Loopback unless given; 0.0.0.0 under --strict-dapr',
  ),

  flag('app-port', 'string', '', 'Port of the application; health waits for it'),
  flag('app-protocol', 'string', 'http', 'Protocol of the application: http, https, h2c, grpc or grpcs'),
  flag('app-channel-address', 'string', '127.0.0.1', 'Address of the application'),
  flag('app-max-concurrency', 'int', '-1', 'Concurrent calls to the application', inert),
  flag('enable-app-health-check', 'bool', 'false', 'Probe the health of the application', inert),
  flag('app-health-check-path', 'string', '/healthz', 'Path of the health probe', inert),
  flag('app-health-probe-interval', 'int', '5', 'Seconds between health probes', inert),
  flag('app-health-probe-timeout', 'int', '500', 'Time limit of a health probe in milliseconds', inert),
  flag('app-health-threshold', 'int', '3', 'Failed probes until the application counts as unhealthy', inert),
  flag('app-binding-options-timeout', 'duration', '3s', 'Time limit of the binding options call', inert),

  flag('dapr-graceful-shutdown-seconds', 'int', '5', 'Time limit of a graceful shutdown; 0: none'),
  flag('dapr-block-shutdown-duration', 'duration', undefined, 'Keep serving for this long after a stop signal'),
  flag('wait', 'bool', 'false', 'Wait until a running sidecar is ready, then exit'),
  flag('version', 'bool', 'false', 'Print the version and exit'),
  flag('build-info', 'bool', 'false', 'Print build information and exit'),

  flag('dapr-internal-grpc-port', 'string', '', 'Port between sidecars', inert),
  flag('dapr-internal-grpc-listen-address', 'string', '', 'Address of the port between sidecars', inert),
  flag('enable-profiling', 'bool', 'false', 'Serve profiles', inert),
  flag('profile-port', 'string', '7777', 'Port of the profiles', inert),
  flag('enable-mtls', 'bool', 'false', 'Mutual TLS between sidecars', inert),
  flag('sentry-address', 'string', '', 'Address of the certificate authority', inert),
  flag('sentry-request-jwt-audiences', 'strings', undefined, 'Audiences of requested tokens', inert),
  flag('control-plane-address', 'string', '', 'Address of the control plane', inert),
  flag('control-plane-trust-domain', 'string', 'localhost', 'Trust domain of the control plane', inert),
  flag('control-plane-namespace', 'string', 'default', 'Namespace of the control plane', inert),
  flag('placement-host-address', 'string', '', 'Addresses of the actor placement service', inert),
  flag('scheduler-host-address', 'strings', undefined, 'Addresses of the job scheduler', inert),
  flag('scheduler-job-streams', 'int', '3', 'Streams to the job scheduler', inert),
  flag('actors-disseminate-timeout', 'duration', '30s', 'Time limit of actor placement updates', inert),
  flag(
    'disable-init-endpoints',
    'strings',
    undefined,
    'Endpoints of the application not to call at start: config, subscribe',
    inert,
  ),
  flag('disable-builtin-k8s-secret-store', 'bool', 'false', 'Do not add the built-in Kubernetes store in Kubernetes mode'),

  flag('components-path', 'string', '', 'Directory with resource files', { deprecated: 'use --resources-path' }),
  flag('dapr-http-max-request-size', 'int', '4', 'Largest request body in MiB', { deprecated: 'use --max-body-size' }),
  flag('dapr-http-read-buffer-size', 'int', '4', 'Header size in KiB', { deprecated: 'use --read-buffer-size' }),
  flag('app-ssl', 'bool', 'false', 'The application speaks TLS', { deprecated: 'use --app-protocol=https or grpcs' }),
  flag('actors-service', 'string', '', '', { hidden: true, deprecated: 'it has no effect' }),
  flag('reminders-service', 'string', '', '', { hidden: true, deprecated: 'it has no effect' }),
];

/** The text of `--help`. */
export function usage(command: string = 'cofferd', table: readonly Flag[] = FLAGS): string {
  const rows = table
    .filter(({ hidden, deprecated }) => !hidden && deprecated === undefined)
    .map((entry) => {
      const value = entry.type === 'bool' ? '' : ` ${entry.type}`;
      const standard = entry.default && entry.default !== 'false' ? ` (default ${entry.default})` : '';
      return [`      --${entry.name}${value}`, `${entry.description}${standard}`] as const;
    });
  const width = Math.max(...rows.map(([left]) => left.length)) + 3;
  return `Usage of ${command}:\n${rows.map(([left, right]) => left.padEnd(width) + right).join('\n')}\n`;
}

/** The flags as a Markdown table, for the README. */
export function flagsTable(table: readonly Flag[] = FLAGS): string {
  const rows = table
    .filter(({ hidden, inert }) => !hidden && !inert)
    .map(({ name, type, default: standard, description, deprecated }) => {
      const text = deprecated === undefined ? description : `${description}. Deprecated: ${deprecated}`;
      return `| \`--${name}\` | ${type} | ${standard ? `\`${standard}\`` : ''} | ${text.replaceAll('|', '\\|')} |`;
    });
  return ['| Flag | Type | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}
