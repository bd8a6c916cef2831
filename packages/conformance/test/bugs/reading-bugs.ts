import { isSecretStoreError, secretTable } from '@coffer/core/driver';
import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withDefinition, withMethods } from './seeded-bug.ts';

export const readingBugs: readonly SeededBug[] = [
  {
    name: 'answers an empty record for a secret that is not there',
    caughtBy: 'get',
    testBed: withMethods((correct) => ({
      get: (request, options) =>
        AcmeStore.prototype.get.call(correct, request, options).catch((cause: unknown) => {
          if (isSecretStoreError(cause) && cause.code === 'not_found') return { data: secretTable([]) };
          throw cause;
        }),
    })),
  },
  {
    name: 'has a list method that it does not announce',
    caughtBy: 'list',
    testBed: withDefinition({ features: [] }),
  },
];
