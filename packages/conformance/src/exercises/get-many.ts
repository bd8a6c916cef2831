import { Feature, type GetManyData, isSecretStoreError, type SecretStore } from '@coffer/core/driver';
import { type CheckContext, freshName, type SeededSecret } from '../check-context.ts';
import { CheckFailure, type Exercise } from '../exercise.ts';
import { declaredMethod, expectTable, expectValues, quoted } from '../expect.ts';
import type { ExpectedRead } from '../reading/expect-read.ts';
import { seedHeld } from '../reading/held.ts';
import { ODD_NAMES } from '../reading/odd-names.ts';
import { NO_METADATA } from '../reading/read-all.ts';

export const getMany: Exercise = {
  name: 'getMany',
  title: 'reads several secrets by their names, and tells each that failed apart',
  feature: Feature.getMany,
  checks: [
    {
      name: 'answers each secret with its own values, in whatever order they are asked for',
      run: async (context) => {
        const seeded = await context.seedMany(6);
        const store = await context.open();
        await expectFound(context, store, seeded);
        await expectFound(context, store, seeded.toReversed());
      },
    },
    {
      name: 'puts a missing secret among the failed with not_found, and reads the others',
      run: async (context) => {
        const [first, ...rest] = await context.seedMany(4);
        const missing = [freshName(), freshName()];
        const store = await context.open();
        await expectFound(context, store, [first as SeededSecret, ...rest], { missing });
      },
    },
    {
      name: 'reads more secrets than the service gives in one call',
      limit: 60_000,
      run: async (context) => {
        const seeded = await context.seedMany();
        await expectFound(context, await context.open(), seeded, { missing: [freshName()] });
      },
    },
    {
      name: 'takes a name that is asked for twice',
      run: async (context) => {
        const seeded = await context.seedMany(3);
        await expectFound(context, await context.open(), [...seeded, ...seeded]);
      },
    },
    {
      name: 'takes odd names as they are',
      run: async (context) => {
        const held = await seedHeld(
          context,
          ODD_NAMES.flatMap(({ names }) => names(freshName())),
        );
        await expectFound(
          context,
          await context.open(),
          Array.from(held, ([name, values]) => ({ name, values })),
        );
      },
    },
    {
      name: 'puts a secret that may not be read among the failed with permission_denied, and reads the others',
      run: async (context) => {
        const [denied, ...rest] = await context.seedMany(4);
        if (context.backend.deny === undefined) return context.skip("the test backend can't forbid the reading of one secret");
        const name = String(denied?.name);
        await context.backend.deny(name);
        const store = await context.open();
        const { failed } = await manyOf(context, store, [name, ...rest.map((secret) => secret.name)]);
        expectFailed(failed, name, 'permission_denied');
        await expectFound(context, store, rest);
      },
    },
    {
      name: 'asks nothing of the service for no names',
      run: async (context) => {
        const store = await context.open();
        const before = context.backend.calls?.().length;
        const { found, failed } = await manyOf(context, store, []);
        const after = context.backend.calls?.().length;
        const answered = [...Object.keys(found), ...Object.keys(failed)];
        if (answered.length > 0) context.fail(`getMany of no names answered ${quoted(answered)}`);
        if (before !== after) context.fail('getMany of no names called the service');
      },
    },
  ],
  undeclared: {
    name: 'has no getMany method, as it does not declare GET_MANY',
    run: async (context) => {
      const store = await context.open();
      if (store.getMany !== undefined) context.fail('the store has a getMany method: declare the feature GET_MANY');
    },
  },
};

async function manyOf({ signal }: CheckContext, store: SecretStore, names: readonly string[]): Promise<GetManyData> {
  const { found, failed } = await declaredMethod(store, 'getMany')({ names, metadata: NO_METADATA }, { signal });
  expectTable('getMany, in found,', found);
  expectTable('getMany, in failed,', failed);
  return { found, failed };
}

/** These are found, the missing have failed, and nothing else is in the answer. */
async function expectFound(
  context: CheckContext,
  store: SecretStore,
  expected: readonly ExpectedRead[],
  { missing = [] }: { readonly missing?: readonly string[] } = {},
): Promise<void> {
  const [before = [], after = []] = [missing.slice(0, 1), missing.slice(1)];
  const names = [...before, ...expected.map(({ name }) => name), ...after];
  const { found, failed } = await manyOf(context, store, names);
  const left = names.filter((name) => !Object.hasOwn(found, name) && !Object.hasOwn(failed, name));
  if (left.length > 0)
    throw new CheckFailure(`getMany said nothing of ${quoted(left)}: of ${left.length} out of ${names.length}`);
  const both = names.filter((name) => Object.hasOwn(found, name) && Object.hasOwn(failed, name));
  if (both.length > 0) throw new CheckFailure(`getMany has found ${quoted(both)}, and failed for them too`);
  const extra = [...Object.keys(found), ...Object.keys(failed)].filter((name) => !names.includes(name));
  if (extra.length > 0) throw new CheckFailure(`getMany answered ${quoted(extra)}, which nobody has asked for`);
  for (const { name, values } of expected) {
    const failure = failed[name];
    if (failure !== undefined) throw new CheckFailure(`getMany failed for ${quoted([name])}, which is there: ${failure.message}`);
    expectValues(`getMany, for ${quoted([name])},`, found[name]?.data, values);
  }
  for (const name of missing) expectFailed(failed, name, 'not_found');
}

function expectFailed(failed: GetManyData['failed'], name: string, code: string): void {
  const failure: unknown = failed[name];
  if (failure === undefined)
    throw new CheckFailure(`getMany has no failure for ${quoted([name])}, where it had to fail with ${code}`);
  if (!isSecretStoreError(failure)) throw new CheckFailure(`getMany failed for ${quoted([name])} with no SecretStoreError`);
  if (failure.code !== code) {
    throw new CheckFailure(`getMany failed for ${quoted([name])} with the code ${failure.code} in place of ${code}`);
  }
}
