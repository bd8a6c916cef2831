import { type SecretValues, secretTable } from '@coffer/core/driver';
import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withAnswers, withDefinition, withMethods } from './seeded-bug.ts';

/** The correct driver that loses some keys of what it reads. */
function withKeys(change: (data: SecretValues) => SecretValues): SeededBug['testBed'] {
  return withAnswers(({ data, ...rest }) => ({ ...rest, data: change(data ?? secretTable()) }));
}

export const multiKeyBugs: readonly SeededBug[] = [
  {
    name: 'answers the first key alone',
    caughtBy: 'multi-key',
    check: 'answers every key of a secret, and nothing more',
    testBed: withKeys((data) => secretTable(Object.entries(data).slice(0, 1))),
  },
  {
    name: 'adds the whole secret as JSON under its own name',
    caughtBy: 'multi-key',
    check: 'answers every key of a secret, and nothing more',
    testBed: withAnswers(({ data, ...rest }, { name }) => ({
      ...rest,
      data: secretTable([...Object.entries(data ?? {}), [name, JSON.stringify(data)]]),
    })),
  },
  {
    name: 'copies keys into an ordinary object, which loses __proto__',
    caughtBy: 'multi-key',
    check: 'answers keys with odd names as they are',
    testBed: withKeys((data) => {
      const copied: Record<string, string> = {};
      for (const [key, value] of Object.entries(data)) copied[key] = value;
      return secretTable(Object.entries(copied));
    }),
  },
  {
    name: 'lower-cases keys',
    caughtBy: 'multi-key',
    check: 'answers keys with odd names as they are',
    testBed: withKeys((data) => secretTable(Object.entries(data).map(([key, value]) => [key.toLowerCase(), value]))),
  },
  {
    name: 'leaves out keys whose values are empty',
    caughtBy: 'multi-key',
    check: 'answers keys with empty values beside others',
    testBed: withKeys((data) => secretTable(Object.entries(data).filter(([, value]) => value))),
  },
  {
    name: 'answers no data at all for a secret without keys',
    caughtBy: 'multi-key',
    check: 'answers an empty table for a secret without keys',
    testBed: withAnswers((secret) => (Object.keys(secret.data ?? {}).length === 0 ? { ...secret, data: null } : secret)),
  },
  {
    name: 'collects the keys of all reads in one table',
    caughtBy: 'multi-key',
    check: 'keeps the keys of secrets apart',
    testBed: withMethods((correct) => {
      const all = secretTable<string>();
      return {
        get: async (request, options) => {
          const { data, ...rest } = await AcmeStore.prototype.get.call(correct, request, options);
          Object.assign(all, data);
          return { ...rest, data: secretTable(Object.entries(all)) };
        },
      };
    }),
  },
  {
    name: 'answers many keys and does not announce it',
    seenIn: "Dapr's driver for Kubernetes",
    caughtBy: 'multi-key',
    check: 'answers one key, under the name of the secret, as it does not declare MULTIPLE_KEY_VALUES_PER_SECRET',
    testBed: withDefinition({ features: ['LIST', 'GET_MANY', 'PING', 'WATCH'] }),
  },
];
