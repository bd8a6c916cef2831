import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Dialect, LoggerFor } from '@coffer/core';
import { osErrorText, type StoreDefinition } from '@coffer/core/driver';

import { SecretStore as Service } from '../../gen/dapr/proto/components/v1/secretstore_pb.js';
import { reflectionMethods } from '../../protobuf/reflection.ts';
import { createGrpcServer } from '../../server/server.ts';
import { DEFAULT_SOCKET_FOLDER, reasonToDistrustFolder } from '../socket-folder.ts';
import { claimSocket } from './claim-socket.ts';
import { secretStoreMethods } from './service.ts';
import { ComponentStores } from './stores.ts';

export interface ServeComponentOptions {
  /** The driver to serve. */
  readonly definition: StoreDefinition;
  /** Path of the unix socket. */
  readonly socket: string;
  /** Permissions of the socket; `0o600` by default: who may write to it can read every secret. */
  readonly socketMode?: number | undefined;
  readonly dialect: Dialect;
  readonly loggerFor: LoggerFor;
}

export interface ComponentServer {
  /** Refuses new calls, waits for the running ones (cancelled after `milliseconds`), closes the stores and removes the socket. */
  close(milliseconds: number): Promise<void>;
}

/** Serves a driver as a pluggable component of Dapr. Fails with an Error that says why the socket can't be used. */
export async function serveComponent(options: ServeComponentOptions): Promise<ComponentServer> {
  const { socket, socketMode = 0o600, dialect, loggerFor } = options;
  await claimFolder(dirname(socket), dialect);
  await claimSocket(socket);
  const stores = new ComponentStores(options);
  const methods = new Map([...secretStoreMethods(stores), ...reflectionMethods([Service])]);
  const logger = loggerFor('dapr.runtime');
  const server = createGrpcServer({
    lookup: (path) => methods.get(path),
    // A host keeps one connection for as long as it runs, and would have to initialise its store again on another.
    keepalive: { maxIdle: Number.POSITIVE_INFINITY },
    onDefect: (path, cause) => {
      const kind = cause instanceof Error ? cause.name : typeof cause;
      logger.error(`${path} failed by a defect of Coffer or of the driver: ${kind}`);
    },
  });
  await withUmask(0o777 & ~socketMode, () => server.listen({ path: socket }));
  return {
    close: async (milliseconds) => {
      await server.close(milliseconds);
      await stores.close(0);
    },
  };
}

/** Makes the folder, for its owner only, unless it is there. Fails when it is the default one and somebody else's. */
async function claimFolder(folder: string, dialect: Dialect): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw new Error(`can't make the folder ${folder}: ${osErrorText(cause)}`, { cause });
  });
  if (resolve(folder) !== DEFAULT_SOCKET_FOLDER || dialect.pluggable.foreignSockets === 'used') return;
  const reason = await reasonToDistrustFolder(folder);
  if (reason !== undefined)
    throw new Error(`can't use the folder ${folder}: ${reason}: choose a folder that only you can write to`);
}

/** Starts work whose first, synchronous part makes files. */
function withUmask<Result>(mask: number, work: () => Promise<Result>): Promise<Result> {
  const before = process.umask(mask);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}
