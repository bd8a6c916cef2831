import { Feature, type SecretStore, type SecretValues, secretTable } from '@coffer/core/driver';
import { type CheckContext, freshName, freshValue } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { expectValues } from '../expect.ts';
import { expectRead } from '../reading/expect-read.ts';
import { NO_METADATA, readAll } from '../reading/read-all.ts';

const ODD_KEYS: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'a.b',
  'a/b',
  'a:b',
  'a b',
  ' a ',
  'A',
  'a',
  '0',
  '10',
  '2',
  'é',
  'e\u0301',
  'ключ',
  '🔑',
  '"a"',
  'a\nb',
  '',
];

export const multiKey: Exercise = {
  name: 'multi-key',
  title: 'reads secrets of several keys',
  feature: Feature.multipleKeyValuesPerSecret,
  checks: [
    {
      name: 'answers every key of a secret, and nothing more',
      run: async (context) => {
        const keys = ['username', 'password', 'port', 'host'];
        await expectKeys(context, secretTable(keys.map((key) => [key, freshValue()])));
      },
    },
    {
      name: 'answers keys with odd names as they are',
      run: async (context) => {
        const name = freshName();
        const { backend } = context;
        const keys = ODD_KEYS.filter((key) => backend.refuses?.(name, secretTable([[key, 'value']])) === undefined);
        if (keys.length === 0) context.skip('the service holds no keys with odd names');
        await expectKeys(context, secretTable(keys.map((key) => [key, freshValue()])), name);
      },
    },
    {
      name: 'answers keys with empty values beside others',
      run: async (context) => {
        await expectKeys(
          context,
          secretTable([
            ['full', freshValue()],
            ['empty', ''],
            ['last', freshValue()],
          ]),
        );
      },
    },
    {
      name: 'answers an empty table for a secret without keys',
      run: async (context) => await expectKeys(context, secretTable()),
    },
    {
      name: 'keeps the keys of secrets apart',
      run: async (context) => {
        const store = await openMultiple(context);
        await store.close();
        const seeded = [
          await context.seed({
            values: secretTable([
              ['shared', freshValue()],
              ['first', freshValue()],
            ]),
          }),
          await context.seed({
            values: secretTable([
              ['shared', freshValue()],
              ['second', freshValue()],
            ]),
          }),
        ];
        const reader = await context.open();
        await Promise.all(seeded.map((secret) => expectRead(context, reader, secret)));
      },
    },
  ],
  undeclared: {
    name: 'answers one key, under the name of the secret, as it does not declare MULTIPLE_KEY_VALUES_PER_SECRET',
    run: async (context) => {
      const { name, values } = await context.seed();
      await expectRead(context, await context.open(), { name, values });
      await expectNeverSeveral(context);
    },
  },
};

/** The store, which has the feature also with the settings of the test bed. Skips the check where it is off. */
async function openMultiple(context: CheckContext): Promise<SecretStore> {
  const store = await context.open();
  if (!store.features().includes(Feature.multipleKeyValuesPerSecret)) {
    context.skip("with the test bed's settings the store has the feature off");
  }
  return store;
}

/** `get` and a bulk read answer these keys. */
async function expectKeys(context: CheckContext, values: SecretValues, name: string = freshName()): Promise<void> {
  await (await openMultiple(context)).close();
  await context.seed({ name, values });
  const store = await context.open();
  await expectRead(context, store, { name, values }, { call: 'get' });
  expectValues('the bulk read', (await readAll(context, store))[name] ?? undefined, values);
}

/** A secret that was put with two keys is not read with both. What else a store of single values makes of them is its own affair. */
async function expectNeverSeveral(context: CheckContext): Promise<void> {
  const { backend, signal } = context;
  const name = freshName();
  const values = secretTable([
    ['first', freshValue()],
    ['second', freshValue()],
  ]);
  if (backend.refuses?.(name, values) !== undefined) return;
  context.removeLater(name);
  const put = await backend.seed(name, values).then(
    () => true,
    () => false,
  );
  if (!put) return;
  const store = await context.open();
  const read = await store.get({ name, metadata: NO_METADATA }, { signal }).catch(() => undefined);
  const keys = Object.keys(read?.data ?? {});
  if (keys.length > 1) context.fail(`get answered ${keys.length} keys: declare the feature MULTIPLE_KEY_VALUES_PER_SECRET`);
}
