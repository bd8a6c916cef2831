import { join } from 'node:path';
import { cofferDialect, type Dialect, strictDialect } from '@coffer/core';
import { DEFAULT_SOCKET_FOLDER } from '@coffer/grpc-api/pluggable';
import type { ParsedFlags } from './parse-flags.ts';
import { OptionError } from './server-options.ts';

export interface PluggableOptions {
  readonly type: string;
  readonly typeVersion: string;
  readonly socket: string;
  readonly socketMode: number;
  readonly driverPaths: readonly string[];
  readonly dialect: Dialect;
  /** Milliseconds; 0: no limit. */
  readonly gracefulShutdown: number;
}

/** Fails with `OptionError`. */
export function pluggableOptionsOf(flags: ParsedFlags, environment: NodeJS.ProcessEnv): PluggableOptions {
  const fatal = (message: string): OptionError => new OptionError(`Fatal error from runtime: ${message}`);
  const type = flags.text('type');
  if (type === '')
    throw fatal('--type is missing: name the component type of the driver to serve, such as secretstores.local.file');
  const name = flags.text('name');
  const socket = flags.text('socket');
  if ((name === '') === (socket === '')) {
    throw fatal('give either --name, by which Dapr finds the component, or --socket, the path of its socket');
  }
  if (name.includes('/'))
    throw fatal(`--name ${name} has a slash: it becomes the name of a file, and --sockets-folder says where`);
  const mode = flags.text('socket-mode');
  if (!/^0?[0-7]{3}$/.test(mode)) throw fatal(`invalid value for --socket-mode: ${mode} is not three octal digits such as 660`);
  const folder = flags.text('sockets-folder') || environment.DAPR_COMPONENTS_SOCKETS_FOLDER || DEFAULT_SOCKET_FOLDER;
  const seconds = flags.integer('dapr-graceful-shutdown-seconds');
  return {
    type,
    typeVersion: flags.text('type-version'),
    socket: socket === '' ? join(folder, `${name}.sock`) : socket,
    socketMode: Number.parseInt(mode, 8),
    driverPaths: flags.list('driver-path'),
    dialect: flags.flag('strict-dapr') ? strictDialect : cofferDialect,
    gracefulShutdown: (seconds < 0 ? 5 : seconds) * 1000,
  };
}
