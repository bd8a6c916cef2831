import { SecretStoreError } from '@coffer/core/driver';
import { type SeededBug, withDefinition, withFailures, withMethods } from './seeded-bug.ts';

export const pingBugs: readonly SeededBug[] = [
  {
    name: 'announces a ping that is not implemented',
    seenIn: 'every store of Dapr, when pinged',
    caughtBy: 'ping',
    check: 'answers when all is well, with secrets there or without',
    testBed: withMethods(() => ({
      ping: async () => {
        throw new SecretStoreError('unimplemented', 'ping is not implemented by this secret store');
      },
    })),
  },
  {
    name: 'answers a ping without asking the service',
    caughtBy: 'ping',
    check: 'fails when the service is out of reach, and answers again when it is not',
    testBed: withMethods(() => ({ ping: async () => undefined })),
  },
  {
    name: 'takes any answer to a ping for a good one',
    caughtBy: 'ping',
    check: 'fails when the service does not take the credentials',
    testBed: withMethods((correct) => ({
      ping: async (options) => {
        await fetch(new URL('/health', correct.client?.url), { signal: options?.signal ?? null });
      },
    })),
  },
  {
    name: 'pings and does not announce it',
    caughtBy: 'ping',
    check: 'has no ping method, as it does not declare PING, which a stable driver has to',
    testBed: withDefinition({ features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'GET_MANY', 'WATCH'] }),
  },
  {
    name: 'says of a ping into the void that it must not be tried again',
    caughtBy: 'ping',
    check: 'fails when the service is out of reach, and answers again when it is not',
    testBed: withFailures(({ code, detail }) => new SecretStoreError(code, detail, { retryable: false })),
  },
];
