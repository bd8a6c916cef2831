import { setTimeout } from 'node:timers/promises';
import type { FaultKind } from '@coffer/conformance';
import { ServiceFailure } from '../src/client.ts';
import { MemoryService, memoryServices, type Operation } from '../src/memory-service.ts';

/** The service as the tests and the kit have it: they fill it, empty it and break it. */
export interface TestService extends AsyncDisposable {
  /** Settings of a component that reads it. */
  readonly settings: Readonly<Record<'address' | 'token', string>>;
  /** Whether other processes can't reach it. */
  readonly isInProcess: boolean;
  /** Why the service can't hold a secret of this name. Without it, it holds all. */
  readonly refuses?: (name: string) => string | undefined;
  /** Adds a version of a secret, and answers with its name. */
  put(name: string, value: string): Promise<string>;
  remove(name: string): Promise<void>;
  /** The operations that it was asked for so far. */
  calls(): readonly string[];
  readonly faults: readonly FaultKind[];
  /** Milliseconds after which it asks to come back when it throttles. */
  readonly pauseAsked: number;
  /** From now on calls meet this fault: all of them, or the next ones. */
  inject(fault: FaultKind, times?: number): void;
  heal(): void;
}

let started = 0;

/**
 * A service of its own for a test, empty.
 *
 * REPLACE: start a fake of your service here, or the real one. Then remove src/memory-service.ts.
 */
export async function startService({ pageSize = 100 }: { readonly pageSize?: number } = {}): Promise<TestService> {
  const settings = { address: `memory:test-${++started}`, token: 'test-token' };
  const calls: Operation[] = [];
  let fault: Fault | undefined;
  let left = 0;
  const before = async (operation: Operation, signal: AbortSignal): Promise<void> => {
    calls.push(operation);
    if (left-- > 0) await fault?.(signal);
  };
  const service = new MemoryService({ token: settings.token, pageSize, before });
  memoryServices.set(settings.address, service);
  return {
    settings,
    isInProcess: true,
    put: async (name, value) => service.put(name, value).version,
    remove: async (name) => service.remove(name),
    calls: () => calls,
    faults: Object.keys(FAULTS) as FaultKind[],
    pauseAsked: PAUSE,
    inject: (kind, times = Number.POSITIVE_INFINITY) => {
      fault = FAULTS[kind];
      left = times;
    },
    heal: () => {
      left = 0;
    },
    [Symbol.asyncDispose]: async () => void memoryServices.delete(settings.address),
  };
}

type Fault = (signal: AbortSignal) => Promise<void>;

const PAUSE = 200;

/** The more faults there are, the more the kit finds. A service behind HTTP can also cut off, garble and bloat answers. */
const FAULTS: Partial<Record<FaultKind, Fault>> = {
  denied: refused(403, 'the token may not do this'),
  unauthenticated: refused(401, 'the token has expired'),
  throttled: refused(429, 'too many requests', PAUSE),
  unavailable: refused(503, 'down for maintenance'),
  unreachable: refused(503, 'the connection was closed'),
  slow: delayed(500),
  hang: delayed(2 ** 31 - 1),
};

function refused(status: number, message: string, retryAfter?: number): Fault {
  return async () => {
    throw new ServiceFailure(status, message, retryAfter);
  };
}

function delayed(milliseconds: number): Fault {
  return (signal) =>
    setTimeout(milliseconds, undefined, { signal }).catch((cause) => {
      throw signal.reason ?? cause;
    });
}
