import { setTimeout as sleep } from 'node:timers/promises';
import { isSecretStoreError, type SecretStore, SecretStoreError } from '@coffer/core/driver';
import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withMethods } from './seeded-bug.ts';

/** Calls that end too late, or never: given up by the caller, out of time, or closed. */
export const endingBugs: readonly SeededBug[] = [
  {
    name: 'does not pass the caller’s signal on to the service',
    seenIn: 'Dapr’s drivers for Huawei Cloud and Alibaba Cloud ignore that a caller gives up',
    caughtBy: 'cancellation',
    check: 'ends a read as canceled as soon as the caller gives up, and gives up the remote call',
    testBed: withMethods((correct) => ({ get: (request) => AcmeStore.prototype.get.call(correct, request) })),
  },
  {
    name: 'stops waiting when the caller gives up and lets the remote call run on',
    caughtBy: 'cancellation',
    check: 'ends a read as canceled as soon as the caller gives up, and gives up the remote call',
    testBed: withMethods((correct) => ({
      get: (request, { signal } = {}) => Promise.race([AcmeStore.prototype.get.call(correct, request), abortOf(signal)]),
    })),
  },
  {
    name: 'looks at the signal only when the answer is there',
    caughtBy: 'cancellation',
    check: 'ends a read as canceled as soon as the caller gives up, and gives up the remote call',
    testBed: withMethods((correct) => ({
      ping: async ({ signal } = {}) => {
        await correct.call('/health', 'ping');
        if (signal?.aborted) throw new SecretStoreError('canceled', 'context canceled');
      },
    })),
  },
  {
    name: 'answers what it has so far when a bulk read is given up',
    caughtBy: 'cancellation',
    check: 'ends a read as canceled as soon as the caller gives up, and gives up the remote call',
    testBed: withMethods((correct) => ({
      bulkGet: (request, options) =>
        AcmeStore.prototype.bulkGet.call(correct, request, options).catch((cause: unknown) => {
          if (isSecretStoreError(cause) && cause.code === 'canceled') return { data: null };
          throw cause;
        }),
    })),
  },
  {
    name: 'shares one read of a name between callers, and ends it when the first of them gives up',
    caughtBy: 'cancellation',
    check: 'does not end the read of another caller who has not given up',
    testBed: withMethods((correct) => {
      const running = new Map<string, ReturnType<AcmeStore['get']>>();
      return {
        get: (request, options) => {
          const shared =
            running.get(request.name) ??
            AcmeStore.prototype.get.call(correct, request, options).finally(() => running.delete(request.name));
          running.set(request.name, shared);
          return shared;
        },
      };
    }),
  },
  {
    name: 'says unavailable when a caller’s time is over, as its client calls every abort a broken connection',
    caughtBy: 'deadline',
    check: 'fails with deadline_exceeded when the caller’s time is over and the service has not answered',
    testBed: withMethods((correct) => ({
      get: (request, options) =>
        AcmeStore.prototype.get.call(correct, request, options).catch((cause: unknown) => {
          if (!isSecretStoreError(cause) || cause.code !== 'deadline_exceeded') throw cause;
          throw new SecretStoreError('unavailable', 'the connection was closed', { cause });
        }),
    })),
  },
  {
    name: 'begins again when its time-out has passed, for ever',
    seenIn: 'a retry loop around a time-out that no caller can leave',
    caughtBy: 'deadline',
    check: 'ends a call by itself after requestTimeout',
    testBed: withMethods((correct) => ({
      get: async (request, options) => {
        for (;;) {
          try {
            return await AcmeStore.prototype.get.call(correct, request, options);
          } catch (cause) {
            if (!isSecretStoreError(cause) || cause.code !== 'deadline_exceeded' || options?.signal?.aborted) throw cause;
            if (correct.closing.signal.aborted) throw cause;
          }
        }
      },
    })),
  },
  {
    name: 'fails when it is closed a second time',
    caughtBy: 'closing',
    check: 'closes twice, also at the same time',
    testBed: withMethods((correct) => ({
      close: async () => {
        if (correct.closing.signal.aborted) throw new Error('Client is already closed');
        await AcmeStore.prototype.close.call(correct);
      },
    })),
  },
  {
    name: 'throws when it is closed before init',
    caughtBy: 'closing',
    check: 'closes a store that was never initialised',
    testBed: withMethods((correct) => ({
      close: async () => {
        (correct as { client: AcmeStore['client'] & object }).client.http.close();
        await AcmeStore.prototype.close.call(correct);
      },
    })),
  },
  {
    name: 'waits in close for reads that wait for close',
    caughtBy: 'closing',
    check: 'ends reads that run while it is closed, with their value or with a failure that says so',
    testBed: withMethods((correct) => {
      const running = new Set<Promise<unknown>>();
      return {
        get: async (request, options) => {
          const read = AcmeStore.prototype.get.call(correct, request, options);
          running.add(read);
          return await read;
        },
        close: async () => {
          if (running.size > 0)
            await new Promise<void>((resolve) => correct.closing.signal.addEventListener('abort', () => resolve()));
          await AcmeStore.prototype.close.call(correct);
        },
      };
    }),
  },
  {
    name: 'connects anew for a read after close',
    caughtBy: 'closing',
    check: 'refuses reads after it was closed',
    testBed: withMethods((correct) => ({ close: async () => correct.client?.http.close() })),
  },
  {
    name: 'drops reads that run while it is closed, so that they never end',
    caughtBy: 'closing',
    check: 'ends reads that run while it is closed, with their value or with a failure that says so',
    testBed: withMethods((correct) => {
      let closed = false;
      return {
        get: async (request, options) => {
          const answer = await AcmeStore.prototype.get.call(correct, request, options);
          return closed ? new Promise<never>(() => undefined) : answer;
        },
        close: async () => {
          closed = true;
          await sleep(0);
        },
      } satisfies Partial<SecretStore>;
    }),
  },
];

function abortOf(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(new SecretStoreError('canceled', 'context canceled'));
    if (signal?.aborted) give();
    signal?.addEventListener('abort', give, { once: true });
  });
}
