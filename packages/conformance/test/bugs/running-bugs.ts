import { execFileSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { type SecretData, secretTable } from '@coffer/core/driver';
import { AcmeClient } from '../acme/src/client.ts';
import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withMethods } from './seeded-bug.ts';

const { get, init } = AcmeStore.prototype;

/** State that is kept in the wrong place, and work that is done at the wrong time or too often. */
export const runningBugs: readonly SeededBug[] = [
  {
    name: 'has one client for all stores of the process',
    caughtBy: 'lifecycle',
    check: 'reads with a new store after an init that failed',
    testBed: () => {
      let shared: AcmeClient | undefined;
      return withMethods((correct) => ({
        init: async ({ metadata }) => {
          shared ??= new AcmeClient(metadata.url, metadata.token, metadata.requestTimeout);
          correct.client = shared;
        },
      }))();
    },
  },
  {
    name: 'remembers answers by name alone, for all stores of the process',
    caughtBy: 'lifecycle',
    check: 'reads two backends at once with two stores, each its own',
    testBed: () => {
      const remembered = new Map<string, SecretData>();
      return withMethods((correct) => ({
        get: async (request, options) => {
          const answer = remembered.get(request.name) ?? (await get.call(correct, request, options));
          remembered.set(request.name, answer);
          return answer;
        },
      }))();
    },
  },
  {
    name: 'throws a TypeError for a read before init',
    caughtBy: 'lifecycle',
    check: 'refuses reads before init',
    testBed: withMethods((correct) => ({
      ping: async () => {
        await (correct as { client: AcmeClient }).client.call({ path: '/health' }, 'ping');
      },
    })),
  },
  {
    name: 'forgets its first connections when init is called again',
    caughtBy: 'lifecycle',
    check: 'takes a second init without harm: refused or not, reads are right and nothing stays open',
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        correct.client = undefined;
        await init.call(correct, context, options);
      },
    })),
  },
  {
    name: 'keeps the name under way in a field, which the next read overwrites',
    caughtBy: 'load',
    check: 'answers 1,000 reads at once, each with its own secret, and bounds the remote calls',
    testBed: withMethods((correct) => {
      let current = '';
      return {
        get: async (request, options) => {
          current = request.name;
          const { data, version = '' } = await get.call(correct, request, options);
          return { data: secretTable(Object.values(data ?? {}).map((value) => [current, value])), version };
        },
      };
    }),
  },
  {
    name: 'reads every secret of a bulk read at the same time',
    seenIn: 'the usual cure for reading one secret after the other, as Dapr’s drivers for Huawei Cloud and Tencent Cloud do',
    caughtBy: 'load',
    check: 'reads everything with few remote calls at one time',
    testBed: withMethods((correct) => ({
      bulkGet: async ({ metadata }, options) => {
        const names: string[] = [];
        for await (const page of correct.list({ metadata }, options)) names.push(...page);
        const read = async (name: string) => [name, (await get.call(correct, { name, metadata }, options)).data] as const;
        return { data: secretTable(await Promise.all(names.map(read))) };
      },
    })),
  },
  {
    name: 'waits for a shared lock with Atomics.wait',
    caughtBy: 'event-loop',
    check: 'does not block while it waits for a slow answer',
    testBed: withMethods((correct) => ({
      get: (request, options) => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
        return get.call(correct, request, options);
      },
    })),
  },
  {
    name: 'asks another program with execFileSync for its token',
    caughtBy: 'event-loop',
    check: 'does not block while it waits for a slow answer',
    testBed: withMethods((correct) => ({
      get: (request, options) => {
        execFileSync(process.execPath, ['--eval', 'setTimeout(() => undefined, 300)']);
        return get.call(correct, request, options);
      },
    })),
  },
  {
    name: 'derives its key anew in every read, in one piece',
    caughtBy: 'event-loop',
    check: 'does not block while it waits for a slow answer',
    testBed: withMethods((correct) => ({
      get: (request, options) => {
        // As slow everywhere as a key of a password is meant to be.
        for (const end = performance.now() + 400; performance.now() < end; )
          pbkdf2Sync(request.name, 'salt', 10_000, 32, 'sha256');
        return get.call(correct, request, options);
      },
    })),
  },
  {
    name: 'lists all names to see whether the one asked for is there',
    caughtBy: 'operations',
    check: 'reads a secret with as few remote calls as need be',
    testBed: withMethods((correct) => ({
      get: async (request, options) => {
        for await (const page of correct.list({ metadata: {} }, options)) if (page.includes(request.name)) break;
        return await get.call(correct, request, options);
      },
    })),
  },
  {
    name: 'signs in anew for every read',
    caughtBy: 'operations',
    check: 'reads a secret with as few remote calls as need be',
    testBed: withMethods((correct) => ({
      get: async (request, options) => {
        await correct.call('/health', 'get', options?.signal);
        return await get.call(correct, request, options);
      },
    })),
  },
  {
    name: 'reads every name of getMany by itself',
    seenIn: 'Dapr’s bulk reads of AWS Secrets Manager, which has a call for twenty at a time',
    caughtBy: 'operations',
    check: 'reads several secrets in fewer remote calls than one each',
    testBed: withMethods((correct) => ({
      getMany: async ({ names, metadata }, options) => {
        const read = async (name: string) => [name, await get.call(correct, { name, metadata }, options)] as const;
        return { found: secretTable(await Promise.all(names.map(read))), failed: secretTable() };
      },
    })),
  },
  {
    name: 'reads a secret to answer a ping',
    caughtBy: 'operations',
    check: 'reads no value to list names, to answer a ping, or in init',
    testBed: withMethods((correct) => ({
      ping: async (options) => {
        for await (const [name = ''] of correct.list({ metadata: {} }, options)) {
          await get.call(correct, { name, metadata: {} }, options);
          return;
        }
      },
    })),
  },
  {
    name: 'reads a secret in init to see that it may',
    caughtBy: 'operations',
    check: 'reads no value to list names, to answer a ping, or in init',
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        await init.call(correct, context, options);
        for await (const [name] of correct.list({ metadata: {} }, options)) {
          if (name !== undefined) await get.call(correct, { name, metadata: {} }, options);
          return;
        }
      },
    })),
  },
];
