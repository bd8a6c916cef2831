import { forEachConcurrently, type SecretStore, type SecretTable, type SecretValues } from '@coffer/core/driver';
import { type CheckContext, freshName, type SeededSecret } from '../check-context.ts';
import { CheckFailure, type Exercise } from '../exercise.ts';
import { expectFailure, expectValues, quoted } from '../expect.ts';
import { type ExpectedRead, expectRead } from '../reading/expect-read.ts';
import { seedHeld } from '../reading/held.ts';
import { ODD_NAMES } from '../reading/odd-names.ts';
import { NO_METADATA, readAll } from '../reading/read-all.ts';

export const bulk: Exercise = {
  name: 'bulk',
  title: 'reads everything, in one call of the API',
  checks: [
    {
      name: 'answers with a table when the kit has put nothing there',
      run: async (context) => void (await readAll(context, await context.open())),
    },
    {
      name: 'comes to an end after the last page',
      limit: 10_000,
      run: async (context) => {
        const seeded = await context.seedMany(3);
        expectAll(await readAll(context, await context.open()), seeded);
      },
    },
    {
      name: 'answers every secret of many pages with the values that get answers',
      limit: 60_000,
      run: async (context) => {
        const seeded = await context.seedMany();
        const store = await context.open();
        expectAll(await readAll(context, store), seeded);
        await forEachConcurrently(seeded, (secret) => expectRead(context, store, secret).then(() => undefined));
      },
    },
    {
      name: 'answers under names that get takes',
      run: async (context) => {
        await context.seedMany(3);
        const store = await context.open();
        for (const name of Object.keys(await readAll(context, store)).slice(0, 10)) {
          const call = `get of ${quoted([name])}, a name that the bulk read gave,`;
          const read = store.get({ name, metadata: NO_METADATA }, { signal: context.signal });
          await read.catch((cause: unknown) => context.fail(`${call} failed: ${(cause as Error).message}`));
        }
      },
    },
    {
      name: 'answers odd names as they are',
      run: async (context) => {
        const held = await seedHeld(
          context,
          ODD_NAMES.flatMap(({ names }) => names(freshName())),
        );
        const all = await readAll(context, await context.open());
        expectAll(
          all,
          Array.from(held, ([name, values]) => ({ name, values })),
        );
      },
    },
    {
      name: 'answers those that the caller may have when it may not have all',
      run: async (context) => {
        const seeded = await context.seedMany(6);
        const wanted = seeded.filter((_, index) => index % 2 === 0);
        const names = new Set(wanted.map(({ name }) => name));
        expectAll(await readAll(context, await context.open(), { wanted: (name) => names.has(name) }), wanted);
      },
    },
    {
      name: 'leaves out a secret that is gone between the list and its read',
      run: async (context) => {
        const seeded = await context.seedMany(3);
        const missing = freshName();
        const store = await withMissing(context, await context.open(), missing);
        const all = await readAll(context, store);
        expectAll(all, seeded);
        if (missing in all) context.fail('the bulk read answered with a secret that is gone');
      },
    },
    {
      name: 'fails whole when one secret may not be read, and names it',
      run: async (context) => {
        const seeded = await context.seedMany(3);
        const { name } = seeded[1] as SeededSecret;
        if (context.backend.deny === undefined) return context.skip("the test backend can't forbid the reading of one secret");
        await context.backend.deny(name);
        const store = await context.open();
        const failure = await expectFailure('the bulk read', readAll(context, store), 'permission_denied');
        if (failure.secret !== name) context.fail('the failure of the bulk read does not name the secret in its field "secret"');
      },
    },
    {
      name: 'reads several secrets at a time where the service is slow',
      limit: 60_000,
      run: async (context) => {
        if (context.testBed.backend.tier === 'real') return context.skip('a service that others use is slow at times of its own');
        const seeded = await context.seedMany(24);
        const store = await context.open();
        await context.inject('slow');
        const start = performance.now();
        expectAll(await readAll(context, store), seeded);
        const milliseconds = performance.now() - start;
        // Half a second each is what one after the other takes at least.
        if (milliseconds < seeded.length * 500) return;
        context.fail(`${seeded.length} secrets took ${(milliseconds / 1000).toFixed(1)} s: as long as one after the other`);
      },
    },
  ],
};

function expectAll(all: SecretTable<SecretValues | null>, expected: readonly ExpectedRead[]): void {
  const left = expected.map(({ name }) => name).filter((name) => !Object.hasOwn(all, name));
  if (left.length > 0) {
    throw new CheckFailure(`the bulk read answered without ${quoted(left)}: ${left.length} of ${expected.length} are not there`);
  }
  for (const { name, values } of expected) expectValues(`the bulk read, for ${quoted([name])},`, all[name] ?? undefined, values);
}

/** The store, which lists a name that nobody can read. */
async function withMissing(context: CheckContext, store: SecretStore, missing: string): Promise<SecretStore> {
  context.removeLater(missing);
  if (context.backend.listMissing !== undefined) {
    await context.backend.listMissing(missing);
    return store;
  }
  if (store.bulkGet !== undefined) context.skip("the test backend can't list a secret that is not there");
  // Core derives the bulk read from these.
  const [list, getMany] = [store.list?.bind(store), store.getMany?.bind(store)];
  return {
    init: store.init.bind(store),
    get: store.get.bind(store),
    features: store.features.bind(store),
    close: store.close.bind(store),
    ...(getMany && { getMany }),
    ...(list && {
      async *list(request, options) {
        for await (const page of list(request, options)) yield [missing, ...page];
      },
    }),
  };
}
