import { isSecretStoreError, secretTable } from '@coffer/core/driver';
import { CheckContext, freshName, freshValue } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { expectValues, failureOf, kindOf } from '../expect.ts';
import { endingOf } from '../observing/patience.ts';
import { readsOf } from '../observing/reads.ts';
import { leftoversOf } from '../observing/resources.ts';
import type { TestBackend } from '../test-bed.ts';

export const lifecycle: Exercise = {
  name: 'lifecycle',
  title: 'keeps what a store has to that store, from init to close',
  checks: [
    {
      name: 'refuses reads before init',
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.create();
        for (const { method, run } of readsOf(store, secret)) {
          const call = run({ signal: context.signal });
          const { state } = await endingOf(call);
          if (state === 'pending') context.fail(`${method} before init never ends`);
          if (state === 'fulfilled' && context.testBed.backend.tier === 'memory') continue;
          await failureOf(`${method} before init`, call);
        }
      },
    },
    {
      name: 'takes a second init without harm: refused or not, reads are right and nothing stays open',
      run: async (context) => {
        const secret = await context.seed();
        const { connections: left } = await leftoversOf(async () => {
          const store = await context.open();
          const again = await endingOf(store.init(context.initContext(), { signal: context.signal }), 1_000);
          if (again.state === 'pending') context.fail('a second init never ends');
          if (again.state === 'rejected' && !isSecretStoreError(again.reason)) {
            context.fail(`a second init failed with ${kindOf(again.reason)} in place of a SecretStoreError`);
          }
          for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
          await store.close();
        });
        if (left > 0) context.fail(`${left} ends of connections are open after init, init and close`);
      },
    },
    {
      name: 'reads with a new store after an init that failed',
      run: async (context) => {
        const secret = await context.seed();
        for (const { what, settings, at } of context.backend.brokenSettings ?? []) {
          if (at !== 'init') continue;
          const store = await context.create();
          await failureOf(`init with ${what}`, store.init(context.initContext(settings), { signal: context.signal }));
        }
        for (const { run } of readsOf(await context.open(), secret)) await run({ signal: context.signal });
      },
    },
    {
      name: 'does not lend a store’s connection or answers to another with settings that can’t work',
      run: async (context) => {
        const broken = context.backend.brokenSettings?.filter(({ at }) => at !== 'check') ?? [];
        if (broken.length === 0) context.skip('the test backend has no settings with which init or a read fails');
        const secret = await context.seed();
        const good = await context.open();
        for (const { run } of readsOf(good, secret)) await run({ signal: context.signal });
        for (const { what, settings } of broken) {
          const bad = await context.create();
          const call = (async () => {
            await bad.init(context.initContext(settings), { signal: context.signal });
            await bad.get({ name: secret.name, metadata: {} }, { signal: context.signal });
          })();
          await failureOf(`a store with ${what}, beside one that works,`, call);
          for (const { run } of readsOf(good, secret)) await run({ signal: context.signal });
        }
      },
    },
    {
      name: 'reads two backends at once with two stores, each its own',
      run: async (context) => {
        const { testBed, backend: first } = context;
        if (testBed.backend.tier !== 'fake') context.skip('only a fake backend is started twice');
        const second = await testBed.start();
        try {
          if (JSON.stringify(second.settings) === JSON.stringify(first.settings)) {
            context.skip('a second backend has the same settings');
          }
          await readBoth(context, new CheckContext(testBed, second, context.signal), second);
        } finally {
          await second.close();
        }
      },
    },
  ],
};

/** The same name has another value in each. */
async function readBoth(context: CheckContext, other: CheckContext, backend: TestBackend): Promise<void> {
  const name = freshName();
  const here = await context.seed({ name, values: secretTable([[name, freshValue()]]) });
  const there = await other.seed({ name, values: secretTable([[name, freshValue()]]) });
  const stores = [
    { what: 'the first store', store: await context.open(), values: here.values },
    { what: 'the second store, of another backend,', store: await other.open(backend.settings), values: there.values },
  ];
  try {
    for (const { what, store, values } of [...stores, ...stores.toReversed()]) {
      const { data } = await store.get({ name, metadata: {} }, { signal: context.signal });
      expectValues(`get of ${what}`, data, values);
    }
    await stores[1]?.store.close();
    const { data } = (await stores[0]?.store.get({ name, metadata: {} }, { signal: context.signal })) ?? {};
    expectValues('get of the first store after the second was closed', data, here.values);
  } finally {
    await other.cleanUp();
  }
}
