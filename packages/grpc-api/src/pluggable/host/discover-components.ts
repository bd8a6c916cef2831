import type { Dialect, LoggerFor } from '@coffer/core';
import type { Logger } from '@coffer/core/driver';
import {
  DEFAULT_SOCKET_FOLDER,
  readSocketFolder,
  reasonToDistrustFolder,
  reasonToDistrustSocket,
  type SocketFolder,
} from '../socket-folder.ts';
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

/** Without the sockets that another user may have put there, each of which is told in the log. */
async function trustedPart(folder: SocketFolder, path: string, logger: Logger): Promise<SocketFolder> {
  const refuse = (what: string, reason: string): void =>
    logger.warn(
      `${what} not used: ${reason}. Name a folder that only you can write to in DAPR_COMPONENTS_SOCKETS_FOLDER, or ${path} itself to trust it`,
    );
  if (folder.sockets.length === 0) return folder;
  const reason = await reasonToDistrustFolder(path);
  if (reason !== undefined) {
    refuse(`pluggable components in ${path} are`, reason);
    return { sockets: [], others: [] };
  }
  const reasons = await Promise.all(folder.sockets.map((socket) => reasonToDistrustSocket(socket.path)));
  return {
    others: folder.others,
    sockets: folder.sockets.filter((socket, at) => {
      const doubt = reasons[at];
      if (doubt !== undefined) refuse(`the pluggable component ${socket.path} is`, doubt);
      return doubt === undefined;
    }),
  };
}
