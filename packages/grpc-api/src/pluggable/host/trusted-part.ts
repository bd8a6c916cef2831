import type { Logger } from '@coffer/core/driver';
import { reasonToDistrustFolder, reasonToDistrustSocket, type SocketFolder } from '../socket-folder.ts';

/** A folder without the sockets that somebody other than `user` and root may have put there; what is left out is told in the log. */
export async function trustedPart(
  folder: SocketFolder,
  path: string,
  logger: Logger,
  user: number | undefined = process.getuid?.(),
): Promise<SocketFolder> {
  const refuse = (what: string, reason: string): void =>
    logger.warn(
      `${what} not used: ${reason}. Name a folder that only you can write to in DAPR_COMPONENTS_SOCKETS_FOLDER, or ${path} itself to trust it`,
    );
  if (folder.sockets.length === 0) return folder;
  const reason = await reasonToDistrustFolder(path, user);
  if (reason !== undefined) {
    refuse(`pluggable components in ${path} are`, reason);
    return { sockets: [], others: [] };
  }
  const reasons = await Promise.all(folder.sockets.map((socket) => reasonToDistrustSocket(socket.path, user)));
  return {
    others: folder.others,
    sockets: folder.sockets.filter((socket, at) => {
      const doubt = reasons[at];
      if (doubt !== undefined) refuse(`the pluggable component ${socket.path} is`, doubt);
      return doubt === undefined;
    }),
  };
}
