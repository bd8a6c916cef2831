import { FLAGS, type Flag, flag } from './flag-table.ts';

/** Flags that mean what they mean for `cofferd`. */
const SHARED: ReadonlySet<string> = new Set([
  'driver-path',
  'strict-dapr',
  'log-level',
  'log-as-json',
  'log-file',
  'dapr-graceful-shutdown-seconds',
  'version',
]);

/** The command line of `cofferd pluggable`. */
export const PLUGGABLE_FLAGS: readonly Flag[] = [
  flag('type', 'string', '', 'Component type of the driver to serve: secretstores.hashicorp.vault. Required'),
  flag('type-version', 'string', 'v1', 'Version of the component type'),
  flag(
    'name',
    'string',
    '',
    'Name that Dapr finds it by: the component type becomes secretstores.NAME. Required without --socket',
  ),
  flag(
    'sockets-folder',
    'string',
    '',
    'Folder for the socket NAME.sock; DAPR_COMPONENTS_SOCKETS_FOLDER or /tmp/dapr-components-sockets when empty',
  ),
  flag('socket', 'string', '', 'Path of the socket, in place of --name and --sockets-folder'),
  flag('socket-mode', 'string', '0600', 'Permissions of the socket, in octal: who may write to it can read every secret'),
  ...FLAGS.filter(({ name }) => SHARED.has(name)),
];
