import { type GetManyData, type SecretStore, SecretStoreError, secretTable } from '@coffer/core/driver';
import { AcmeStore, secretOf } from '../acme/src/store.ts';
import { type SeededBug, withDefinition, withMethods } from './seeded-bug.ts';

const correctMany = AcmeStore.prototype.getMany;

/** The correct driver with another `getMany`. */
function withMany(make: (correct: AcmeStore) => NonNullable<SecretStore['getMany']>): SeededBug['testBed'] {
  return withMethods((correct) => ({ getMany: make(correct) }));
}

/** The correct driver whose answers to `getMany` are changed. */
function withResult(change: (data: GetManyData, names: readonly string[]) => GetManyData): SeededBug['testBed'] {
  return withMany(
    (correct) => async (request, options) => change(await correctMany.call(correct, request, options), request.names),
  );
}

export const getManyBugs: readonly SeededBug[] = [
  {
    name: 'drops the names that do not fit into one call',
    caughtBy: 'getMany',
    check: 'reads more secrets than the service gives in one call',
    testBed: withMany(
      (correct) => (request, options) => correctMany.call(correct, { ...request, names: request.names.slice(0, 20) }, options),
    ),
  },
  {
    name: 'sends all names in one call, which the service refuses',
    caughtBy: 'getMany',
    check: 'reads more secrets than the service gives in one call',
    testBed: withMany((correct) => async (request, options) => {
      if (request.names.length <= 20) return await correctMany.call(correct, request, options);
      await correct.call('/batch', 'getMany', options?.signal, { names: request.names });
      throw new SecretStoreError('internal', 'the service took more than it takes');
    }),
  },
  {
    name: 'fails for all when one secret is missing',
    caughtBy: 'getMany',
    check: 'puts a missing secret among the failed with not_found, and reads the others',
    testBed: withResult((data) => {
      for (const failure of Object.values(data.failed)) throw failure;
      return data;
    }),
  },
  {
    name: 'says nothing of the secrets that are missing',
    caughtBy: 'getMany',
    check: 'puts a missing secret among the failed with not_found, and reads the others',
    testBed: withResult(({ found }) => ({ found, failed: secretTable() })),
  },
  {
    name: 'matches answers to names by their place, although missing ones have none',
    caughtBy: 'getMany',
    check: 'puts a missing secret among the failed with not_found, and reads the others',
    testBed: withMany((correct) => async (request, options) => {
      const answer = await correct.call('/batch', 'getMany', options?.signal, { names: request.names.slice(0, 20) });
      const secrets = (answer.found as Record<string, unknown>[]).map(secretOf);
      const found = secrets.map((secret, index) => [String(request.names[index]), secret] as const);
      const failed = request.names
        .slice(secrets.length)
        .map((name) => [name, new SecretStoreError('not_found', 'not found')] as const);
      return { found: secretTable(found), failed: secretTable(failed) };
    }),
  },
  {
    name: 'takes a secret that it may not read for a missing one',
    caughtBy: 'getMany',
    check: 'puts a secret that may not be read among the failed with permission_denied, and reads the others',
    testBed: withResult(({ found, failed }) => {
      const missing = Object.keys(failed).map(
        (name) => [name, new SecretStoreError('not_found', 'not found', { secret: name })] as const,
      );
      return { found, failed: secretTable(missing) };
    }),
  },
  {
    name: 'fails on names that are asked for twice',
    caughtBy: 'getMany',
    check: 'takes a name that is asked for twice',
    testBed: withResult((data, names) => {
      if (Object.keys(data.found).length + Object.keys(data.failed).length === names.length) return data;
      throw new SecretStoreError('internal', 'the service gave another number of secrets than it was asked for');
    }),
  },
  {
    name: 'asks the service for no names at all',
    caughtBy: 'getMany',
    check: 'asks nothing of the service for no names',
    testBed: withMany((correct) => async (request, options) => {
      if (request.names.length === 0) await correct.call('/batch', 'getMany', options?.signal, { names: [] });
      return await correctMany.call(correct, request, options);
    }),
  },
  {
    name: 'has a getMany method that it does not announce',
    caughtBy: 'getMany',
    check: 'has no getMany method, as it does not declare GET_MANY',
    testBed: withDefinition({ features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'PING', 'WATCH'] }),
  },
];
