import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  type GetRequest,
  type InitContext,
  type MetadataOf,
  type SecretData,
  type SecretStore,
  secretTable,
} from '@coffer/core/driver';
import { SecretStore as Service } from '../../gen/dapr/proto/components/v1/secretstore_pb.js';
import { type Call, ComponentConnection } from './component-connection.ts';
import type { metadata } from './definition.ts';
import { refuseIllFormed, refuseUnprintable } from './refusals.ts';
import { storeErrorFrom } from './store-error.ts';

const { init: INIT, features: FEATURES, get: GET, bulkGet: BULK_GET, ping: PING } = Service.method;

type PluggableMetadata = MetadataOf<typeof metadata>;

export interface PluggableStoreOptions {
  readonly socket: string;
  /** Whether a component that was started anew is given Init again. */
  readonly initialiseAgain: boolean;
  /** Whether the component is told that a call is not waited for any longer. */
  readonly cancelsCalls: boolean;
  /** Told when it is closed. */
  readonly closed: (store: PluggableStore) => void;
}

/** A store in a process of its own, behind a unix socket. */
export class PluggableStore implements SecretStore<PluggableMetadata> {
  readonly #options: PluggableStoreOptions;
  #connection: ComponentConnection | undefined;
  #features: readonly string[] = [];

  constructor(options: PluggableStoreOptions) {
    this.#options = options;
  }

  async init(context: InitContext<PluggableMetadata>, { signal }: CallOptions = {}): Promise<void> {
    const { socket, cancelsCalls } = this.#options;
    // The reference does not tell a component of the time limit of its init, and waits for it.
    const limit = cancelsCalls ? signal : withoutTimeLimit(signal);
    try {
      refuseUnprintable(context.component);
      refuseIllFormed(...textsOf(context.metadata.properties.reveal()));
      const onAbort = cancelsCalls ? 'cancel' : 'abandon';
      const prepare = this.#preparation(context);
      this.#connection = new ComponentConnection({ socket, instance: context.component, onAbort, prepare });
      await this.#connection.open(limit);
      this.#features = (await this.#connection.call(FEATURES, {}, limit)).features;
    } catch (cause) {
      throw storeErrorFrom(cause, 'init', socket);
    }
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    return this.#calling('get', async (call) => {
      refuseIllFormed(name, ...textsOf(metadata));
      const { data } = await call(GET, { key: name, metadata }, signal);
      const entries = Object.entries(data);
      // On the wire no map and an empty one are the same, and the reference takes both for none; but not in a bulk.
      return { data: entries.length === 0 ? null : secretTable(entries) };
    });
  }

  async bulkGet({ metadata }: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    return this.#calling('bulkGet', async (call) => {
      refuseIllFormed(...textsOf(metadata));
      const { data } = await call(BULK_GET, { metadata }, signal);
      return {
        data: secretTable(Object.entries(data).map(([name, { secrets }]) => [name, secretTable(Object.entries(secrets))])),
      };
    });
  }

  async ping({ signal }: CallOptions = {}): Promise<void> {
    await this.#calling('ping', (call) => call(PING, {}, signal));
  }

  /** What the component said at `init`. */
  features(): readonly string[] {
    return this.#features;
  }

  async close(): Promise<void> {
    this.#connection?.close();
    this.#options.closed(this);
  }

  /** Gives Init on the first connection, and on later ones unless the dialect has it otherwise. */
  #preparation({ component, metadata, logger }: InitContext<PluggableMetadata>): (call: Call) => Promise<void> {
    const { socket, initialiseAgain } = this.#options;
    let isFirst = true;
    return async (call) => {
      if (!isFirst && !initialiseAgain) return;
      await call(INIT, { metadata: { properties: metadata.properties.reveal() } });
      if (!isFirst) logger.info(`${component}: the component on ${socket} was started anew, and is initialised again`);
      isFirst = false;
    };
  }

  async #calling<Result>(operation: string, work: (call: Call) => Promise<Result>): Promise<Result> {
    try {
      if (this.#connection === undefined) throw new TypeError('the store is not initialised');
      return await work(this.#connection.call);
    } catch (cause) {
      throw storeErrorFrom(cause, operation, this.#options.socket);
    }
  }
}

function textsOf(map: Readonly<Record<string, string>>): string[] {
  return Object.entries(map).flat();
}

/** Aborts as `signal` does, but not because the time is over. */
function withoutTimeLimit(signal: AbortSignal | undefined): AbortSignal {
  const controller = new AbortController();
  const follow = () => {
    if (signal?.reason?.name !== 'TimeoutError') controller.abort(signal?.reason);
  };
  if (signal?.aborted) follow();
  else signal?.addEventListener('abort', follow, { once: true });
  return controller.signal;
}
