import type { Dialect, LoggerFor } from '@coffer/core';
import type { StoreDefinition } from '@coffer/core/driver';
import { SecretStore as Service } from '../../gen/dapr/proto/components/v1/secretstore_pb.js';
import type { ComponentSocket, SocketFolder } from '../socket-folder.ts';
import { pluggableDefinition } from './definition.ts';
import { listServices } from './list-services.ts';
import { PluggableStore } from './store.ts';

/** Milliseconds for a socket to say what is behind it. */
const DISCOVERY_MILLISECONDS = 5000;
/** Services of pluggable components of every building block have names that start so. */
const COMPONENT_SERVICES = 'dapr.proto.components.v1.';
/** Scopes of the reference's log. */
const DISCOVERY_SCOPE = 'pluggable-components-discovery';
const CONNECTOR_SCOPE = 'pluggable-components-grpc-connector';
const SECRET_STORE: string = Service.typeName;

export interface UseSocketsOptions {
  readonly dialect: Dialect;
  readonly loggerFor: LoggerFor;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one socket to answer; 5000 by default. */
  readonly timeout?: number | undefined;
}

/** Pluggable secret stores that were found, and the connections that are made to them. */
export interface PluggableComponents {
  /** One of each component type; the last socket of a name counts, as its case does not. */
  readonly definitions: readonly StoreDefinition[];
  /** Cancels what runs on every connection, and ends them: `rpc error: code = Canceled desc = context canceled`. */
  cancelReads(): void;
}

type Found = { readonly socket: ComponentSocket } & ({ readonly services: readonly string[] } | { readonly failure: Error });

/** Asks every socket of a folder for its services, all at once. Fails with the signal's reason alone. */
export async function useSockets(folder: SocketFolder, options: UseSocketsOptions): Promise<PluggableComponents> {
  const { dialect, signal, timeout = DISCOVERY_MILLISECONDS } = options;
  for (const path of folder.others) options.loggerFor(DISCOVERY_SCOPE).warn(`could not use socket for file ${path}`);
  const found = await Promise.all(
    folder.sockets.map(async (socket): Promise<Found> => {
      try {
        const versions = dialect.pluggable.reflection;
        return { socket, services: await listServices({ socket: socket.path, versions, timeout, signal }) };
      } catch (cause) {
        signal?.throwIfAborted();
        return { socket, failure: cause instanceof Error ? cause : new Error(String(cause)) };
      }
    }),
  );

  const { initialiseAgain, cancelsCalls } = dialect.pluggable;
  const stores = new Set<PluggableStore>();
  const definitions = usable(found, dialect, options.loggerFor).map(({ path, name }) =>
    pluggableDefinition(name, async () => {
      const closed = (closing: PluggableStore) => void stores.delete(closing);
      const store = new PluggableStore({ socket: path, initialiseAgain, cancelsCalls, closed });
      stores.add(store);
      return store;
    }),
  );
  return {
    definitions,
    cancelReads: () => {
      for (const store of stores) void store.close();
    },
  };
}

/** The sockets with a secret store behind them. Says what it found. */
function usable(found: readonly Found[], dialect: Dialect, loggerFor: LoggerFor): readonly ComponentSocket[] {
  if (dialect.pluggable.brokenSocket === 'ends_discovery') {
    const broken = found.find((each) => 'failure' in each);
    if (broken) {
      loggerFor('dapr.runtime').error(
        `could not initialize pluggable components unable to list services: ${broken.failure.message}`,
      );
      return [];
    }
  }
  const sockets: ComponentSocket[] = [];
  for (const each of found) {
    const { path, name } = each.socket;
    if ('failure' in each) {
      loggerFor(DISCOVERY_SCOPE).warn(`could not use socket ${path} as a pluggable component: ${each.failure.message}`);
      continue;
    }
    for (const service of each.services) {
      if (service === SECRET_STORE) {
        sockets.push(each.socket);
        loggerFor(CONNECTOR_SCOPE).info(`pluggable component '${name}' was successfully registered for '${service}'`);
      } else if (service.startsWith(COMPONENT_SERVICES)) {
        loggerFor(CONNECTOR_SCOPE).info(
          `pluggable component '${name}' is not used for '${service}': Coffer serves secret stores`,
        );
      }
    }
  }
  return sockets;
}
