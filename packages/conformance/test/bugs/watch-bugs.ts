import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretData } from '@coffer/core/driver';
import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withDefinition, withMethods } from './seeded-bug.ts';

const { get: correctGet, watch: correctWatch } = AcmeStore.prototype;

export const watchBugs: readonly SeededBug[] = [
  {
    name: 'tells of changes before its own cache has heard of them',
    caughtBy: 'watch',
    check: 'tells of a new value, which reads answer with by then',
    testBed: withMethods((correct) => {
      const kept = new Map<string, SecretData>();
      return {
        watch: async function* (request, options) {
          for await (const page of correct.list({ metadata: {} }, options)) {
            for (const name of page) kept.set(name, await correctGet.call(correct, { name, metadata: {} }, options));
          }
          yield* correctWatch.call(correct, request, options);
        },
        get: async (request, options) => kept.get(request.name) ?? (await correctGet.call(correct, request, options)),
      };
    }),
  },
  {
    name: 'watches only the secrets that were there when it began',
    caughtBy: 'watch',
    check: 'tells of a new secret, which reads answer with by then',
    testBed: withMethods((correct) => ({
      watch: async function* (request, options) {
        const known: string[] = [];
        for await (const page of correct.list({ metadata: {} }, options)) known.push(...page);
        for await (const change of correctWatch.call(correct, request, options)) if (known.includes(change.name)) yield change;
      },
    })),
  },
  {
    name: 'does not tell that a secret was removed',
    caughtBy: 'watch',
    check: 'tells of a secret that is removed, which reads no longer find by then',
    testBed: withMethods((correct) => ({
      watch: async function* (request, options) {
        for await (const change of correctWatch.call(correct, request, options)) if (change.kind !== 'removed') yield change;
      },
    })),
  },
  {
    name: 'tells of secrets that nobody has asked for',
    caughtBy: 'watch',
    check: 'tells only of the names that it is asked for',
    testBed: withMethods((correct) => ({ watch: (_request, options) => correctWatch.call(correct, {}, options) })),
  },
  {
    name: 'watches on when it is given up',
    caughtBy: 'watch',
    check: 'ends when it is given up, with nothing to tell',
    testBed: withMethods((correct) => ({ watch: (request) => correctWatch.call(correct, request) })),
  },
  {
    name: 'ends its watching after the first change',
    caughtBy: 'watch',
    check: 'tells of a secret that is removed, which reads no longer find by then',
    testBed: withMethods((correct) => ({
      watch: async function* (request, options) {
        for await (const change of correctWatch.call(correct, request, options)) {
          yield change;
          return;
        }
      },
    })),
  },
  {
    name: 'ends a watching that is given up with the error of its timer',
    caughtBy: 'watch',
    check: 'ends when it is given up, with nothing to tell',
    testBed: withMethods(() => ({
      watch: async function* (_request, { signal } = {}) {
        for (;;) {
          await sleep(60_000, undefined, { signal });
          yield { name: '', kind: 'changed' };
        }
      },
    })),
  },
  {
    name: 'can be watched and does not announce it',
    caughtBy: 'watch',
    check: 'has no watch method, as it does not declare WATCH',
    testBed: withDefinition({ features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'GET_MANY', 'PING'] }),
  },
];
