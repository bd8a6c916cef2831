import { Feature } from '@coffer/core/driver';
import { freshName } from '../check-context.ts';
import { CheckFailure, type Exercise } from '../exercise.ts';
import { quoted } from '../expect.ts';
import { eventually } from '../reading/eventually.ts';
import { seedHeld } from '../reading/held.ts';
import { ODD_NAMES } from '../reading/odd-names.ts';
import { listAll, NO_METADATA } from '../reading/read-all.ts';
import { whileWatching } from '../reading/while-watching.ts';

export const list: Exercise = {
  name: 'list',
  title: 'tells the names of secrets, page by page',
  feature: Feature.list,
  checks: [
    {
      name: 'comes to an end after the last page',
      limit: 10_000,
      run: async (context) => {
        const seeded = await context.seedMany(3);
        expectOnce(
          await listAll(context, await context.open()),
          seeded.map(({ name }) => name),
        );
      },
    },
    {
      name: 'tells every name of many pages once',
      limit: 60_000,
      run: async (context) => {
        const seeded = await context.seedMany();
        expectOnce(
          await listAll(context, await context.open()),
          seeded.map(({ name }) => name),
        );
      },
    },
    {
      name: 'tells odd names as they are',
      run: async (context) => {
        const held = await seedHeld(
          context,
          ODD_NAMES.flatMap(({ names }) => names(freshName())),
        );
        expectOnce(await listAll(context, await context.open()), [...held.keys()]);
      },
    },
    {
      name: 'tells names that get takes',
      run: async (context) => {
        await context.seedMany(3);
        const store = await context.open();
        for (const name of (await listAll(context, store)).slice(0, 10)) {
          const read = store.get({ name, metadata: NO_METADATA }, { signal: context.signal });
          const call = `get of ${quoted([name])}, a name that list told,`;
          await read.catch((cause: unknown) => context.fail(`${call} failed: ${(cause as Error).message}`));
        }
      },
    },
    {
      name: 'no longer tells a secret that was removed, and tells one that was put since',
      run: async (context) => {
        const { name: gone } = await context.seed();
        const store = await context.open();
        await whileWatching(context, store, async () => {
          expectOnce(await listAll(context, store), [gone]);
          await context.backend.remove(gone);
          const { name: put } = await context.seed();
          const list = (): Promise<readonly string[]> => listAll(context, store);
          await eventually('list still tells a secret that was removed', list, (told) => !told.includes(gone));
          await eventually('list does not tell a secret that was put', list, (told) => told.includes(put));
        });
      },
    },
    {
      name: 'tells the first page alone to who wants no more',
      run: async (context) => {
        await context.seedMany();
        const store = await context.open();
        for await (const page of store.list?.({ metadata: NO_METADATA }, { signal: context.signal }) ?? []) {
          if (page.length > 0) break;
        }
        await listAll(context, store);
      },
    },
  ],
  undeclared: {
    name: 'has no list method, as it does not declare LIST',
    run: async (context) => {
      const store = await context.open();
      if (store.list !== undefined) context.fail('the store has a list method: declare the feature LIST');
    },
  },
};

function expectOnce(names: readonly string[], expected: readonly string[]): void {
  const strange = names.filter((name) => typeof name !== 'string');
  if (strange.length > 0) throw new CheckFailure(`list told ${strange.length} names that are no text`);
  const left = expected.filter((name) => !names.includes(name));
  if (left.length > 0) {
    throw new CheckFailure(`list told all but ${quoted(left)}: ${left.length} of ${expected.length} are not there`);
  }
  const repeated = expected.filter((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (repeated.length > 0) throw new CheckFailure(`list told ${quoted(repeated)} more than once`);
}
