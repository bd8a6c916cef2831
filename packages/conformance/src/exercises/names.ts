import type { SecretValues } from '@coffer/core/driver';
import type { CheckContext } from '../check-context.ts';
import { freshName } from '../check-context.ts';
import type { Check, Exercise } from '../exercise.ts';
import { expectFailure, quoted } from '../expect.ts';
import { expectRead } from '../reading/expect-read.ts';
import { seedHeld } from '../reading/held.ts';
import { ODD_NAMES, type OddNames, wellFormedTwin } from '../reading/odd-names.ts';
import { NO_METADATA } from '../reading/read-all.ts';

export const names: Exercise = {
  name: 'names',
  title: 'takes every name as it is, or refuses it',
  checks: [
    ...ODD_NAMES.map(checkOf),
    {
      name: 'keeps names apart that differ in the case of letters alone',
      run: async (context) => {
        const stem = freshName();
        const wanted = [`${stem}-case`, `${stem}-Case`, `${stem}-CASE`];
        const held = await seedHeld(context, wanted);
        if (held.size < wanted.length) context.skip('the service does not hold names that differ in the case of letters alone');
        await expectHeld(context, held);
      },
    },
  ],
};

/** All names of a group are there at once, so that one that is read as another shows. */
function checkOf({ what, names }: OddNames): Check {
  return {
    name: `reads, or refuses, ${what}`,
    run: async (context) => {
      const all = names(freshName());
      const twins = all.map(wellFormedTwin).filter((twin) => twin !== undefined);
      const held = await seedHeld(context, [...all, ...new Set(twins)]);
      await expectHeld(context, held);
      const store = await context.open();
      for (const name of all.filter((each) => !held.has(each))) {
        const read = store.get({ name, metadata: NO_METADATA }, { signal: context.signal });
        await expectFailure(`get of ${quoted([name])}, which the service can't hold,`, read, 'not_found', 'invalid_argument');
      }
    },
  };
}

async function expectHeld(context: CheckContext, held: ReadonlyMap<string, SecretValues>): Promise<void> {
  const store = await context.open();
  for (const [name, values] of held) await expectRead(context, store, { name, values });
}
