import { type NamePage, type ServiceClient, ServiceFailure, type StoredSecret } from './client.ts';

/** One of the calls that the service knows. */
export type Operation = 'read' | 'list' | 'ping';

export interface MemoryServiceOptions {
  readonly token: string;
  /** Names in a page of the list; 100 by default. */
  readonly pageSize?: number;
  /** Stands before every call: it may take its time, and fail. */
  readonly before?: (operation: Operation, signal: AbortSignal) => Promise<void>;
}

/**
 * A secret service in the memory of this process, so that the driver works before there is anything to connect it to. Remove it
 * when connect.ts speaks to the real service.
 */
export class MemoryService {
  readonly #options: MemoryServiceOptions;
  /** The versions of each secret, the oldest first: version 1 is at index 0. */
  readonly #secrets = new Map<string, string[]>();

  constructor(options: MemoryServiceOptions) {
    this.#options = options;
  }

  /** Adds a version, which is then the newest. */
  put(name: string, value: string): StoredSecret {
    const versions = [...(this.#secrets.get(name) ?? []), value];
    this.#secrets.set(name, versions);
    return { value, version: String(versions.length) };
  }

  remove(name: string): void {
    this.#secrets.delete(name);
  }

  /** What every call goes through first. */
  async admit(operation: Operation, token: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#options.before?.(operation, signal);
    if (token !== this.#options.token) throw new ServiceFailure(401, 'the token is not valid');
  }

  read(name: string, version: string | undefined): StoredSecret {
    const versions = this.#secrets.get(name);
    if (versions === undefined) throw new ServiceFailure(404, `there is no secret ${name}`);
    const wanted = version ?? String(versions.length);
    const value = /^[1-9]\d*$/.test(wanted) ? versions[Number(wanted) - 1] : undefined;
    if (value === undefined) throw new ServiceFailure(404, `secret ${name} has no version ${wanted}`);
    return { value, version: wanted };
  }

  /** A page's token is the place of its first name. */
  list(page = '0'): NamePage {
    const { pageSize = 100 } = this.#options;
    const names = [...this.#secrets.keys()];
    const begin = Number(page);
    const end = begin + pageSize;
    return { names: names.slice(begin, end), ...(end < names.length ? { next: String(end) } : {}) };
  }
}

/** The services of this process, by address. */
export const memoryServices: Map<string, MemoryService> = new Map();

/** One that is always there, to try the driver with. */
const demo = new MemoryService({ token: 'demo' });
demo.put('greeting', 'hello');
memoryServices.set('memory:demo', demo);

export function memoryClient(address: string, token: string): ServiceClient {
  const asked = async (operation: Operation, signal: AbortSignal): Promise<MemoryService> => {
    const service = memoryServices.get(address);
    if (service === undefined) throw new ServiceFailure(503, `nobody answers at ${address}`);
    await service.admit(operation, token, signal);
    return service;
  };
  return {
    read: async (name, version, signal) => (await asked('read', signal)).read(name, version),
    list: async (page, signal) => (await asked('list', signal)).list(page),
    ping: async (signal) => void (await asked('ping', signal)),
    close: () => undefined,
  };
}
