import { type BulkSecretData, isSecretStoreError, type SecretStore, SecretStoreError, secretTable } from '@coffer/core/driver';
import { AcmeStore, secretOf, segmentOf } from '../acme/src/store.ts';
import { type SeededBug, withMethods } from './seeded-bug.ts';

const PAGES = 'answers every secret of many pages with the values that get answers';

/** The correct driver with another `bulkGet`. */
function withBulk(make: (correct: AcmeStore) => NonNullable<SecretStore['bulkGet']>): SeededBug['testBed'] {
  return withMethods((correct) => ({ bulkGet: make(correct) }));
}

/** The correct driver whose answers to `bulkGet` are changed. */
function withAll(change: (data: NonNullable<BulkSecretData['data']>) => BulkSecretData['data']): SeededBug['testBed'] {
  return withBulk((correct) => async (request, options) => {
    const { data } = await AcmeStore.prototype.bulkGet.call(correct, request, options);
    return { data: change(data ?? secretTable()) };
  });
}

/** The correct driver that reads each listed secret by itself; `failed` decides what is thrown, if anything. */
function oneByOne(failed: (cause: unknown, name: string) => unknown): SeededBug['testBed'] {
  return withBulk((correct) => async ({ metadata, wanted = () => true }, options) => {
    const data = secretTable<Awaited<ReturnType<AcmeStore['get']>>['data']>();
    for await (const page of correct.list({ metadata }, options)) {
      const read = async (name: string): Promise<void> => {
        try {
          data[name] = secretOf(await correct.call(`/secrets/${segmentOf(name)}`, 'bulkGet', options?.signal)).data;
        } catch (cause) {
          const thrown = failed(cause, name);
          if (thrown !== undefined) throw thrown;
        }
      };
      await Promise.all(page.filter(wanted).map(read));
    }
    return { data };
  });
}

function isMissing(cause: unknown): boolean {
  return isSecretStoreError(cause) && cause.code === 'not_found';
}

export const bulkBugs: readonly SeededBug[] = [
  {
    name: 'puts full resource names outside and inside a bulk read, which get does not take',
    seenIn: "Dapr's driver for Google Secret Manager",
    caughtBy: 'bulk',
    check: 'answers under names that get takes',
    testBed: withAll((data) =>
      secretTable(Object.entries(data).map(([name, values]) => [`projects/4711/secrets/${name}`, values])),
    ),
  },
  {
    name: 'reads the first page of the list alone',
    caughtBy: 'bulk',
    check: PAGES,
    testBed: withBulk((correct) => async ({ metadata }, options) => {
      const { names } = await correct.call('/secrets', 'list', options?.signal);
      const { found } = await correct.getMany({ names: names as string[], metadata }, options);
      return { data: secretTable(Object.entries(found).map(([name, secret]) => [name, secret.data])) };
    }),
  },
  {
    name: 'asks for pages without end, as an empty token is no missing one',
    seenIn: "Dapr's driver for Alibaba Cloud",
    caughtBy: 'bulk',
    check: 'comes to an end after the last page',
    testBed: withMethods((correct) => ({
      list: async function* (_request, { signal } = {}) {
        for (let page: unknown = '0'; page !== undefined && page !== null; ) {
          const answer: Record<string, unknown> = await correct.call(`/secrets?page=${String(page)}`, 'list', signal);
          yield answer.names as string[];
          page = answer.next;
        }
      },
    })),
  },
  {
    name: 'fails a bulk read because of a secret that was removed meanwhile',
    seenIn: "Dapr's drivers for AWS, Azure, Google, Huawei and Tencent",
    caughtBy: 'bulk',
    check: 'leaves out a secret that is gone between the list and its read',
    testBed: oneByOne(
      (cause, name) => new SecretStoreError(isSecretStoreError(cause) ? cause.code : 'unknown', 'failed', { secret: name }),
    ),
  },
  {
    name: 'leaves secrets out of a bulk read that it may not read',
    caughtBy: 'bulk',
    check: 'fails whole when one secret may not be read, and names it',
    testBed: oneByOne(() => undefined),
  },
  {
    name: 'does not say which secret has failed a bulk read',
    seenIn: "Dapr's drivers for Azure, Huawei and Tencent",
    caughtBy: 'bulk',
    check: 'fails whole when one secret may not be read, and names it',
    testBed: oneByOne((cause) => (isMissing(cause) ? undefined : cause)),
  },
  {
    name: 'says which secret has failed a bulk read, and not why',
    seenIn: "Dapr's drivers for AWS",
    caughtBy: 'bulk',
    check: 'fails whole when one secret may not be read, and names it',
    testBed: oneByOne((cause, name) =>
      isMissing(cause) ? undefined : new SecretStoreError('unknown', `couldn't get secret: ${name}`, { secret: name }),
    ),
  },
  {
    name: 'reads one secret after the other',
    seenIn: "seven of Dapr's drivers",
    caughtBy: 'bulk',
    check: 'reads several secrets at a time where the service is slow',
    testBed: withBulk((correct) => async ({ metadata, wanted = () => true }, options) => {
      const data = secretTable<Awaited<ReturnType<AcmeStore['get']>>['data']>();
      for await (const page of correct.list({ metadata }, options)) {
        for (const name of page.filter(wanted)) {
          const { found } = await correct.getMany({ names: [name], metadata }, options);
          if (found[name] !== undefined) data[name] = found[name].data;
        }
      }
      return { data };
    }),
  },
  {
    name: 'fails a bulk read where there are no secrets',
    seenIn: "Dapr's driver for HashiCorp Vault",
    caughtBy: 'bulk',
    check: 'answers with a table when the kit has put nothing there',
    testBed: withAll((data) => {
      if (Object.keys(data).length === 0) throw new SecretStoreError('not_found', 'no keys');
      return data;
    }),
  },
  {
    name: 'collects a bulk read in an ordinary object and hands on a copy, which loses __proto__',
    caughtBy: 'bulk',
    check: 'answers odd names as they are',
    testBed: withAll((data) => {
      const collected: Record<string, unknown> = {};
      for (const [name, values] of Object.entries(data)) collected[name] = values;
      return secretTable(Object.entries(collected)) as typeof data;
    }),
  },
  {
    name: 'answers the value itself in place of the keys of a secret',
    caughtBy: 'bulk',
    check: PAGES,
    testBed: withAll((data) =>
      secretTable(Object.entries(data).map(([name, values]) => [name, (values?.[name] ?? null) as never])),
    ),
  },
  {
    name: 'leaves out those that the caller may have',
    caughtBy: 'bulk',
    check: 'answers those that the caller may have when it may not have all',
    testBed: withBulk((correct) => ({ wanted, ...request }, options) => {
      const unwanted = wanted && { wanted: (name: string) => !wanted(name) };
      return AcmeStore.prototype.bulkGet.call(correct, { ...request, ...unwanted }, options);
    }),
  },
];
