import { isSecretStoreError, type SecretData, type SecretStore, secretTable } from '@coffer/core/driver';
import { type CheckContext, freshName, freshValue } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { expectFailure } from '../expect.ts';
import { eventually } from '../reading/eventually.ts';
import { expectRead } from '../reading/expect-read.ts';
import { NO_METADATA } from '../reading/read-all.ts';
import { whileWatching } from '../reading/while-watching.ts';

export const get: Exercise = {
  name: 'get',
  title: 'reads one secret by its name',
  checks: [
    {
      name: 'answers a record without a prototype that holds what was put there, and nothing more',
      run: async (context) => {
        const { name, values } = await context.seed();
        const store = await context.open();
        for (const call of ['get', 'the second get']) await expectRead(context, store, { name, values }, { call });
      },
    },
    {
      name: 'fails with not_found for a name that nobody has put there',
      run: async (context) => {
        await context.seed();
        const store = await context.open();
        const read = store.get({ name: freshName(), metadata: NO_METADATA }, { signal: context.signal });
        await expectFailure('get of a missing secret', read, 'not_found');
      },
    },
    {
      name: 'fails with not_found for the beginning of a name and for a name that goes on',
      run: async (context) => {
        const { name } = await context.seed({ name: `${freshName()}-end` });
        const store = await context.open();
        for (const [what, near] of [
          ['the beginning of a name', name.slice(0, -1)],
          ['a longer name', `${name}0`],
        ] as const) {
          const read = store.get({ name: near, metadata: NO_METADATA }, { signal: context.signal });
          await expectFailure(`get of ${what}`, read, 'not_found');
        }
      },
    },
    {
      name: 'answers each of several reads at once with its own secret',
      run: async (context) => {
        const seeded = await context.seedMany(12);
        const store = await context.open();
        await Promise.all(seeded.map((secret) => expectRead(context, store, secret, { call: 'get among others' })));
      },
    },
    {
      name: 'answers with a new value once it is there, and fails with not_found once the secret is gone',
      run: async (context) => {
        const { name } = await context.seed();
        const store = await context.open();
        await whileWatching(context, store, async () => {
          await store.get({ name, metadata: NO_METADATA }, { signal: context.signal });
          const value = freshValue();
          await context.seed({ name, values: secretTable([[name, value]]) });
          await eventually(
            'get still answers with the old value',
            () => readOf(context, store, name),
            (now) => now !== undefined && now.data?.[name] === value,
          );
          await context.backend.remove(name);
          await eventually(
            'get still answers with a secret that is gone',
            () => readOf(context, store, name),
            (now) => now === undefined,
          );
        });
      },
    },
  ],
};

/** Undefined when there is no such secret. */
async function readOf({ signal }: CheckContext, store: SecretStore, name: string): Promise<SecretData | undefined> {
  try {
    return await store.get({ name, metadata: NO_METADATA }, { signal });
  } catch (cause) {
    if (isSecretStoreError(cause) && cause.code === 'not_found') return undefined;
    throw cause;
  }
}
