import { type SecretData, type SecretStore, type StoreDefinition, secretTable } from '@coffer/core/driver';
import { definition } from '../acme/src/definition.ts';
import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withAnswers, withDefinition, withGet, withMethods } from './seeded-bug.ts';

const DEFINITION = 'has a definition as the contract says';
const FEATURES = 'tells its features at any time, and none that its definition lacks';
const SHAPES = 'answers with text alone, with a version that is text, and with times in milliseconds';

export const contractBugs: readonly SeededBug[] = [
  {
    name: 'writes its type in capitals',
    caughtBy: 'contract',
    check: DEFINITION,
    testBed: withDefinition({ type: 'secretstores.Acme' }),
  },
  {
    name: 'has a setting whose older name is another setting',
    caughtBy: 'contract',
    check: DEFINITION,
    testBed: withDefinition({
      metadata: { ...definition.metadata, address: { type: 'string', description: 'Address.', aliases: ['URL'] } },
    }),
  },
  {
    name: 'declares a per-request hint without a word on it',
    caughtBy: 'contract',
    check: DEFINITION,
    testBed: withDefinition({ requestMetadata: [...definition.requestMetadata, { name: 'stage', description: ' ' }] }),
  },
  {
    name: 'gives the same store to every component',
    caughtBy: 'contract',
    check: 'allocates stores with the methods of the contract, one for each call',
    testBed: () => {
      const store = new AcmeStore() as SecretStore;
      return withDefinition({ create: () => store } as Partial<StoreDefinition>)();
    },
  },
  {
    name: 'can neither be listed nor read as a whole',
    caughtBy: 'contract',
    check: 'allocates stores with the methods of the contract, one for each call',
    testBed: withMethods(() => ({ bulkGet: undefined, list: undefined }) as unknown as Partial<SecretStore>),
  },
  {
    name: 'knows its features only once it is connected',
    caughtBy: 'contract',
    check: FEATURES,
    testBed: withMethods((correct) => ({
      features: () => {
        if (correct.client === undefined) throw new Error('not connected');
        return AcmeStore.prototype.features.call(correct);
      },
    })),
  },
  {
    name: 'has features that its definition does not declare',
    seenIn: "Dapr's driver for Kubernetes, which answers many keys and does not say so",
    caughtBy: 'contract',
    check: FEATURES,
    testBed: withDefinition({ features: ['LIST', 'GET_MANY', 'PING', 'WATCH'] }),
  },
  {
    name: 'hands on the numbers of a JSON document as numbers',
    caughtBy: 'contract',
    check: SHAPES,
    testBed: withAnswers(({ data, ...rest }, { name }) => ({
      ...rest,
      data: secretTable<unknown>([...Object.entries(data ?? {}), [name, 5432]]) as never,
    })),
  },
  {
    name: 'tells the version as a number',
    caughtBy: 'contract',
    check: SHAPES,
    testBed: withAnswers((secret) => ({ ...secret, version: Number(secret.version) as never })),
  },
  {
    name: 'tells in seconds when a secret expires',
    caughtBy: 'contract',
    check: SHAPES,
    testBed: withAnswers(({ expiresAt = 0, ...rest }) => ({ ...rest, expiresAt: expiresAt / 1000 })),
  },
  {
    name: 'hands out the record that it keeps',
    caughtBy: 'contract',
    check: "answers are the caller's own: what is done to one is not in the next",
    testBed: withGet((correct) => {
      const kept = new Map<string, SecretData>();
      return async (request, options) => {
        const secret = kept.get(request.name) ?? (await AcmeStore.prototype.get.call(correct, request, options));
        kept.set(request.name, secret);
        return secret;
      };
    }),
  },
  {
    name: 'hands out the table of a bulk read that it keeps',
    caughtBy: 'contract',
    check: "answers are the caller's own: what is done to one is not in the next",
    testBed: withMethods((correct) => {
      const all = AcmeStore.prototype.bulkGet.bind(correct);
      let kept: ReturnType<typeof all> | undefined;
      return {
        bulkGet: (request, options) => {
          kept ??= all(request, options);
          return kept;
        },
      };
    }),
  },
];
