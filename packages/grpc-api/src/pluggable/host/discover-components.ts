import type { Dialect, LoggerFor } from '@coffer/core';
import { DEFAULT_SOCKET_FOLDER, readSocketFolder, type SocketFolder } from '../socket-folder.ts';
import { trustedPart } from './trusted-part.ts';
import type { PluggableComponents } from './use-sockets.ts';

export interface DiscoverComponentsOptions {
  /** Folder with the sockets: the value of DAPR_COMPONENTS_SOCKETS_FOLDER. Undefined: the default folder; empty: none. */
  readonly folder: string | undefined;
  readonly dialect: Dialect;
  readonly loggerFor: LoggerFor;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one socket to answer; 5000 by default. */
  readonly timeout?: number | undefined;
}

const NONE: PluggableComponents = { definitions: [], cancelReads: () => undefined };

/**
 * Finds the pluggable secret stores of a folder by the sockets in it. What can't be used is told in the log. Without
 * sockets nothing more than this is loaded. Fails with the signal's reason alone.
 */
export async function discoverComponents(options: DiscoverComponentsOptions): Promise<PluggableComponents> {
  // The reference has no pluggable components there.
  if (process.platform === 'win32') return NONE;
  const { dialect, loggerFor, folder: named } = options;
  const logger = loggerFor('dapr.runtime');
  let folder: SocketFolder | undefined;
  try {
    folder = await readSocketFolder(named ?? DEFAULT_SOCKET_FOLDER);
    if (folder !== undefined && named === undefined && dialect.pluggable.foreignSockets === 'refused') {
      folder = await trustedPart(folder, DEFAULT_SOCKET_FOLDER, logger);
    }
  } catch (cause) {
    logger.error(`could not initialize pluggable components ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (folder === undefined || folder.sockets.length + folder.others.length === 0) return NONE;
  const { useSockets } = await import('./use-sockets.ts');
  return useSockets(folder, options);
}
