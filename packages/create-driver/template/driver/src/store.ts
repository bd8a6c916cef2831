import {
  type CallOptions,
  Feature,
  type GetRequest,
  type InitContext,
  type ListRequest,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  secretTable,
  throwIfAborted,
} from '@coffer/core/driver';
import { type ServiceClient, ServiceFailure } from './client.ts';
import { connect } from './connect.ts';
import { storeError } from './errors.ts';
import type { Metadata } from './metadata.ts';
import { withPatience } from './with-patience.ts';

interface Open {
  readonly client: ServiceClient;
  /** Milliseconds that one request may take, its repetitions included. */
  readonly timeout: number;
}

/** Secrets of one service, asked for on every call. Core makes bulk reads of `list` and `get`, ten at a time. */
export class AcmeStore implements SecretStore<Metadata> {
  readonly #connect: typeof connect;
  readonly #closed = new AbortController();
  #open: Open | undefined;

  /** A test may give a client of its own. */
  constructor(dependencies: { readonly connect?: typeof connect } = {}) {
    this.#connect = dependencies.connect ?? connect;
  }

  async init({ metadata }: InitContext<Metadata>, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    if (this.#open !== undefined) throw notReady('the store is initialised already', 'init');
    try {
      const { address, token, requestTimeout } = metadata;
      const client = await this.#connect({ address, token: token.reveal() });
      this.#open = { client, timeout: requestTimeout };
    } catch (cause) {
      throw storeError(cause, 'init');
    }
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    const read = (client: ServiceClient, ends: AbortSignal) => client.read(name, metadata.version_id || undefined, ends);
    try {
      const { value, version } = await this.#ask(read, signal);
      return { data: secretTable([[name, value]]), version };
    } catch (cause) {
      throw storeError(cause, 'get', name);
    }
  }

  async *list(_request: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    const seen = new Set<string>();
    let page: string | undefined;
    try {
      do {
        const given = page;
        const { names, next } = await this.#ask((client, ends) => client.list(given, ends), signal);
        yield names;
        // Services have been seen to begin again.
        if (next !== undefined && seen.has(next)) throw new ServiceFailure(502, 'the list of secrets has no end');
        if (next !== undefined) seen.add(next);
        page = next;
      } while (page !== undefined && page !== '');
    } catch (cause) {
      throw storeError(cause, 'list');
    }
  }

  async ping({ signal }: CallOptions = {}): Promise<void> {
    try {
      await this.#ask((client, ends) => client.ping(ends), signal);
    } catch (cause) {
      throw storeError(cause, 'ping');
    }
  }

  features(): readonly Feature[] {
    return [Feature.list, Feature.ping];
  }

  /** Ends the requests that are under way. */
  async close(): Promise<void> {
    this.#closed.abort(new SecretStoreError('canceled', 'the store is closed'));
    this.#open?.client.close();
    this.#open = undefined;
  }

  /** One request, or more while the service throttles. It ends when the caller gives up, when its time is over, and when the store is closed. */
  async #ask<Answer>(
    request: (client: ServiceClient, ends: AbortSignal) => Promise<Answer>,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    this.#closed.signal.throwIfAborted();
    if (this.#open === undefined) throw notReady('the store is not initialised');
    const { client, timeout } = this.#open;
    const ends = [this.#closed.signal, AbortSignal.timeout(timeout), ...(signal === undefined ? [] : [signal])];
    const either = AbortSignal.any(ends);
    return await withPatience(() => request(client, either), either);
  }
}

function notReady(detail: string, operation?: string): SecretStoreError {
  return new SecretStoreError('failed_precondition', detail, { operation });
}
