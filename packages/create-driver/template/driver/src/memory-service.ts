import { setTimeout } from 'node:timers/promises';
import { type NamePage, type ServiceClient, ServiceFailure, type StoredSecret } from './client.ts';

/** One of the calls that the service knows. */
export type Operation = 'read' | 'list' | 'ping';
/** What may happen to a call before it is answered: it takes time, or fails. */
export type Fault = (signal: AbortSignal) => Promise<void>;

/**
 * A secret service in the memory of this process, so that the driver works before there is anything to connect it to. Remove it
 * when connect.ts speaks to the real service.
 */
export class MemoryService implements Disposable {
  readonly address: string;
  readonly token: string;
  /** Every call it was asked for. */
  readonly calls: Operation[] = [];
  /** Names in a page of the list. */
  pageSize = 100;
  #fault: Fault | undefined;
  /** How many more calls meet the fault. */
  #times = 0;
  /** The versions of each secret, the oldest first: version 1 is at index 0. */
  readonly #secrets = new Map<string, string[]>();

  constructor(address: string, token: string) {
    this.address = address;
    this.token = token;
    running.set(address, this);
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

  /** From here on nobody answers at its address. */
  [Symbol.dispose](): void {
    if (running.get(this.address) === this) running.delete(this.address);
  }

  /** All calls from now on meet this fault, or the next ones. */
  inject(fault: Fault, times: number = Number.POSITIVE_INFINITY): void {
    this.#fault = fault;
    this.#times = times;
  }

  heal(): void {
    this.#times = 0;
  }

  /** What every call goes through first. */
  async admit(operation: Operation, token: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.calls.push(operation);
    if (this.#times > 0) {
      this.#times--;
      await this.#fault?.(signal);
    }
    if (token !== this.token) throw new ServiceFailure(401, 'the token is not valid');
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
  list(page: string | undefined): NamePage {
    const names = [...this.#secrets.keys()];
    const end = Number(page ?? 0) + this.pageSize;
    return { names: names.slice(end - this.pageSize, end), ...(end < names.length ? { next: String(end) } : {}) };
  }
}

/** The services of this process, by address. */
const running = new Map<string, MemoryService>();

/** One that is always there, to try the driver with. */
new MemoryService('memory:demo', 'demo').put('greeting', 'hello');

export function memoryClient(address: string, token: string): ServiceClient {
  const asked = async (operation: Operation, signal: AbortSignal): Promise<MemoryService> => {
    const service = running.get(address);
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

/** A fault: the call takes as long as this, in milliseconds. */
export function slow(milliseconds: number): Fault {
  return async (signal) => {
    await setTimeout(milliseconds, undefined, { signal }).catch((cause) => {
      throw signal.reason ?? cause;
    });
  };
}

/** A fault: nothing comes until the caller gives up. */
export const hang: Fault = slow(2 ** 31 - 1);

/** A fault: the call is refused. */
export function refused(status: number, message: string): Fault {
  return async () => {
    throw new ServiceFailure(status, message);
  };
}
